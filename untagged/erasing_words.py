"""What there is of an author in words, as the command and the page show it."""

from mentions.errors import Conflict
from untagged.erasing import Found

ACCOUNT = ("platform", "source", "id", "handle", "name", "posts")


def accounts(there: Found) -> list[list[object]]:
    """Who that is, a row for each account with the columns of `ACCOUNT`."""
    return [[one[name] for name in ACCOUNT] for one in there.accounts]


def platforms(there: Found) -> list[str]:
    """Where they are."""
    return sorted({str(one["platform"]) for one in there.accounts})


def refuse_several(there: Found) -> None:
    """Raise Conflict for a name on two platforms: it may be two people's."""
    found = platforms(there)
    if len(found) > 1:
        raise Conflict(
            f"{there.wanted.author!r} is on {', '.join(found)}, perhaps not the same person; "
            "add --platform, one at a time"
        )


def places(there: Found) -> list[tuple[str, str]]:
    """Each place with what is there, what is only named among them."""
    cases = ", ".join(f"#{number}" for number in there.cases)
    notes = ", ".join(f"#{number}" for number in there.notes)
    tickets = [f"{one.number or one.key} at {one.desk}" for one in there.tickets]
    return [
        ("index", f"{there.stored} mentions"),
        ("journal", f"{there.lines} lines in {len(there.batches)} batches"),
        ("posts that only cases know any more", str(len(there.older))),
        ("cases", f"{cases or 'none'}: their words and names, replies to them"),
        *((place.replace("_", " "), str(number)) for place, number in there.quotes.items()),
        (
            "notes of colleagues, which stay",
            f"{notes or 'none'}; look whether they name the author",
        ),
        (
            "help desks, which keep what they were told",
            f"{', '.join(tickets) or 'none'}; delete their words there",
        ),
        *(
            (f"{place} to look at, which stay", ", ".join(map(str, found)) or "none")
            for place, found in there.others.items()
        ),
    ]

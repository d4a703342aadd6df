"""`untagged customers …`: who an author is to the company; and what `cases show` says of it."""

from typing import Annotated

import typer

from cases.customers.port import Customer
from mentions.errors import NotFound, SettingsError
from untagged.beside import Beside
from untagged.cli.output import AsJson, print_json, print_table, tell
from untagged.customers import open_customers
from untagged.history import SHOWN, AuthorHistory
from untagged.settings import load_settings

app = typer.Typer(help="The company's own records of its customers.", no_args_is_help=True)


@app.callback()
def customers() -> None:
    """The company's own records of its customers."""


@app.command()
def find(
    context: typer.Context,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="With or without '@'.")],
    *,
    platform: Annotated[str, typer.Option(help="Such as x or mastodon; any if left out.")] = "",
    as_json: AsJson = False,
) -> None:
    """The customer behind a handle, as the records say. Exit 1 if nobody has it."""
    records = open_customers(load_settings(context.obj).settings.customers)
    if records is None:
        raise SettingsError("no records are set up; add `customers:` (see docs/customers.md)")
    found = records.look_up(handle, platform)
    if found is None:
        where = f" on {platform}" if platform else ""
        raise NotFound(f"no record has the handle {handle!r}{where}")
    if as_json:
        print_json(found.to_json())
    else:
        print_customer(found)


def print_beside(known: Beside) -> None:
    """What is known of a case's author, as tables."""
    if known.history is not None:
        _print_history(known.history)
    if known.record is None:
        return
    if known.record.customer:
        print_customer(known.record.customer)
    else:
        tell(known.record.problem or "The author is in no customer record.")


def print_customer(customer: Customer) -> None:
    """A record as a table."""
    handles = ", ".join(f"{one.name} ({one.platform})" for one in customer.accounts)
    rows = [
        ("number", customer.id),
        *customer.fields,
        ("handles", handles),
        *([("address", customer.link)] if customer.link else []),
        *([("left out", customer.cut)] if customer.cut else []),
    ]
    print_table(("", customer.name or "no name"), rows, title="customer")


def _print_history(history: AuthorHistory) -> None:
    posts = [
        (post.published, post.sentiment.label if post.sentiment else "", post.text or post.title)
        for post in history.posts[:SHOWN]
    ]
    if posts:
        title = f"the author's other posts, {history.lately_said} in 90 days"
        print_table(("published (UTC)", "sentiment", "post"), posts, title=title)
        tell(f"all: untagged search '{history.query}'")
    rows = [
        (one.case.id, one.case.status, one.case.agent or one.case.team, one.how)
        for one in history.cases
    ]
    if rows:
        print_table(("case", "status", "with", "how it went"), rows, title="their earlier cases")

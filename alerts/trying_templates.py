"""Trying templates: every template of the settings' folders is filled before a letter needs it."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from alerts.messages import check_syntax, fill, team_folders
from alerts.samples import TOLD, samples
from mentions.errors import DeliveryRefused

FORMS = ("txt.j2", "html.j2")


def own_templates(folders: Sequence[Path], teams: Sequence[str]) -> list[Path]:
    """The templates in the folders and in the teams' folders in them."""
    places = dict.fromkeys(
        place for team in ("", *teams) for place in team_folders(folders, team) if place.is_dir()
    )
    return [file for place in places for file in sorted(place.glob("*.j2"))]


def broken_templates(folders: Sequence[Path], teams: Sequence[str]) -> Iterator[str]:
    """What is wrong with the folders' templates, a line each; nothing if all is well.

    Each is filled with samples of its kind, one of them with as little as a letter may hold.
    """
    for folder in folders:
        if not folder.is_dir():
            yield f"there is no folder {folder}; make it or take `templates` out"
            continue
        for inner in sorted(folder.iterdir()):
            if inner.is_dir() and inner.name not in teams and any(inner.glob("*.j2")):
                yield f"{inner} is no team's folder; the teams are {', '.join(teams) or 'none yet'}"
    for file in own_templates(folders, teams):
        if problem := _problem(file, folders):
            yield f"{file}: {problem}"


def _problem(file: Path, folders: Sequence[Path]) -> str:
    kind, _, rest = file.name.partition(".")
    is_in_folder = file.parent in folders
    search = tuple(folders) if is_in_folder else (file.parent, *folders)
    try:
        check_syntax(file.name, search)
        # What has no kind's name is included by others, and tried with them.
        for payload in samples(kind) if kind in TOLD and rest in FORMS else ():
            fill(file.name, payload, search)
    except DeliveryRefused as error:
        return str(error)
    return ""

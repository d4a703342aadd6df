"""The check-up behind `untagged doctor`: each part tried for real, and what to mend."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alerts.digests.stopping import stop_secret
from cases.help_desks.settings import HelpDesk, unset_variables
from cases.replies import load_templates
from mentions.errors import SettingsError, UntaggedError
from mentions.opening import open_store
from mentions.query.tree import Everything, Query
from nlp.build import build_reader
from spiders.journal import Journal
from spiders.source import checked_params, missing_variables
from untagged import reachable
from untagged.exports.place import ExportPlace
from untagged.exports.plan import ExportPlan
from untagged.exports.record import kept_parts
from untagged.routing_now import in_force
from untagged.settings import Settings, load_settings
from untagged.wiring import open_database, transactions


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    is_ok: bool
    said: str

    def to_json(self) -> dict[str, Any]:
        """The three fields."""
        return asdict(self)


def examined(config: Path | None, *, now: datetime) -> Iterator[Finding]:
    """Settings first; without them nothing else can be tried."""
    try:
        loaded = load_settings(config)
    except UntaggedError as error:
        yield Finding("settings", False, str(error))
        return
    settings = loaded.settings
    where = str(loaded.path) if loaded.path else "none found, so defaults; `untagged init` helps"
    brands, sources = len(settings.brands), len(settings.sources)
    yield Finding("settings", True, f"{where}: {brands} brands, {sources} sources")
    yield _tried("mention store", lambda: _store(settings))
    yield _tried("operations database", lambda: _database(settings))
    yield _tried("journal", lambda: _journal(settings))
    yield _tried("reading", lambda: _reading(settings))
    yield _tried("routing", lambda: _routing(settings))
    yield _tried("playbooks", lambda: _playbooks(settings))
    yield _tried("replies", lambda: f"{len(load_templates(settings.reply_folder))} templates")
    if settings.digests or settings.digest_delivery.domains:
        yield _tried("digests", lambda: _digests(settings))
    for desk in settings.help_desks:
        yield _tried(f"help desk {desk.name}", partial(_help_desk, desk))
    for source in settings.sources:
        yield _tried(f"source {source.name}", partial(_source, source))
    for plan in settings.exports:
        yield _tried(f"export {plan.name}", partial(_export, settings, plan))
    for what, attempt in reachable.attempts(settings, partial(_transaction, settings), now=now):
        yield _tried(what, attempt)


def _tried(what: str, attempt: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, attempt())
    except UntaggedError as error:
        return Finding(what, False, str(error))


def _store(settings: Settings) -> str:
    with open_store(settings.store) as store:
        store.prepare()
        return f"{store.count(Query('*', Everything()))} mentions"


def _database(settings: Settings) -> str:
    engine = open_database(settings.database)
    engine.dispose()
    return f"{engine.dialect.name}, tables are up to date"


@contextmanager
def _transaction(settings: Settings) -> Iterator[Any]:
    engine = open_database(settings.database)
    try:
        with transactions(engine)() as connection:
            yield connection
    finally:
        engine.dispose()


def _journal(settings: Settings) -> str:
    return f"{len(Journal(settings.journal).names())} batches"


def _reading(settings: Settings) -> str:
    reader = build_reader(settings.brands, **settings.reading.model_dump())
    answer = reader.read_text({"text": "The app crashed again, please help"})
    return f"models load; a trial post reads as {answer['sentiment']['label']}"


def _routing(settings: Settings) -> str:
    with _transaction(settings) as connection:
        found = in_force(settings, connection)
    if found.problem:
        raise SettingsError(f"{found}; mend the settings, or save the rules anew under Routing")
    if not found.rules:
        return "no routing rules: unanswered posts raise alerts but open no cases"
    return f"{len(found.rules)} rules, {len(settings.teams)} teams; {found}"


def _playbooks(settings: Settings) -> str:
    there = {template.name for template in load_templates(settings.reply_folder)}
    for playbook in settings.playbooks:
        for name in playbook.templates:
            if name not in there:
                raise SettingsError(
                    f"playbook {playbook.name!r} prefers the reply template {name!r}, which there "
                    f"is not; there are {', '.join(sorted(there))}"
                )
    return f"{len(settings.playbooks)} playbooks"


def _digests(settings: Settings) -> str:
    stop_secret()
    delivery = settings.digest_delivery
    if delivery.mail and not delivery.url.startswith("https://"):
        raise SettingsError(
            "mail programs stop a digest by one click only where the cockpit is reached by https; "
            "say where: digest_delivery.url"
        )
    carrier = f"mail by {delivery.mail!r}" if delivery.mail else "no mail"
    return f"{len(settings.digests)} scheduled, {carrier}"


def _export(settings: Settings, plan: ExportPlan) -> str:
    with _transaction(settings) as connection:
        kept = kept_parts(connection, plan.name)
    for part in kept:
        if part.failed_at is not None:
            raise SettingsError(
                f"{part.path} failed at {part.failed_at:%Y-%m-%d %H:%M}: {part.error}. It is tried "
                f"again by itself; `untagged exports run {plan.name}` does it at once"
            )
    with TemporaryDirectory(prefix="untagged-export-") as scratch:
        ExportPlace(plan.to).probe(Path(scratch))
    newest = f", the newest {kept[-1].path}" if kept else ""
    return f"its place takes files; {len(kept)} parts{newest}"


def _help_desk(desk: HelpDesk) -> str:
    if missing := unset_variables(desk, os.environ):
        raise SettingsError(
            f"set the environment variable {' and '.join(missing)} where Untagged runs"
        )
    return f"{desk.kind}; `untagged help-desks test {desk.name}` tries the credentials"


def _source(source: Any) -> str:
    if missing := dict.fromkeys(missing_variables(checked_params(source))):
        raise SettingsError(
            f"set the environment variable {' and '.join(missing)} where Untagged runs"
        )
    return f"{source.spider}, every {source.every}"

"""How pages are made: one autoescaping environment, and the words for times and numbers."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from alerts.book import Alert
from cases.team import Team
from mentions.series import signal_condition
from untagged.pipeline import Pipeline
from untagged.web import spoken, words
from untagged.web.forms import usable
from untagged.web.reader import ENGLISH_READER, Reader, catalog, has_direction, reader_of
from untagged.web.script_words import script_words
from untagged.web.visitor import scope_of, visitor_of

Said = ParamSpec("Said")
Shown = TypeVar("Shown")
NOBODY = "cockpit"
"""The actor on pages that need no login."""


def pipeline_of(request: Request) -> Pipeline:
    """The open pipeline of the application."""
    pipeline: Pipeline = request.app.state.pipeline
    return pipeline


def clock_now() -> datetime:
    """The one place where the cockpit reads the clock."""
    return datetime.now(UTC)


def agent_of(request: Request) -> str:
    """Who is logged in: their agent of the settings if they are one, else the user."""
    visitor = visitor_of(request)
    return visitor.user.actor if visitor else NOBODY


def agents_of(teams: Sequence[Team]) -> list[str]:
    """Every agent's name once, in order."""
    return sorted({agent.name for team in teams for agent in team.agents})


def own_path(said: str, *, otherwise: str = "/") -> str:
    """Where to go back to: only a path of our own, as '//host' and 'https:' would lead away."""
    is_ours = said.startswith("/") and not said.startswith(("//", "/\\"))
    return said if is_ours else otherwise


def render(
    request: Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> Response:
    """The page. Whatever is in `context` is text, never markup."""
    settings = pipeline_of(request).settings
    visitor = visitor_of(request)
    scope = scope_of(request)
    known: dict[str, Any] = {
        "request": request,
        "reader": reader_of(request),
        "script_words": script_words(reader_of(request)),
        "path": request.url.path,
        "now": clock_now(),
        "brand_names": [one.name for one in settings.brands if scope.has_brand(one.name)],
        "agents": agents_of(settings.teams),
        "agent": agent_of(request),
        "user": visitor.user if visitor else None,
        "sees_all": scope.is_everything,
        "csrf": visitor.form_token if visitor and visitor.session else "",
    }
    known |= context
    page = _environment.get_template(template).render(known)
    page = usable(
        page,
        token=known["csrf"],
        own_path=request.url.path,
        may_send=lambda path: request.app.state.may_send(visitor, path),
    )
    return HTMLResponse(page, status_code=status)


def document(template: str, context: Mapping[str, Any], *, reader: Reader = ENGLISH_READER) -> str:
    """A page that stands alone, outside the cockpit. What is no markup already is text."""
    return _environment.get_template(template).render({"reader": reader, **context})


def marked(text: str, spans: Iterable[tuple[int, int]]) -> Markup:
    """The text, escaped, with `<mark>` around the spans (characters of the text)."""
    out, at = Markup(), 0
    for start, end in sorted(spans):
        if start >= at:
            out += escape(text[at:start]) + Markup("<mark>") + escape(text[start:end])
            out += Markup("</mark>")
            at = end
    return out + escape(text[at:])


def excerpt(
    text: str, spans: Sequence[tuple[int, int]], *, most: int = 240
) -> tuple[str, list[tuple[int, int]]]:
    """About `most` characters of the text from before the first span on, and the spans in them.

    An ellipsis stands where something is left out.
    """
    first = min(spans, default=(0, 0))[0]
    start = max(0, min(first - most // 4, len(text) - most))
    if start:  # at a word, unless the nearest space is beyond the span
        space = text.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    end = start + most
    before, behind = "…" if start else "", "…" if end < len(text) else ""
    shift = len(before) - start
    within = [
        (max(left, start) + shift, min(right, end) + shift)
        for left, right in spans
        if right > start and left < end
    ]
    return before + text[start:end] + behind, within


def link(path: str, **query: object) -> str:
    """The path with what is given of the query; what is empty is left out."""
    given = {name: value for name, value in query.items() if value not in (None, "", ())}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


IN_A_QUERY = 50
"""Posts of an alert that a link leads to, the latest; an address holds no more."""


def _evidence(alert: Alert) -> str:
    """The query that finds the posts of an alert."""
    if alert.kind in ("spike", "crisis"):
        what = f" AND {signal_condition(alert.signal)}"
    elif alert.kind == "unanswered":
        what = " AND needs_reply:true AND answered:false"
    else:
        shown = " OR ".join(_quoted(one) for one in alert.mention_ids[-IN_A_QUERY:])
        what = f" AND id:({shown})" if shown else ""
    return f"brand:{_quoted(alert.brand)}{what}"


def _quoted(value: str) -> str:
    """The value as a query has it."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _web_only(url: str) -> str:
    """The address if a browser may go there; '' for javascript:, data: and the like."""
    return url if url.lower().startswith(("http://", "https://")) else ""


def element(name: str, text: object, **attributes: object) -> Markup:
    """The element around the text, to stand in a sentence: its place there is the translator's.

    Words that are no markup yet have their own direction there, as in `bdi` all do.
    """
    if name != "bdi" and not hasattr(text, "__html__") and has_direction(str(text)):
        attributes.setdefault("dir", "auto")
    said = Markup().join(Markup(' {}="{}"').format(*one) for one in attributes.items())
    return Markup("<{0}{1}>{2}</{0}>").format(name, said, text)


def _reader(context: Context) -> Reader:
    reader = context.get("reader")
    if reader is None:
        raise LookupError(
            f"{context.name} does not know its reader; import its macros `with context`"
        )
    found: Reader = reader
    return found


def _read_by(say: Callable[Concatenate[Reader, Said], Shown]) -> Any:
    """The filter or function of a page that says it to whoever reads the page."""

    @pass_context
    def said(context: Context, /, *values: Said.args, **options: Said.kwargs) -> Shown:
        return say(_reader(context), *values, **options)

    return said


def _gettext(reader: Reader, text: str, /, **values: object) -> str:
    return reader.filled(Markup(catalog(reader.language).gettext(text)), values)  # noqa: S704  # ours


def _ngettext(reader: Reader, one: str, many: str, num: int, /, **values: object) -> str:
    said = catalog(reader.language).ngettext(one, many, num)
    return reader.filled(Markup(said), {"num": num, **values})  # noqa: S704  # ours


def _pgettext(reader: Reader, about: str, text: str, /, **values: object) -> str:
    said = catalog(reader.language).pgettext(about, text)
    return reader.filled(Markup(said), values)  # noqa: S704  # ours


def _npgettext(
    reader: Reader, about: str, one: str, many: str, num: int, /, **values: object
) -> str:
    said = catalog(reader.language).npgettext(about, one, many, num)
    return reader.filled(Markup(said), {"num": num, **values})  # noqa: S704  # ours


_SPOKEN: tuple[Callable[..., object], ...] = (
    *(spoken.ago, spoken.count, spoken.decimal, spoken.duration, spoken.exact, spoken.listed),
    *(
        spoken.local,
        spoken.sentence,
        spoken.sentences,
        spoken.spelled,
        spoken.timing,
        spoken.weekday,
        words.clock_words,
    ),
    *(words.done_words, words.facet),
    *(words.share_name, words.within_words, words.word),
)
"""Filters of pages, under their own names."""
_environment = Environment(
    loader=FileSystemLoader(str(files("untagged.web").joinpath("templates"))),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    extensions=["jinja2.ext.i18n"],
)
_environment.install_null_translations(newstyle=True)  # type: ignore[attr-defined]  # by i18n
_environment.policies["ext.i18n.trimmed"] = True
_environment.globals |= {
    "_": _read_by(_gettext),
    "gettext": _read_by(_gettext),
    "ngettext": _read_by(_ngettext),
    "pgettext": _read_by(_pgettext),
    "npgettext": _read_by(_npgettext),
    "element": element,
    "link": link,
    "share": _read_by(spoken.share),
    "stamp": _read_by(spoken.stamp),
}
_environment.filters |= {
    "evidence": _evidence,
    "in_query": _quoted,
    "iso": spoken.iso,
    "marked": marked,
    "utc": spoken.utc,
    "web_only": _web_only,
    **{say.__name__: _read_by(say) for say in _SPOKEN},
}

"""The search box of Mastodon 4.2 and later: all words, "phrases", -not, and a few operators."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from untagged.town.post import Post
from untagged.town.sites.mastodon_text import hashtags

_PART = re.compile(r'(?P<sign>[-+]?)(?:(?P<operator>\w+):)?(?:"(?P<phrase>[^"]*)"|(?P<word>\S+))')
_WORDS = re.compile(r"\w+")
Test = Callable[[Post, str], bool]


def searcher(query: str) -> Test:
    """A test of a post and its text. An empty query finds nothing, as there."""
    tests = [_tested(part) for part in _PART.finditer(query)]
    if not tests:
        return lambda _post, _text: False
    return lambda post, text: all(test(post, text) for test in tests)


def alternatives(query: str) -> Test:
    """A test where OR stands between searches; parentheses are for the reader's eye."""
    tests = [searcher(part.strip(" ()")) for part in re.split(r"\bOR\b", query)]
    return lambda post, text: any(test(post, text) for test in tests)


def _tested(part: re.Match[str]) -> Test:
    value = part["phrase"] if part["phrase"] is not None else part["word"]
    operator = _OPERATORS.get(part["operator"] or "")
    if operator is None:
        value = f"{part['operator']}:{value}" if part["operator"] else value
        test = _contains(value)
    else:
        test = operator(value)
    if part["sign"] == "-":
        return lambda post, text: not test(post, text)
    return test


def _contains(value: str) -> Test:
    """The words side by side, in any case; '#tag' is the hashtag alone."""
    if value.startswith("#"):
        return lambda _post, text: value[1:].casefold() in hashtags(text)
    wanted = _padded(value)
    return lambda _post, text: wanted in _padded(text)


def _padded(text: str) -> str:
    return f" {' '.join(_WORDS.findall(text.casefold()))} "


def _from(handle: str) -> Test:
    wanted = handle.removeprefix("@").partition("@")[0].casefold()
    return lambda post, _text: post.author.handle == wanted


def _is(what: str) -> Test:
    return lambda post, _text: what == "reply" and post.reply_to is not None


def _language(lang: str) -> Test:
    return lambda post, _text: post.author.declared == lang


def _before(day: str) -> Test:
    limit = _midnight(day)
    return lambda post, _text: limit is not None and post.published < limit


def _after(day: str) -> Test:
    limit = _midnight(day)
    return lambda post, _text: limit is not None and post.published >= limit + timedelta(days=1)


def _midnight(day: str) -> datetime | None:
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


_OPERATORS: dict[str, Callable[[str], Test]] = {
    "from": _from,
    "is": _is,
    "language": _language,
    "before": _before,
    "after": _after,
}

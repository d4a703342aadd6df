r"""Patterns: `*` stands for any characters, `?` for one, a backslash makes the next one literal.

The one notation of `WordPattern` and of `Value(is_pattern=True)`, and what it is for each reader.
"""

import re
from functools import lru_cache

MAX_WILDCARDS = 8
MAX_PATTERN_CHARACTERS = 200
"""Elasticsearch builds an automaton of a pattern and gives up on one over 10,000 steps ('*aa' and
eleven '?' make one) or 1,000 levels; a test asks it for the largest patterns within these."""
_PIECE = re.compile(r"\\(.)|([*?])|(.)", re.DOTALL)


def pieces(pattern: str) -> list[tuple[bool, str]]:
    """(is a wildcard, character) for each character, escapes resolved."""
    return [
        (bool(wildcard), wildcard or escaped or plain)
        for escaped, wildcard, plain in _PIECE.findall(pattern)
    ]


def has_wildcard(written: str) -> bool:
    """Whether a `*` or `?` in it is not escaped."""
    return ("*" in written or "?" in written) and any(is_wild for is_wild, _ in pieces(written))


def unescaped(written: str) -> str:
    r"""The text with '\x' as 'x'."""
    return "".join(char for _, char in pieces(written)) if "\\" in written else written


def escaped(text: str) -> str:
    """The text as a literal part of a pattern."""
    return re.sub(r"([*?\\])", r"\\\1", text)


def literal_prefix(pattern: str) -> str:
    """What every match begins with."""
    prefix = []
    for is_wild, char in pieces(pattern):
        if is_wild:
            break
        prefix.append(char)
    return "".join(prefix)


def as_glob(pattern: str) -> str:
    """The pattern for SQLite's GLOB, which knows brackets and no escapes."""
    return "".join(
        f"[{char}]" if not is_wild and char in "*?[" else char for is_wild, char in pieces(pattern)
    )


def excess(pattern: str) -> str:
    """What is too much about a pattern, as in 'at most …'; nothing if a store can answer it."""
    if len(pattern) > MAX_PATTERN_CHARACTERS:
        return f"at most {MAX_PATTERN_CHARACTERS} characters with a wildcard among them"
    if sum(is_wild for is_wild, _ in pieces(pattern)) > MAX_WILDCARDS:
        return f"at most {MAX_WILDCARDS} wildcards in a word"
    return ""


@lru_cache(maxsize=4096)
def as_regex(pattern: str) -> re.Pattern[str]:
    """The pattern for fullmatch(), without backtracking: time grows with the text only."""
    stretches = [[]]  # type: list[list[str]]
    for is_wild, char in pieces(pattern):
        if is_wild and char == "*":
            stretches.append([])
        else:
            stretches[-1].append("." if is_wild else re.escape(char))
    first, *others = ("".join(stretch) for stretch in stretches)
    if not others:
        return re.compile(first, re.DOTALL)
    # The shortest run to each middle stretch is as good as any longer one, so it may be final
    middle = "".join(f"(?>.*?{stretch})" for stretch in others[:-1] if stretch)
    return re.compile(f"{first}{middle}.*{others[-1]}", re.DOTALL)

"""Scripts that tell the language by themselves, since hardly anybody posts another one in them.

Ranges are blocks of the Unicode standard. Latin, Cyrillic, Arabic and Devanagari are not here:
many languages are written in them (`nlp.language_model`).
"""

import re
from collections import Counter

_LANGUAGE_OF = {
    "th": "\u0e01-\u0e3a\u0e40-\u0e5b",
    "ko": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3\uffa1-\uffdc",
    "he": "\u05b0-\u05ea\ufb1d-\ufb4e",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "bn": "\u0980-\u09fe",
    "ta": "\u0b82-\u0bfa",
    "te": "\u0c00-\u0c7f",
    "ml": "\u0d00-\u0d7f",
    "kn": "\u0c80-\u0cf3",
    "gu": "\u0a81-\u0aff",
    "pa": "\u0a01-\u0a76",
    "si": "\u0d81-\u0df4",
    "my": "\u1000-\u109f",
    "km": "\u1780-\u17f9",
    "lo": "\u0e81-\u0edf",
    "ka": "\u10a0-\u10ff\u1c90-\u1cbf",
    "hy": "\u0531-\u0587",
    "am": "\u1200-\u137c",
}
_HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
_KANA = "\u3041-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\uff66-\uff9f"
_SHARE = 1 / 3
"""Of a post's letters. Posts in Thai or Japanese name brands and quote titles in Latin letters."""
_LETTERS_OF_A_SIGN = 2
"""A Han character or a kana says about as much as two letters."""
_LEAST_KANA = 0.08
"""Of all Han and kana. Japanese has a fifth even in headlines; Chinese posts play with one の."""

_OWN = re.compile(f"[{''.join(_LANGUAGE_OF.values())}{_HAN}{_KANA}]+")
_RUN = re.compile(
    f"(?P<cjk>[{_HAN}{_KANA}]+)|"
    + "|".join(f"(?P<{lang}>[{letters}]+)" for lang, letters in _LANGUAGE_OF.items())
)
_KANA_LETTER = re.compile(f"[{_KANA}]")


def script_language(prose: str, letters: int) -> tuple[str, str]:
    """The language that a post's script tells, or '', and the post without such scripts.

    `letters` are the letters of the whole post. Two different ones of a script are the least:
    faces such as ಠ_ಠ are no Kannada. Han characters alone are taken for Chinese.
    """
    runs = _OWN.findall(prose)
    if not runs:
        return "", prose
    written: Counter[str] = Counter()
    signs: dict[str, list[str]] = {}
    for run in _RUN.finditer("".join(runs)):
        script = run.lastgroup or ""
        signs.setdefault(script, []).append(run[0])
        written[script] += len(run[0]) * (_LETTERS_OF_A_SIGN if script == "cjk" else 1)
    script, weight = max(written.items(), key=lambda each: (each[1], each[0]))
    others = letters - sum(map(len, runs)) + written.total()
    said = "".join(signs[script])
    if weight < _SHARE * others or len(set(said)) < 2:
        return "", _OWN.sub(" ", prose)
    return _east_asian(said) if script == "cjk" else script, prose


def _east_asian(signs: str) -> str:
    return "ja" if len(_KANA_LETTER.findall(signs)) >= _LEAST_KANA * len(signs) else "zh"

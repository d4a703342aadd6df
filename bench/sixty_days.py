"""Sixty days of the town against its truth: which crises the rules tell, when, and what is false.

    python -m bench.sixty_days [--seed 1] [--step 5] [--rules rules.yaml] [--folder kept]

The town's story with every shape of crisis goes through the journal into a store of its own, as
if it had been collected, and is replayed with the example's rules, or with those of a file. Told
minutes are counted from `crossed_at` of docs/town.md, which knows nothing of what we read.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from alerts.rules import RULE, Rule
from mentions.mention import Author, Mention
from spiders import state
from untagged.events import Event
from untagged.pipeline import Pipeline
from untagged.town.crises.all_shapes import ROUND
from untagged.town.crises.crisis import Crisis
from untagged.town.crossing import crisis_truth, is_down
from untagged.town.post import Post
from untagged.town.server import SITES
from untagged.town.story import Story
from untagged.wiring import open_pipeline

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "untagged" / "example.yaml"
ANCHOR = datetime(2026, 3, 6, tzinfo=UTC)
BEGAN = ANCHOR - ROUND
AT_ONCE = timedelta(days=5)
"""Posts of so many days are read together: a batch has a price of its own."""
WATCHED = ("spike", "crisis")
"""Kinds of rules that speak of crises; complaints that wait and silent sources are not false."""


@dataclass(frozen=True, slots=True)
class Told:
    """A crisis by its truth, and the alerts that fell into it."""

    truth: dict[str, Any]
    alerts: tuple[Event, ...]

    @property
    def crossed_at(self) -> datetime:
        """When it became too much to be chance."""
        return datetime.fromisoformat(self.truth["crossed_at"])

    @property
    def incidents(self) -> set[int]:
        """The incidents that its alerts opened or joined; a rule that opens none has none."""
        return {one.incident for one in self.alerts if one.incident is not None}

    @property
    def minutes(self) -> float | None:
        """From crossing to the first alert, below zero where that came before; None if never."""
        if not self.alerts:
            return None
        return (self.alerts[0].at - self.crossed_at) / timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Every real crisis, and the alerts that belong to none."""

    real: tuple[Told, ...]
    false: tuple[Event, ...]


def story_of(seed: int) -> Story:
    """The sixty days before the anchor."""
    return Story(seed, anchor=ANCHOR, schedule="all-shapes")


def heard(story: Story) -> Iterator[Mention]:
    """What can be collected, oldest first; what a site showed only after it was down is left out.

    A replay takes every post as heard when it was published, so that late ones would help it.
    """
    posts = story.posts(BEGAN, ANCHOR)
    numbered = {post.number: post for post in posts}
    deaf = [crisis for crisis in story.crises(BEGAN, ANCHOR) if crisis.down]
    for post in posts:
        if not any(is_down(post, crisis) for crisis in deaf):
            yield mention_of(post, numbered.get(post.reply_to or 0))


def mention_of(post: Post, parent: Post | None) -> Mention:
    """The post as a spider would bring it a minute later."""
    said, source = post.said, f"town-{post.site}"
    return Mention(
        source=source,
        native_id=SITES[post.site].id_of(post),
        platform=post.site,
        kind="comment" if post.reply_to else "post",
        title=said.title,
        text=said.text,
        author=Author(
            id=str(post.author.number),
            name=post.author.name,
            handle=post.author.handle,
            followers=post.author.followers,
        ),
        published=post.published,
        collected=post.published + timedelta(minutes=1),
        reply_to=f"{source}:{SITES[parent.site].id_of(parent)}" if parent else "",
    )


def index(pipeline: Pipeline, mentions: Iterable[Mention]) -> int:
    """Through the journal, a batch a source for some days; returns how many were indexed."""
    indexed = 0
    for nth, some in groupby(mentions, key=lambda mention: (mention.published - BEGAN) // AT_ONCE):
        at = BEGAN + (nth + 1) * AT_ONCE
        by_source = sorted(some, key=lambda mention: (mention.source, mention.published))
        for source, brought in groupby(by_source, key=lambda mention: mention.source):
            for batch in pipeline.journal.write_all(source, brought, at=at):
                with pipeline.begin() as connection:
                    state.record_batch(connection, batch)
        indexed += pipeline.process(now=at).indexed
    return indexed


def judged(story: Story, events: Iterable[Event], *, rule: str) -> Verdict:
    """Each alert of the rule belongs to the real crisis of its brand that is on, or is false."""
    alerts = [one for one in events if one.event == "alert" and one.rule == rule]
    told, owned = list[Told](), set[str]()
    for crisis in real_crises(story):
        truth = crisis_truth(story, crisis)
        ends = datetime.fromisoformat(truth["ends"])
        its = [
            alert
            for alert in alerts
            if alert.brand == truth["brand"] and crisis.begins <= alert.at <= ends
        ]
        told.append(Told(truth, tuple(its)))
        owned.update(f"{alert.key} {alert.at}" for alert in its)
    false = [alert for alert in alerts if f"{alert.key} {alert.at}" not in owned]
    return Verdict(tuple(told), tuple(false))


def real_crises(story: Story) -> list[Crisis]:
    """Those that a crisis manager must hear of, oldest first."""
    found = story.crises(BEGAN, ANCHOR)
    return [crisis for crisis in found if crisis.is_real and crisis.begins >= BEGAN]


def around(story: Story, alert: Event) -> str:
    """What was going on about the brand then, for whoever looks at a false alert."""
    at = alert.at
    for crisis in story.crises(at - timedelta(days=1), at + timedelta(minutes=1)):
        ends = datetime.fromisoformat(crisis_truth(story, crisis)["ends"]) + timedelta(hours=3)
        if crisis.brand.name == alert.brand and crisis.begins <= at <= ends:
            return crisis.shape
    return "an ordinary day"


def replayed(pipeline: Pipeline, rules: Sequence[Rule], *, step: timedelta) -> list[Event]:
    """The events of the sixty days with these rules."""
    return list(pipeline.replay(since=BEGAN, until=ANCHOR, step=step, rules=rules))


def show(story: Story, verdict: Verdict, *, rule: str, console: Console) -> None:
    """A row for each real crisis, and one for each alert that is false."""
    table = Table(title=f"{rule}, seed {story.seed}: minutes from crossing to the first alert")
    for head in ("crisis", "crossed (UTC)", "told after", "alerts", "incidents", "why"):
        table.add_column(head)
    for one in verdict.real:
        minutes = "never" if one.minutes is None else f"{one.minutes:.0f}"
        why = one.alerts[0].reason if one.alerts else ""
        name = f"{one.truth['shape']} {one.truth['brand']}"
        counts = str(len(one.alerts)), str(len(one.incidents))
        table.add_row(name, f"{one.crossed_at:%d %b %H:%M}", minutes, *counts, why)
    for alert in verdict.false:
        where = f"false: {around(story, alert)}"
        incidents = "0" if alert.incident is None else "1"
        at = f"{alert.at:%d %b %H:%M}"
        table.add_row(where, at, alert.brand, "1", incidents, alert.reason)
    console.print(table)


def main() -> None:
    """Index unless the folder holds it already, replay, judge, show."""
    asked = _parser().parse_args()
    story, console = story_of(asked.seed), Console(width=170)
    with tempfile.TemporaryDirectory() as scratch:
        config = Path(asked.folder or scratch) / "untagged.yaml"
        is_new = not config.exists()
        if is_new:
            config.parent.mkdir(parents=True, exist_ok=True)
            config.write_text(EXAMPLE.read_text("utf-8"), "utf-8")
        with open_pipeline(config) as pipeline:
            if is_new:
                began = time.process_time()
                count = index(pipeline, heard(story))
                took = time.process_time() - began
                console.print(f"{count:,} mentions indexed in {took:.0f} s of processor time")
            rules = _rules(asked.rules) if asked.rules else pipeline.settings.rules
            step, began = timedelta(minutes=asked.step), time.process_time()
            events = replayed(pipeline, rules, step=step)
            took = time.process_time() - began
            console.print(f"{ROUND // step:,} steps replayed in {took:.0f} s of processor time")
        for name in (rule.name for rule in rules if rule.kind in WATCHED):
            show(story, judged(story, events, rule=name), rule=name, console=console)


def _rules(file: str) -> list[Rule]:
    return [RULE.validate_python(rule) for rule in yaml.safe_load(Path(file).read_text("utf-8"))]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m bench.sixty_days", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=5, help="minutes between two looks")
    parser.add_argument("--rules", help="a YAML list of rules instead of the example's")
    parser.add_argument("--folder", help="keep the stores there, and use them again")
    return parser


if __name__ == "__main__":
    sys.exit(main())

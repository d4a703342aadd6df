"""Cases: thirty days of teams in three time zones, and whether everybody keeps their promises.

`python -m bench cases` prints how 20,000 cases went through 60 agents with shifts, holidays and
absences: assigned within the policy's time, none lost or owned twice, fairly shared.
"""

import argparse
import random
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sqlalchemy import Connection, Engine, create_engine, func, select
from sqlalchemy.pool import StaticPool

from cases import desk
from cases.calendar import Calendar
from cases.case import Case
from cases.ledger import read_cases
from cases.policy import SlaPolicy
from cases.routing import Route
from cases.tables import audit, case_posts, cases, metadata
from cases.team import Absence, Agent, Team
from mentions.mention import Author, BrandMatch, Mention

START = datetime(2026, 10, 12, tzinfo=UTC)
"""The clocks of Berlin go back in it, those of New York on 1 November; Berlin has no holiday then,
New York has Columbus Day, Tokyo Sports Day and Culture Day."""
ZONES = (
    ("berlin", "Europe/Berlin", "DE", "BE"),
    ("newyork", "America/New_York", "US", "NY"),
    ("tokyo", "Asia/Tokyo", "JP", ""),
)
HOURS = {"mon-fri": "08:00-12:00, 13:00-17:30", "sat": "09:00-13:00"}
STEP = timedelta(minutes=5)
HANDLING = timedelta(minutes=20)
"""An agent answers and resolves a case so long after they turn to it."""
POLICY = SlaPolicy.model_validate(
    {
        "name": "standard",
        "first_response": "60m",
        "resolution": "24h",
        "hours": "business",
        "warn": "15m",
        "priorities": {"urgent": {"first_response": "15m"}},
    }
)


@dataclass
class Figures:
    """What the simulation found."""

    cases: int = 0
    lost: int = 0
    owned_twice: int = 0
    unassigned_in_time: int = 0
    to_absent: int = 0
    breached: int = 0
    widest: float = 0.0
    handed_over: int = 0
    moved: int = 0
    seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        yield f"{self.cases:,} cases in {self.seconds:.0f} s"
        yield f"lost {self.lost}, owned twice {self.owned_twice}"
        yield f"not assigned within their policy's time {self.unassigned_in_time}"
        yield f"given to somebody absent or off shift {self.to_absent}"
        yield f"handed over to a team that works {self.handed_over:,}"
        yield f"moved to a colleague, after silence or absence {self.moved:,}"
        yield f"first responses missed {self.breached:,}"
        yield f"widest load from the mean of equal agents {self.widest:.1%}"


def teams(agents: int, dice: random.Random, days: int) -> tuple[Team, ...]:
    """Three teams that hand over to one another; each agent is absent for some days."""
    names = [name for name, *_ in ZONES]
    made = []
    for number, (name, zone, country, part) in enumerate(ZONES):
        calendar = Calendar(zone=zone, hours=HOURS, country=country, subdivision=part)
        crew = []
        for place in range(agents // len(ZONES)):
            since = START.date() + timedelta(days=dice.randrange(days))
            span = {"from": since, "until": since + timedelta(days=2)}
            crew.append(
                Agent(
                    name=f"{name} {place}",
                    capacity=30,
                    absences=(Absence.model_validate(span),),
                )
            )
        others = (names[(number + 1) % 3], names[(number + 2) % 3])
        made.append(
            Team(
                name=name,
                agents=tuple(crew),
                calendar=calendar,
                hand_over=others,
                assignment=("balanced", "round_robin", "balanced")[number],
                unassign_after=timedelta(hours=2),
            )
        )
    return tuple(made)


def posts(count: int, days: int, dice: random.Random) -> list[Mention]:
    """Complaints over all hours, as people write them: few authors more than once."""
    found = []
    for number in range(count):
        at = START + timedelta(seconds=dice.uniform(0, days * 86_400))
        found.append(
            Mention(
                source="board",
                native_id=str(number),
                platform="board",
                text="My bag is lost",
                author=Author(handle=f"author {dice.randrange(count * 20)}"),
                brands=(BrandMatch(name="Acme"),),
                published=at,
                collected=at,
            )
        )
    return sorted(found, key=lambda post: post.published)


class Days:
    """The teams' days, step by step."""

    def __init__(
        self, engine: Engine, *, count: int, agents: int, days: int, seed: int, step: timedelta
    ) -> None:
        self._engine, self._step = engine, step
        self._dice = random.Random(seed)
        self._teams = teams(agents, self._dice, days)
        self._posts = posts(count, days, self._dice)
        self._end = START + timedelta(days=days + 4)
        self._busy_until: dict[str, datetime] = {}
        self._there: Counter[str] = Counter()
        self.figures = Figures(cases=count)

    def live(self) -> Figures:
        began = time.perf_counter()
        now, waiting = START, iter(self._posts)
        post = next(waiting, None)
        while now < self._end:
            now += self._step
            with self._engine.begin() as connection:
                while post is not None and post.published <= now:
                    self._open(connection, post, now)
                    post = next(waiting, None)
                desk.take_back(connection, teams=self._teams, now=now)
                desk.assign_waiting(connection, teams=self._teams, now=now)
                self.figures.breached += len(desk.breaches(connection, now))
                desk.due_notices(connection, now)
                self._work(connection, now)
        self.figures.seconds = time.perf_counter() - began
        with self._engine.connect() as connection:
            self._judge(connection)
        return self.figures

    def _open(self, connection: Connection, post: Mention, now: datetime) -> None:
        team = self._dice.choice(self._teams)
        urgent = self._dice.random() < 0.1
        route = Route("*", team.name, "urgent" if urgent else "medium", "standard", (), "*")
        opened = desk.open_case(connection, post, route, policy=POLICY, teams=self._teams, now=now)
        self.figures.handed_over += opened.case.team != team.name

    def _work(self, connection: Connection, now: datetime) -> None:
        """Every agent on shift who is free takes their most pressing case."""
        there = [
            agent.name for team in self._teams for agent in team.agents if team.is_there(agent, now)
        ]
        self._there.update(there)
        free = [name for name in there if self._busy_until.get(name, now) <= now]
        mine = (cases.c.status == "open", cases.c.agent.in_(free))
        query = select(cases.c.id, cases.c.agent).where(*mine).order_by(cases.c.due_at, cases.c.id)
        next_of: dict[str, int] = {}
        for case_id, agent in connection.execute(query):
            next_of.setdefault(agent, case_id)
        for agent, case_id in next_of.items():
            desk.record_reply(connection, case_id, at=now, now=now, actor=agent)
            desk.resolve(connection, case_id, now=now, actor=agent)
            self._busy_until[agent] = now + HANDLING

    def _judge(self, connection: Connection) -> None:
        """Counted from the rows and the audit trail, not from what the desk believes."""
        found = self.figures
        held = {case.id: case for case in read_cases(connection)}
        homes = connection.execute(select(func.count()).select_from(case_posts)).scalar_one()
        done = sum(case.status == "resolved" for case in held.values())
        found.lost = 3 * len(self._posts) - len(held) - homes - done
        rosters = {team.name: team for team in self._teams}
        for case_id, turns in _owners(connection).items():
            case = held[case_id]
            team = rosters[case.team]
            first = next((turn.at for turn in turns if turn.agent), None)
            due = case.frt_due_at
            found.unassigned_in_time += first is None or (due is not None and first > due)
            found.owned_twice += sum(
                after.taken_from != before.agent for before, after in pairwise(turns)
            )
            found.to_absent += sum(
                bool(team.not_there(team.agent(turn.agent), turn.at))
                for turn in turns
                if turn.agent
            )
            found.moved += sum(bool(turn.taken_from and turn.agent) for turn in turns)
        found.widest = max(self._spread(held.values()))

    def _spread(self, held: Iterable[Case]) -> Iterator[float]:
        """How far each agent's cases an hour at work are from the mean of their team."""
        got = Counter(case.agent for case in held)
        for team in self._teams:
            shares = [got[agent.name] / self._there[agent.name] for agent in team.agents]
            mean = sum(shares) / len(shares)
            yield max(abs(share - mean) / mean for share in shares)


@dataclass(frozen=True)
class Turn:
    """Who got a case, from whom ('' is nobody), by the trail."""

    at: datetime
    taken_from: str
    agent: str


def _owners(connection: Connection) -> dict[int, list[Turn]]:
    owners: dict[int, list[Turn]] = defaultdict(list)
    rows = connection.execute(
        select(audit.c.case_id, audit.c.at, audit.c.detail).order_by(audit.c.id)
    )
    for case_id, at, detail in rows:
        if "agent" in detail.get("changed", {}):
            before, after = detail["changed"]["agent"]
            owners[case_id].append(Turn(at, before or "", after))
    return owners


def simulated(*, count: int, agents: int, days: int, seed: int, step: timedelta = STEP) -> Figures:
    """Live through the days on an empty database in memory."""
    engine = create_engine("sqlite://", poolclass=StaticPool)
    metadata.create_all(engine)
    try:
        return Days(engine, count=count, agents=agents, days=days, seed=seed, step=step).live()
    finally:
        engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--agents", type=int, default=60)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    figures = simulated(count=given.cases, agents=given.agents, days=given.days, seed=given.seed)
    for line in figures.lines():
        print(line)


if __name__ == "__main__":
    main()

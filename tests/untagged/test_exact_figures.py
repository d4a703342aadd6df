"""A spike rule with exact figures fires by them, in `respond` as in `spikes`."""

import pytest
from pydantic import ValidationError

from alerts.kinds.spike import SpikeRule
from mentions.sqlite import SqliteStore
from tests.untagged.watched import HOUR, NOW, burst, filled, ordinary, scene
from untagged.detecting import spikes_between
from untagged.watches.spike import SpikeWatch


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> SqliteStore:
    return filled(tmp_path_factory.mktemp("store"), ordinary(), burst(14))


@pytest.mark.parametrize(
    ("figures", "is_told"),
    [
        ({"sensitivity": "balanced"}, True),
        ({"sensitivity": {"score": 3.0, "times": 2.0}}, True),
        ({"sensitivity": {"score": 3.0, "times": 20}}, False),
        ({"sensitivity": {"score": 30.0}}, False),
        ({"sensitivity": {"score": 3.0}, "minimum": 20}, False),
    ],
)
def test_figures_decide(store: SqliteStore, figures: dict[str, object], is_told: bool) -> None:
    rule = SpikeRule.model_validate({"name": "spike", **figures})
    assert bool(list(SpikeWatch(rule, scene(store)).found(NOW))) == is_told
    told = spikes_between(store, [rule], ["Acme"], since=NOW - 2 * HOUR, until=NOW)
    assert bool(told) == is_told


def test_six_hours_need_six_tenths_of_the_score_unless_told() -> None:
    rule = SpikeRule.model_validate({"name": "x", "sensitivity": {"score": 5.0}})
    assert not isinstance(rule.sensitivity, str)
    assert rule.sensitivity.slow == 3.0
    with pytest.raises(ValidationError, match="score"):
        SpikeRule.model_validate({"name": "x", "sensitivity": {"score": 0}})

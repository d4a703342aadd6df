"""What tests of spiders start from."""

from pathlib import Path

import pytest

from tests.spiders.passes import Collector


@pytest.fixture
def collector(tmp_path: Path) -> Collector:
    return Collector(tmp_path)

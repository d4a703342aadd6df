"""A deployment as docs/deploy.md makes it, without starting anything."""

from pathlib import Path

import pytest

from tests.conftest import cannot_start
from tests.deployment.by_hand import Deployment, compose_client, documented
from tests.server_process import CannotStart
from untagged.town.server import TOKEN


@pytest.fixture(scope="package")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Deployment:
    """A folder with compose.yaml and the secrets that the docs tell to make."""
    try:
        compose_client()
    except CannotStart as why:
        cannot_start("the compose client", why)
    folder = Path(tmp_path_factory.mktemp("a deployment"))
    made = Deployment(folder)
    made.shell(documented("secrets"))
    (folder / "untagged.env").write_text(f"TOWN_TOKEN={TOKEN}\n")
    (folder / "untagged.yaml").touch()
    return made

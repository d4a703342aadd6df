"""compose.yaml is accepted by the compose client, pinned, limited, and on loopback alone."""

import re

import pytest

from tests.deployment.by_hand import Deployment, documented

ONCE = {"databases", "airflow-init"}


@pytest.fixture(scope="module")
def services(deployment):
    return deployment.services()


@pytest.mark.slow
def test_the_compose_client_accepts_it_with_the_secrets_the_docs_make(deployment):
    assert documented("check") == "docker compose config --quiet"
    checked = deployment.ask_compose("config", "--quiet")
    assert (checked.returncode, checked.stdout) == (0, ""), checked.stderr


@pytest.mark.slow
def test_without_a_password_it_refuses_and_says_where_to_read(deployment, tmp_path):
    bare = Deployment(tmp_path)
    (tmp_path / "untagged.env").touch()
    refused = bare.ask_compose("config", "--quiet")
    assert refused.returncode != 0
    assert "see docs/deploy.md" in refused.stderr


def test_every_secret_is_its_own_and_long(deployment):
    passwords = list(deployment.passwords().values())
    assert len(set(passwords)) == len(passwords) == 8
    assert min(map(len, passwords)) >= 40
    assert ((deployment.folder / ".env").stat().st_mode & 0o077) == 0


def test_every_port_is_on_loopback(services):
    for service in services.values():
        for port in service.get("ports", []):
            shown = port if isinstance(port, str) else port.get("host_ip", "everywhere")
            assert shown.startswith("127.0.0.1")


def test_every_image_names_its_version(services):
    for service in services.values():
        assert re.search(r":\d+\.?[\d.]*(-\w+)?$", service["image"])


def test_whatever_stays_has_limits_and_a_health_check_and_starts_again(services):
    for name in services.keys() - ONCE:
        assert services[name]["mem_limit"], name
        assert services[name]["healthcheck"]["test"], name
        assert services[name]["restart"] == "unless-stopped", name


def test_our_own_services_run_without_privileges_or_anybodys_superuser(services, deployment):
    ours = [service for service in services.values() if service["image"].startswith("untagged:")]
    assert len(ours) == 6
    for service in ours:
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]
        assert deployment.passwords()["POSTGRES_PASSWORD"] not in str(service)

"""Help desks in the settings: what is wrong is said with its line, and no secret stands there."""

from pathlib import Path

import pytest

from mentions.errors import SettingsError
from tests.untagged.world import settings_file
from untagged.settings import load_settings

GOOD = "kind: webhook, address: 'https://x.example/h', secret_env: A"
ZENDESK = "kind: zendesk, email: a@b.example, token_env: T"
JIRA = "kind: jira, email: a@b.example, token_env: T"
SALES = "kind: salesforce, client_id_env: A, client_secret_env: B"
WRONG = [
    ("{name: a, kind: fax, address: 'https://x.example'}", "kind"),
    ("{name: a, address: 'https://x.example'}", "needs a kind"),
    ("{name: 'a b', " + GOOD + "}", "pattern"),
    ("{name: a, " + ZENDESK + ", address: 'http://acme.zendesk.com'}", "write https://"),
    ("{name: a, " + ZENDESK + ", address: 'https://me:pw@acme.zendesk.com'}", "is no address"),
    ("{name: a, " + ZENDESK + ", address: 'https://acme.zendesk.com?x=1'}", "write the address"),
    ("{name: a, " + ZENDESK + ", address: 'ftp://x'}", "is no address"),
    ("{name: a, " + ZENDESK + ", address: 'https://[x'}", "is no address"),
    ("{name: a, " + ZENDESK + ", address: 'https://x.example', token: s3cret}", "is not known"),
    ("{name: a, " + GOOD + ", every: 5s}", "30 seconds"),
    ("{name: a, " + GOOD + ", tags: ['two words']}", "pattern"),
    ("{name: a, " + JIRA + ", address: 'https://x.example', project: 'A OR 1=1'}", "project"),
    ("{name: a, " + SALES + ", address: 'https://x.example', key_field: 'Id'}", "key_field"),
]


@pytest.mark.parametrize(("desk", "said"), WRONG)
def test_a_wrong_desk_is_refused_with_its_line(tmp_path: Path, desk: str, said: str) -> None:
    path = settings_file(tmp_path, more=f"help_desks:\n  - {desk}\n")
    line = len(path.read_text().splitlines())
    with pytest.raises(SettingsError, match=said) as refused:
        load_settings(path)
    assert f"line {line}" in str(refused.value)
    assert "s3cret" not in str(refused.value)
    assert "pw@" not in str(refused.value)


def test_names_are_unique(tmp_path: Path) -> None:
    desk = "{name: a, " + GOOD + "}"
    path = settings_file(tmp_path, more=f"help_desks:\n  - {desk}\n  - {desk}\n")
    with pytest.raises(SettingsError, match="stands here twice"):
        load_settings(path)


def test_every_kind_needs_little(tmp_path: Path) -> None:
    desks = [
        "{name: z, " + ZENDESK + ", address: 'https://acme.zendesk.com/'}",
        "{name: s, " + SALES + ", address: 'https://acme.my.salesforce.com'}",
        "{name: j, " + JIRA + ", address: 'https://acme.atlassian.net', project: CARE}",
        "{name: w, " + GOOD + "}",
    ]
    more = "help_desks:\n" + "".join(f"  - {one}\n" for one in desks)
    found = load_settings(settings_file(tmp_path, more=more)).settings.help_desks
    assert [desk.kind for desk in found] == ["zendesk", "salesforce", "jira", "webhook"]
    assert found[0].address == "https://acme.zendesk.com"

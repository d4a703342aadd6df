"""The index of ElasticStore and its templates: names, creation, version.

`index_templates/` is the single truth of the mapping. An index carries its mapping's version in
its name and stands behind an alias, so that a new version is filled beside the old one and the
alias moved, without anybody noticing.
"""

import importlib.resources
import json
import re
from typing import Any

from mentions import tokens
from mentions.elastic_client import Patient
from mentions.errors import SettingsError, StoreError

MAPPING_VERSION = 3
"""A change that old documents do not fit raises it."""
VERSION = 100 * MAPPING_VERSION + tokens.VERSION
"""Of mapping and words together; an older index is filled anew, see `mentions.elastic_upgrade`."""
_SHIPPED_PREFIX = "untagged"
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_COMPONENTS = ("mentions-settings", "mentions-mappings")
_TEMPLATE = "mentions"


class Names:
    """The names that a store with this prefix uses. Raises SettingsError for an unfit prefix."""

    def __init__(self, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise SettingsError(
                f"{prefix!r} cannot begin an index name; use lower-case letters, digits, - and _"
            )
        self.prefix = prefix
        self.alias = f"{prefix}-mentions"
        self.first_index = f"{prefix}-mentions-v{VERSION}-000001"


def shipped(name: str) -> dict[str, Any]:
    """A template of `index_templates/` as it is in the file."""
    file = importlib.resources.files("index_templates") / f"{name}.json"
    template: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return template


def prepare(node: Patient, names: Names) -> None:
    """Put the templates and create the first index behind the alias, once, whoever else does.

    An index of an older version stays as it is: `mentions.elastic_upgrade` fills a new one.
    """
    _check_version(node, names)
    for name in _COMPONENTS:
        component = shipped(name)
        if "mappings" in component["template"]:
            component["template"]["mappings"]["_meta"]["untagged_version"] = VERSION
        _put_component(node, f"{names.prefix}-{name}", _arguments(component))
    template = _with_prefix(_arguments(shipped(_TEMPLATE)), names.prefix)
    node.ask(
        "cannot prepare Elasticsearch",
        lambda client: client.indices.put_index_template(
            name=f"{names.prefix}-{_TEMPLATE}", **template
        ),
    )
    if not _is_there(node, names):
        _create(node, names)
    elif min(versions(node, names).values()) == VERSION:
        _add_fields(node, names)


def _put_component(node: Patient, name: str, component: dict[str, Any]) -> None:
    node.ask(
        "cannot prepare Elasticsearch",
        lambda client: client.cluster.put_component_template(name=name, **component),
    )


def _create(node: Patient, names: Names) -> None:
    try:
        node.ask(
            "cannot create the index",
            lambda client: client.indices.create(
                index=names.first_index, aliases={names.alias: {"is_write_index": True}}
            ),
        )
    except StoreError:
        if not _is_there(node, names):  # else somebody else created it a moment earlier
            raise


def _add_fields(node: Patient, names: Names) -> None:
    """Teach an index made by an older Untagged the fields that were added since."""
    properties = shipped("mentions-mappings")["template"]["mappings"]["properties"]
    node.ask(
        "cannot add fields to the mapping",
        lambda client: client.indices.put_mapping(index=names.alias, properties=properties),
    )


def _is_there(node: Patient, names: Names) -> bool:
    found: bool = node.ask(
        "cannot look for the index", lambda client: client.indices.exists_alias(name=names.alias)
    )
    return found


def versions(node: Patient, names: Names) -> dict[str, int]:
    """The version of each index behind the alias."""
    mappings = node.ask(
        "cannot read the mapping",
        lambda client: client.indices.get_mapping(index=names.alias),
    )
    return {index: _version(found) for index, found in mappings.items()}


def _version(found: dict[str, Any]) -> int:
    version: int = found["mappings"].get("_meta", {}).get("untagged_version", 0)
    return version


def _check_version(node: Patient, names: Names) -> None:
    mappings = node.ask(
        "cannot read the mapping",
        lambda client: client.indices.get_mapping(
            index=f"{names.alias}-v*", expand_wildcards="open", allow_no_indices=True
        ),
    )
    for index, found in mappings.items():
        version = _version(found)
        if version > VERSION:
            raise StoreError(
                f"{index} was written by a newer Untagged (version {version}, this one writes "
                f"{VERSION}); upgrade Untagged or use another prefix"
            )


def _with_prefix(template: dict[str, Any], prefix: str) -> dict[str, Any]:
    """The index template for the indices and components of another prefix than ours."""
    renamed = {
        key: [name.replace(_SHIPPED_PREFIX, prefix, 1) for name in template[key]]
        for key in ("index_patterns", "composed_of")
    }
    return template | renamed


def _arguments(template: dict[str, Any]) -> dict[str, Any]:
    """The template's keys as the client calls them."""
    return {key.removeprefix("_"): value for key, value in template.items()}

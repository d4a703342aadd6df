"""The indices of ElasticStore and their templates: names, creation, version.

`index_templates/` is the single truth of the mapping. Each partition (`elastic_partitions`) has an
index of its own behind two aliases: one of all, through which everything is read, and one of its
partition, through which it is written. An index carries its mapping's version in its name, so that
a new version is filled beside the old one and both aliases are moved, without anybody noticing.

The aliases are not in the template: a new index has no shard to search for a moment, and an
upgrade fills indices that nobody may see yet. A partition's alias has one write index, so that
Elasticsearch itself refuses a second one. Nothing is ever created by writing: the template forbids
it.
"""

import importlib.resources
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError

from mentions import tokens
from mentions.elastic_client import Patient
from mentions.elastic_partitions import OLDEST_PARTITION, PATTERN
from mentions.errors import SettingsError, StoreError

MAPPING_VERSION = 6
"""A change that old documents or old programs do not fit raises it; 4 is an index a partition, 5
knows near copies, 6 influence, trolls and sarcasm."""
VERSION = 100 * MAPPING_VERSION + tokens.VERSION
"""Of mapping and words together; an older index is filled anew, see `mentions.elastic_upgrade`."""
_SHIPPED_PREFIX = "untagged"
_PREFIX = re.compile(r"[a-z0-9][a-z0-9_.-]{0,99}")
_COMPONENTS = ("mentions-settings", "mentions-mappings")
_TEMPLATE = "mentions"
_NAMED_BY_PARTITION = re.compile(rf"-v\d+-({PATTERN})(-[0-9a-f]+)?$")


class Names:
    """The names that a store with this prefix uses. Raises SettingsError for an unfit prefix."""

    def __init__(self, prefix: str) -> None:
        if not _PREFIX.fullmatch(prefix):
            raise SettingsError(
                f"{prefix!r} cannot begin an index name; use lower-case letters, digits, - and _"
            )
        self.prefix = prefix
        self.alias = f"{prefix}-mentions"

    def writing_alias(self, partition: str) -> str:
        """The alias through which mentions of the partition are written."""
        return f"{self.alias}-{partition}"

    def index(self, partition: str, made_by: str = "") -> str:
        """The index of the partition, that of an upgrade with a name of its own."""
        return f"{self.alias}-v{VERSION}-{partition}" + (f"-{made_by}" if made_by else "")

    def aliases(self, partition: str) -> dict[str, bool]:
        """The aliases of the partition's index, and for each whether one writes through it.

        Nobody writes through the alias of all: an older Untagged that still tries is refused.
        """
        return {self.alias: False, self.writing_alias(partition): True}


def partition_in(index: str) -> str | None:
    """The one partition that the index holds; None for one of before there were partitions."""
    named = _NAMED_BY_PARTITION.search(index)
    return named[1] if named else None


@dataclass(frozen=True, slots=True)
class Layout:
    """The indices behind the alias, and the one that each partition is written to."""

    indices: tuple[str, ...]
    homes: Mapping[str, str]


def layout(node: Patient, names: Names) -> Layout:
    """What is there now. Raises StoreError if nothing was prepared."""
    answer = node.ask(
        "cannot look for the indices", lambda client: client.indices.get_alias(index=names.alias)
    )
    start = len(names.writing_alias(""))
    homes = {
        alias[start:]: index
        for index, about in answer.items()
        for alias in about["aliases"]
        if alias != names.alias and alias.startswith(names.writing_alias(""))
    }
    return Layout(tuple(answer), homes)


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
    if not _is_there(node, names.alias):
        _create(node, names, OLDEST_PARTITION)
    elif min(versions(node, names).values()) == VERSION:
        _add_fields(node, names)
        if OLDEST_PARTITION not in layout(node, names).homes:
            _create(node, names, OLDEST_PARTITION)


def open_partition(node: Patient, names: Names, partition: str) -> None:
    """See that mentions of the partition can be written, whoever else does so at once."""
    found = versions(node, names)
    _refuse_newer(found)
    undivided = next((index for index in found if partition_in(index) is None), None)
    if undivided is None:
        _create(node, names, partition)
        return
    # An upgrade is to come: until then everything is written to the one index there is. Where it
    # has just ended that index is gone, and the next to ask creates the partition.
    action = {"index": undivided, "alias": names.writing_alias(partition), "is_write_index": True}
    try:
        node.ask(
            "cannot name the index",
            lambda client: client.indices.update_aliases(actions=[{"add": action}]),
        )
    except StoreError:
        if undivided in versions(node, names):
            raise


def _put_component(node: Patient, name: str, component: dict[str, Any]) -> None:
    node.ask(
        "cannot prepare Elasticsearch",
        lambda client: client.cluster.put_component_template(name=name, **component),
    )


def _create(node: Patient, names: Names, partition: str) -> None:
    """Create the partition's index, and put it behind its aliases once it can be searched.

    Whoever searches all indices in the moment before would be told that one has no shard.
    """
    index = names.index(partition)
    try:
        node.ask("cannot create the index", lambda client: client.indices.create(index=index))
    except StoreError as error:
        if not _is_there_already(error):
            raise
    node.ask(
        "cannot wait for the index",
        lambda client: client.cluster.health(
            index=index, wait_for_active_shards=1, wait_for_status="yellow"
        ),
    )
    actions = [
        {"add": {"index": index, "alias": alias, "is_write_index": is_written}}
        for alias, is_written in names.aliases(partition).items()
    ]
    try:
        node.ask(
            "cannot name the index",
            lambda client: client.indices.update_aliases(actions=actions),
        )
    except StoreError:
        # Else an upgrade has just put one of its own there.
        if not _is_there(node, names.writing_alias(partition)):
            raise


def _is_there_already(error: StoreError) -> bool:
    answered = error.__cause__
    return (
        isinstance(answered, BadRequestError)
        and answered.error == "resource_already_exists_exception"
    )


def _add_fields(node: Patient, names: Names) -> None:
    """Teach an index made by an older Untagged the fields that were added since."""
    properties = shipped("mentions-mappings")["template"]["mappings"]["properties"]
    node.ask(
        "cannot add fields to the mapping",
        lambda client: client.indices.put_mapping(index=names.alias, properties=properties),
    )


def _is_there(node: Patient, alias: str) -> bool:
    found: bool = node.ask(
        "cannot look for the index", lambda client: client.indices.exists_alias(name=alias)
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
    _refuse_newer({index: _version(found) for index, found in mappings.items()})


def _refuse_newer(found: Mapping[str, int]) -> None:
    for index, version in found.items():
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

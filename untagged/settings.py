"""Settings: untagged.yaml and the environment, checked as a whole before anything runs."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from alerts.chain import Chain
from alerts.channels import Channel
from alerts.digests.settings import DigestDelivery, DigestSchedule
from alerts.events.webhook import Webhook
from alerts.incident import IncidentPolicy
from alerts.kinds.flatline import FlatlineRule
from alerts.notifications import Notifications
from alerts.rules import RULE, Rule, RuleOfCounts
from alerts.schedule import Schedule
from cases.customers.sources import CsvSource, CustomerSource
from cases.help_desks.settings import HelpDesk
from cases.playbook import Playbook
from cases.policy import SlaPolicy
from cases.reply_policy import ReplyPolicy, SurveyPolicy
from cases.routing import RoutingRule
from cases.team import Team
from mentions.brand import Brand
from mentions.errors import QueryError, SettingsError
from mentions.mention import Mention
from mentions.query.parser import parse_query
from nlp.brand_topics import check_topic
from nlp.build import Profile, Stream
from nlp.lexicon.files import sectors
from spiders.source import Source
from untagged.accounts.policy import LoginPolicy, Network
from untagged.digests.checks import dangling_digests
from untagged.exports.plan import ExportPlan
from untagged.languages import LANGUAGES
from untagged.referring import known_names, rule_slips
from untagged.routing_check import playbook_problems, routing_place, routing_problems
from untagged.secrets_file import load_secrets
from untagged.telling import dangling_escalations, dangling_webhooks
from untagged.yaml_file import Place, YamlFile, known_or_suggested

DEFAULT_CONFIG = "untagged.yaml"
CONFIG_VARIABLE = "UNTAGGED_CONFIG"
_URLS = ("store", "database", "journal")
_NAMED = (
    *("brands", "sources", "channels", "rules", "escalations", "on_call"),
    *("teams", "sla", "playbooks", "help_desks", "digests", "exports", "webhooks"),
)


class Cockpit(BaseModel):
    """Where the cockpit listens, and how it is reached.

    `names` are the hosts under which browsers know it besides loopback, `proxies` those whose word
    for the browser's address and scheme is taken (X-Forwarded-For, X-Forwarded-Proto).
    `requests_per_minute` is how often one caller may ask the API. `language` is that of pages for
    whom neither account nor browser names one that there is; '' is English.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    language: str = ""
    requests_per_minute: int = Field(600, ge=1, le=1_000_000)
    names: tuple[str, ...] = ()
    proxies: tuple[Network, ...] = (ip_network("127.0.0.1/32"), ip_network("::1/128"))

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def is_on_loopback(self) -> bool:
        """Whether nobody but this machine reaches it."""
        return self.host in ("127.0.0.1", "::1", "localhost")

    @field_validator("language")
    @classmethod
    def _is_spoken(cls, language: str) -> str:
        if language and language not in LANGUAGES:
            raise ValueError(
                f"{language!r} is not spoken here; choose one of {', '.join(LANGUAGES)}"
            )
        return language

    @model_validator(mode="after")
    def _is_known_by_name(self) -> "Cockpit":
        # `Host` is held against these names, so that no page of another site speaks to it under
        # a name of its own (DNS rebinding).
        if not self.is_on_loopback and not self.names:
            raise ValueError(
                f"{self.host} shows the cockpit to the network; say under which names browsers "
                "reach it, such as names: [untagged.acme.example]"
            )
        return self


class Reading(BaseModel):
    """How posts are read: `default` at full speed, `accurate` by a larger model where in doubt.

    `thorough` asks a large model about the intents of every English post as well.

    `stream` is `mixed` where most English posts are neutral, so that fewer are called negative.
    `entity_model` is a spaCy model that is installed, for more entities; '' is none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Profile = "default"
    stream: Stream = "even"
    entity_model: str = ""


class _PlainEnvironment(EnvSettingsSource):
    """Only the three URLs and the User-Agent come from the environment; the rest is the file."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        return {name: found[name] for name in (*_URLS, "user_agent") if name in found}


class Settings(BaseSettings):
    """All of untagged.yaml. `UNTAGGED_STORE`, `UNTAGGED_DATABASE` and `UNTAGGED_JOURNAL` win."""

    model_config = SettingsConfigDict(env_prefix="UNTAGGED_", extra="forbid", frozen=True)

    store: str = "sqlite:///var/mentions.db"
    database: str = "sqlite:///var/untagged.db"
    journal: str = "var/journal"
    user_agent: str = "untagged/0.1 (listens for brand mentions; contact: set user_agent)"
    keep_days: int = Field(400, ge=1, le=36_500)
    cockpit: Cockpit = Cockpit()
    login: LoginPolicy = LoginPolicy()
    reading: Reading = Reading()
    brands: tuple[Brand, ...] = ()
    sources: tuple[Source, ...] = ()
    channels: tuple[Channel, ...] = ()
    templates: str = ""
    rules: tuple[Rule, ...] = ()
    notifications: Notifications = Notifications()
    escalations: tuple[Chain, ...] = ()
    on_call: tuple[Schedule, ...] = ()
    teams: tuple[Team, ...] = ()
    sla: tuple[SlaPolicy, ...] = ()
    playbooks: tuple[Playbook, ...] = ()
    routing: tuple[RoutingRule, ...] = ()
    replies: ReplyPolicy = ReplyPolicy()
    surveys: SurveyPolicy = SurveyPolicy()
    help_desks: tuple[HelpDesk, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    customers: CustomerSource | None = None
    incidents: IncidentPolicy = IncidentPolicy()
    digests: tuple[DigestSchedule, ...] = ()
    digest_delivery: DigestDelivery = DigestDelivery()
    exports: tuple[ExportPlan, ...] = ()

    @property
    def template_folders(self) -> tuple[Path, ...]:
        """Where templates come before ours."""
        return (Path(self.templates),) if self.templates else ()

    @property
    def reply_folder(self) -> Path | None:
        """Where reply templates come before ours."""
        return Path(self.replies.folder) if self.replies.folder else None

    def is_owned(self, mention: Mention) -> bool:
        """Whether an account of one of the brands wrote it."""
        handle, platform = mention.author.handle, mention.platform
        return any(brand.owns(handle, platform) for brand in self.brands)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # the signature is pydantic's
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # nor ours
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # nor ours
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment before the file."""
        return _PlainEnvironment(settings_cls), init_settings


@dataclass(frozen=True, slots=True)
class Loaded:
    """Settings and the file they came from; None where there is none."""

    settings: Settings
    path: Path | None


def find_config(config: Path | None, environment: Mapping[str, str] = os.environ) -> Path | None:
    """`--config`, else $UNTAGGED_CONFIG, else ./untagged.yaml if it is there."""
    if config is not None:
        return config.absolute()
    if environment.get(CONFIG_VARIABLE):
        return Path(environment[CONFIG_VARIABLE]).absolute()
    default = Path(DEFAULT_CONFIG).absolute()
    return default if default.exists() else None


def load_settings(config: Path | None = None) -> Loaded:
    """Read and check the settings. Raises SettingsError naming file, line and what is expected.

    The secrets file beside them is read first (see `untagged.secrets_file`). Relative paths in the
    file are relative to the file, those in the environment to the working directory.
    """
    path = find_config(config)
    load_secrets(path.parent if path else Path.cwd())
    if path is None:
        return Loaded(_absolute(Settings(), Path.cwd()), None)
    if not path.exists():
        raise SettingsError(f"{path} is not there; `untagged init` writes an example")
    file = YamlFile(path)
    secret = ("channels", "on_call", "help_desks", "customers", "exports", "webhooks")
    settings = file.build(lambda content: Settings(**content), secret=secret)
    file.refuse(_dangling(settings))
    return Loaded(_absolute(settings, path.parent), path)


def read_rules(file: YamlFile, settings: Settings) -> tuple[Rule, ...]:
    """The rules of a file of their own: one rule, or several under `rules`.

    They may name what the settings have. Raises SettingsError naming file, line and what to mend.
    """
    is_one = isinstance(file.content, dict) and "rules" not in file.content
    if is_one:
        rules: tuple[Rule, ...] = (file.build(RULE.validate_python),)
    else:
        rules = file.build(_RuleFile.model_validate).rules
    problems = _dangling_rules(settings.model_copy(update={"rules": rules}))
    twice = _twice("rules", [rule.name for rule in rules])
    skip = 2 if is_one else 0  # the place of the only rule is the file itself
    file.refuse((place[skip:], said) for place, said in (*twice, *problems))
    return rules


class _RuleFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    rules: tuple[Rule, ...] = Field(min_length=1)


def _absolute(settings: Settings, folder: Path) -> Settings:
    """The same settings with file URLs that do not depend on the working directory."""
    bases = {
        name: Path.cwd() if f"UNTAGGED_{name.upper()}" in os.environ else folder for name in _URLS
    }
    anchored: dict[str, Any] = {
        name: _anchored(getattr(settings, name), base) for name, base in bases.items()
    }
    if settings.templates:
        anchored["templates"] = _anchored(settings.templates, folder)
    if settings.replies.folder:
        own = _anchored(settings.replies.folder, folder)
        anchored["replies"] = settings.replies.model_copy(update={"folder": own})
    if isinstance(settings.customers, CsvSource):
        own = _anchored(settings.customers.file, folder)
        anchored["customers"] = settings.customers.model_copy(update={"file": own})
    anchored["on_call"] = tuple(
        each.model_copy(update={"calendar": _anchored(each.calendar, folder)})
        for each in settings.on_call
    )
    anchored["exports"] = tuple(
        each.model_copy(update={"to": _anchored(each.to, folder)}) for each in settings.exports
    )
    return settings.model_copy(update=anchored)


def _anchored(url: str, base: Path) -> str:
    scheme, separator, rest = url.partition(":///")
    if separator and scheme == "sqlite":
        return f"sqlite:///{(base / rest).resolve()}" if rest != ":memory:" else url
    if "://" in url:
        return url
    return str((base / url).resolve())


def _dangling(settings: Settings) -> Iterator[tuple[Place, str]]:
    """Names that refer to nothing, names given twice, queries that cannot be read."""
    for section in _NAMED:
        yield from _twice(section, [item.name for item in getattr(settings, section)])
    yield from _dangling_rules(settings)
    yield from _dangling_routing(settings)
    yield from dangling_escalations(settings)
    yield from dangling_digests(settings)
    yield from dangling_webhooks(settings)
    channels = [channel.name for channel in settings.channels]
    yield from _unknown(("replies", "channels"), settings.replies.channels, channels)
    for number, export in enumerate(settings.exports):
        yield from _unreadable(("exports", number, "query"), export.query)
    brands = [brand.name for brand in settings.brands]
    for number, brand in enumerate(settings.brands):
        yield from _wrong_competitors(("brands", number, "competitors"), brand, brands)
        yield from _unreadable(("brands", number, "query"), brand.query)
        yield from _unknown(("brands", number, "sectors"), brand.sectors, list(sectors()))
        for topic, phrases in brand.topics.items():
            yield from _unheard(("brands", number, "topics", topic), topic, phrases)


def _dangling_rules(settings: Settings) -> Iterator[tuple[Place, str]]:
    brands = [brand.name for brand in settings.brands]
    channels = [channel.name for channel in settings.channels]
    teams = [team.name for team in settings.teams]
    sources = [source.name for source in settings.sources]
    policies = [policy.name for policy in settings.sla]
    playbooks = [playbook.name for playbook in settings.playbooks]
    business = {sla.name for sla in settings.sla if sla.hours == "business" and not sla.calendar}
    hours = {team.name: team.calendar for team in settings.teams}
    known = known_names(settings.brands)
    chains = [chain.name for chain in settings.escalations]
    for number, rule in enumerate(settings.rules):
        place: Place = ("rules", number)
        yield from _unknown((*place, "brands"), rule.brands, brands)
        yield from _unknown((*place, "notify"), rule.notify, channels)
        yield from _unknown((*place, "team"), [rule.team] if rule.team else [], teams)
        yield from _unknown((*place, "escalate"), [rule.escalate] if rule.escalate else [], chains)
        if isinstance(rule, FlatlineRule):
            yield from _unknown((*place, "sources"), rule.sources, sources)
        yield from (((*place, where), said) for where, said in rule_slips(rule, known))
        yield from _unknown((*place, "sla"), [rule.sla] if rule.sla else [], policies)
        of_alert = isinstance(rule, RuleOfCounts)
        playbook = [rule.playbook] if rule.playbook else []
        yield from _unknown((*place, "playbook"), playbook, playbooks)
        for name in ("sla", "playbook"):
            if getattr(rule, name) and not (of_alert and rule.opens_case):
                said = "is for the case that an alert opens"
                yield (*place, name), f"{said}; the cases of mentions take that of their route"
        if rule.sla in business and rule.team in hours and hours[rule.team] is None:
            said = f"{rule.sla!r} counts business hours and team {rule.team!r} has no calendar"
            yield (*place, "sla"), f"{said}; give it one"
        if of_alert and rule.opens_case and not (rule.team and settings.sla):
            yield place, "opens_case needs a team that gets the case, and an SLA policy under sla"


def _dangling_routing(settings: Settings) -> Iterator[tuple[Place, str]]:
    teams = [team.name for team in settings.teams]
    for number, team in enumerate(settings.teams):
        channels = [channel.name for channel in settings.channels]
        yield from _unknown(("teams", number, "notify"), team.notify, channels)
        yield from _unknown(("teams", number, "escalate_to"), team.escalate_to, channels)
        others = [name for name in teams if name != team.name]
        yield from _unknown(("teams", number, "hand_over"), team.hand_over, others)
        schedules = [schedule.name for schedule in settings.on_call]
        on_call = [team.on_call] if team.on_call else []
        yield from _unknown(("teams", number, "on_call"), on_call, schedules)
    for at, where, said in routing_problems(settings.routing, settings):
        yield routing_place(at, where), said
    yield from playbook_problems(settings)


def _unknown(place: Place, names: Any, known: list[str]) -> Iterator[tuple[Place, str]]:
    yield from ((place, known_or_suggested(name, known)) for name in names if name not in known)


def _wrong_competitors(
    place: Place, brand: Brand, brands: list[str]
) -> Iterator[tuple[Place, str]]:
    yield from _unknown(place, brand.competitors, brands)
    if brand.name in brand.competitors:
        yield place, f"{brand.name!r} is no competitor of itself; name other brands"
    for name in {name for name in brand.competitors if brand.competitors.count(name) > 1}:
        yield place, f"{name!r} stands here twice; name each competitor once"


def _twice(section: str, names: list[str]) -> Iterator[tuple[Place, str]]:
    for number, name in enumerate(names):
        if name in names[:number]:
            yield (section, number, "name"), f"{name!r} stands here twice; names are unique"


def _unheard(place: Place, topic: str, phrases: str) -> Iterator[tuple[Place, str]]:
    try:
        check_topic(topic, phrases)
    except ValueError as error:
        yield place, str(error)


def _unreadable(place: Place, query: str) -> Iterator[tuple[Place, str]]:
    try:
        parse_query(query)
    except QueryError as error:
        yield place, f"{error}\n{error.pointed()}"

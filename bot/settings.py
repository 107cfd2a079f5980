"""The configuration: what may stand in `burnin.yaml`, made valid at the edge and trusted inside.

Relative paths in it are relative to the working directory, as the protocol's own scripts and make targets are.
"""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, Literal, Self, TypeVar

from pydantic import Field, ValidationError, field_validator, model_validator

from bot.adapters.calendars import ListedSession, SessionList
from bot.adapters.paper_guard import PaperGuard, PaperGuardSetting
from bot.adapters.ruler_metrics import RulerMetrics
from bot.adapters.scripts import ArgvSpec
from bot.adapters.timeouts import Timeouts
from bot.configuration.fields import (
    ChannelId,
    DatabaseUrl,
    HeaderName,
    HeaderValue,
    LabelName,
    MemberId,
    OptionalPath,
    TraderName,
    Url,
    empty_is_none,
)
from bot.configuration.inheritance import inherited
from bot.configuration.ledger_address import LedgerAddress, SqliteAddress
from bot.configuration.problems import problems_of
from bot.configuration.yaml_file import ConfigFile, Problem, read_config
from bot.desk import DrillPlan
from bot.domain.agenda import ReminderTimes
from bot.domain.duration import Duration
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.value import Value
from bot.errors import ConfigurationError

DEFAULT_CONFIG: Final = Path("config/burnin.yaml")

File = TypeVar("File", bound=Value)  # what a file holds once it is valid
SlackMode = Literal["socket", "http"]  # how Slack reaches the bot


class Bind(Value):
    """Where to listen."""

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)


class SlackSettings(Value):
    """The workspace side. `http` is where requests are received in HTTP mode, `files` whether any are uploaded."""

    channel: ChannelId = ""
    mode: SlackMode = "socket"
    api_url: Url = "https://slack.com/api/"
    http: Bind = Bind(port=3000)
    files: bool = True

    @field_validator("api_url")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        return value.removesuffix("/") + "/"  # Slack's client appends the method's name


class PrometheusSettings(Value):
    """The trader's Prometheus, or what speaks its API.

    `select` holds the labels that tell the trader's series from those of others, `external_labels` what the server adds
    to the labels of every rule, and `metrics` where it tells of its own evaluations and start.
    """

    url: Url
    headers: dict[HeaderName, HeaderValue] = {}
    select: dict[LabelName, str] = {}
    external_labels: dict[LabelName, str] = {}
    metrics: RulerMetrics = RulerMetrics()


class CalendarSettings(Value):
    """Which sessions there are: those of an exchange by its code, or a list."""

    code: str = ""
    timezone: str = "UTC"
    sessions: tuple[ListedSession, ...] = ()

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if bool(self.code) == bool(self.sessions):
            raise ValueError("write a code such as XBOM, or {timezone: …, sessions: [{date: …, open: …, close: …}]}")
        try:
            SessionList(self.timezone, self.sessions)
        except ConfigurationError as error:
            raise ValueError(str(error).removeprefix("calendar: ")) from error
        return self


class Scripts(Value):
    """The programs that the protocol calls; each is optional."""

    inject_plan: ArgvSpec | None = None
    report: ArgvSpec | None = None
    hygiene: ArgvSpec | None = None

    def configured(self) -> dict[str, ArgvSpec]:
        """Return those that are configured, by name."""
        every = {"inject_plan": self.inject_plan, "report": self.report, "hygiene": self.hygiene}
        return {name: script for name, script in every.items() if script is not None}


class RoleSettings(Value):
    """Who has which role; by ids of users or user groups. Nobody by default."""

    operators: tuple[MemberId, ...] = ()
    approvers: tuple[MemberId, ...] = ()


class AccessSettings(RoleSettings):
    """Who may change state, and where. Nobody and nowhere by default."""

    channels: tuple[ChannelId, ...] = ()


class SigningSettings(Value):
    """The key that signs clearance certificates.

    `key` is a file, `env:NAME` (PEM in the environment) or a signer URI of securesystemslib; such a signer needs its
    `public_key` too, as a PEM file.
    """

    key: str = Field("var/burnin.key", min_length=1)
    public_key: OptionalPath = None


class TraderSettings(Value):
    """One trader. `policy` and `access` are complete: its own values over those of the whole file."""

    name: TraderName
    channel: ChannelId = ""
    url: Url
    headers: dict[HeaderName, HeaderValue] = {}
    database: DatabaseUrl = None
    prometheus: PrometheusSettings | None = None
    rules_file: OptionalPath = None
    calendar: CalendarSettings = CalendarSettings(code="XBOM")
    environment: str = ""  # where it is burnt in; "paper" by default, "unguarded" without a paper guard
    paper_guard: PaperGuardSetting = PaperGuard()  # None: switched off, in so many words
    metrics: Metrics = Field(default_factory=Metrics)
    drill: DrillPlan = DrillPlan()
    commands: Scripts = Scripts()
    reconcile_dir: OptionalPath = None
    policy: Policy = Field(default_factory=Policy)
    access: RoleSettings = RoleSettings()
    timeouts: Timeouts = Timeouts()

    @field_validator("prometheus", mode="before")
    @classmethod
    def _prometheus_by_url(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) and value else empty_is_none(value)

    @field_validator("calendar", mode="before")
    @classmethod
    def _calendar_by_code(cls, value: Any) -> Any:
        return {"code": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_called_paper_only_where_it_is_seen_to_be(self) -> Self:
        if self.environment == "paper" and self.paper_guard is None:
            raise ValueError("environment: paper is what a paper guard sees to; leave it out (unguarded) or rename it")
        return self


class LoggingSettings(Value):
    """How to log. `auto` is `console` on a terminal and `json` elsewhere."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Value):
    """The whole configuration file."""

    slack: SlackSettings = SlackSettings()
    ledger: LedgerAddress = SqliteAddress(path=Path("var/burnin.db"))
    traders: tuple[TraderSettings, ...] = Field(min_length=1)
    policy: Policy = Field(default_factory=Policy)
    access: AccessSettings = AccessSettings()
    http: Bind = Bind(port=9464)
    reminders: ReminderTimes = ReminderTimes()
    signing: SigningSettings = SigningSettings()
    void_expires: Duration = Field(timedelta(hours=4), gt=timedelta(0))
    logging: LoggingSettings = LoggingSettings()

    @model_validator(mode="before")
    @classmethod
    def _traders_inherit(cls, data: Any) -> Any:
        return inherited(data)

    @field_validator("traders")
    @classmethod
    def _names_differ(cls, value: tuple[TraderSettings, ...]) -> tuple[TraderSettings, ...]:
        names = [trader.name for trader in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the name {', '.join(twice)} stands there twice; give every trader its own")
        return value

    @property
    def state_folder(self) -> Path:
        """Where the bot keeps what it can make again, relative to the working directory unless the ledger's is not."""
        return self.ledger.path.parent if isinstance(self.ledger, SqliteAddress) else Path("var")


class PolicyFile(Value):
    """A file that holds a policy and nothing else."""

    policy: Policy

    @model_validator(mode="before")
    @classmethod
    def _over_the_defaults(cls, data: Any) -> Any:
        return inherited(data) if data else data  # an empty file is a mistake, and not the default policy


def load_settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration from a path, else from `BURNIN_CONFIG`, else from `config/burnin.yaml`.

    Raises:
        ConfigurationError: there is none, or it cannot be used; the text has a line for every problem.
    """
    place = path or Path(environ.get("BURNIN_CONFIG") or DEFAULT_CONFIG)
    if not place.is_file():
        raise ConfigurationError(
            f"There is no configuration at {place.absolute()}.\n"
            f"Write one with `burnin init {place}`, or name yours with --config or BURNIN_CONFIG."
        )
    return _valid(Settings, read_config(place, environ))


def load_policy(path: Path, environ: Mapping[str, str], trader: str) -> Policy:
    """Read a policy: from a file with the one key `policy`, or a trader's own from a whole configuration.

    Raises:
        ConfigurationError: it cannot be used; the text has a line for every problem.
    """
    file = read_config(path, environ)
    if "traders" not in file.written:
        return _valid(PolicyFile, file).policy
    settings = _valid(Settings, file)
    policy = next((each.policy for each in settings.traders if each.name == trader), None)
    if policy is None:
        raise ConfigurationError(f"{path}: no trader is called {trader}; name it, or leave `policy:` alone in the file")
    return policy


def _valid(model: type[File], file: ConfigFile) -> File:
    problems: tuple[Problem, ...] = file.problems
    try:
        found = model.model_validate(file.values)
    except ValidationError as error:
        problems += problems_of(error, model, file)
    if problems:
        raise file.error(problems)
    return found

"""The configuration: what may stand in `burnin.yaml`, made valid at the edge and trusted inside.

Relative paths in it are relative to the working directory, as the protocol's own scripts and make targets are.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)

from bot.adapters.calendars import ListedSession, SessionList
from bot.adapters.paper_guard import PaperGuard, PaperGuardSetting
from bot.adapters.scripts import ArgvSpec
from bot.configuration.problems import problems_of
from bot.configuration.yaml_file import Problem, read_config
from bot.desk import DrillPlan
from bot.domain.agenda import ReminderTimes
from bot.domain.duration import Duration
from bot.domain.metrics import Metrics
from bot.domain.policy import Policy
from bot.domain.value import Value
from bot.errors import ConfigurationError

DEFAULT_CONFIG: Final = Path("config/burnin.yaml")

_DATABASE = re.compile(r"postgres(?:ql)?(?:\+\w+)?://")


def _empty_is_none(value: Any) -> Any:
    return None if value == "" else value


def _web_address(value: Any) -> Any:
    if isinstance(value, str) and not re.match(r"https?://[^/\s]+", value):
        raise ValueError("this should be an address such as http://127.0.0.1:8000")
    return value


def _channel_id(value: str) -> str:
    if value and not re.fullmatch(r"[CGD][A-Z0-9]+", value):
        raise ValueError("this should be the id of a channel such as C0123456789, not its name")
    return value


def _member_id(value: str) -> str:
    if not re.fullmatch(r"[UWS][A-Z0-9]+", value):
        raise ValueError("this should be the id of a user (U…) or a user group (S…), not a name")
    return value


def _trader_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", value):
        raise ValueError("this should be one word of letters, digits, dots, dashes and underscores")
    return value


Url = Annotated[str, BeforeValidator(_web_address)]
ChannelId = Annotated[str, AfterValidator(_channel_id)]
MemberId = Annotated[str, AfterValidator(_member_id)]
TraderName = Annotated[str, AfterValidator(_trader_name)]


class SlackMode(StrEnum):
    """How Slack reaches the bot."""

    SOCKET = "socket"
    HTTP = "http"


class Bind(Value):
    """Where to listen."""

    host: str = "127.0.0.1"
    port: int = Field(ge=0, le=65535)


class SlackSettings(Value):
    """The workspace side. `http` is where requests are received in HTTP mode."""

    channel: ChannelId = ""
    mode: SlackMode = SlackMode.SOCKET
    api_url: Url = "https://slack.com/api/"
    http: Bind = Bind(port=3000)

    @field_validator("api_url")
    @classmethod
    def _ends_with_slash(cls, value: str) -> str:
        return value.removesuffix("/") + "/"  # Slack's client appends the method's name


class PrometheusSettings(Value):
    """The trader's Prometheus."""

    url: Url
    headers: dict[str, SecretStr] = {}


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


class ScriptSettings(Value):
    """One program of the desk: an argv list, never a shell. `env` is added to the bot's own environment."""

    argv: tuple[str, ...] = Field(min_length=1)
    cwd: Path | None = None
    timeout: Duration = Field(timedelta(seconds=60), gt=timedelta(0))
    env: dict[str, SecretStr] = {}

    @field_validator("argv")
    @classmethod
    def _known_placeholders(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return ArgvSpec(argv=value).argv
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from error


class Scripts(Value):
    """The programs that the protocol calls; each is optional."""

    inject_plan: ScriptSettings | None = None
    report: ScriptSettings | None = None
    hygiene: ScriptSettings | None = None

    def configured(self) -> dict[str, ScriptSettings]:
        """Return those that are configured, by name."""
        every = {"inject_plan": self.inject_plan, "report": self.report, "hygiene": self.hygiene}
        return {name: script for name, script in every.items() if script is not None}


class Timeouts(Value):
    """How long an answer may take before it counts as none; `database` is the limit of each statement."""

    connect: Duration = timedelta(seconds=2)
    scrape: Duration = timedelta(seconds=2)
    status: Duration = timedelta(seconds=5)
    positions: Duration = timedelta(seconds=2)
    flatten: Duration = timedelta(seconds=10)
    database: Duration = timedelta(seconds=15)
    prometheus: Duration = timedelta(seconds=10)


class TraderSettings(Value):
    """One trader. `policy` is complete: its own values over those of the whole file."""

    name: TraderName
    channel: ChannelId = ""
    url: Url
    headers: dict[str, SecretStr] = {}
    database: SecretStr | None = None
    prometheus: PrometheusSettings | None = None
    rules_file: Path | None = None
    calendar: CalendarSettings = CalendarSettings(code="XBOM")
    paper_guard: PaperGuardSetting = PaperGuard()  # None: switched off, in so many words
    metrics: Metrics = Field(default_factory=Metrics)
    drill: DrillPlan = DrillPlan()
    commands: Scripts = Scripts()
    reconcile_dir: Path | None = None
    policy: Policy = Field(default_factory=Policy)
    timeouts: Timeouts = Timeouts()

    @field_validator("database", mode="before")
    @classmethod
    def _plain_database(cls, value: Any) -> Any:
        if not isinstance(value, str) or not value:
            return _empty_is_none(value)
        if not _DATABASE.match(value):
            raise ValueError("this should be postgresql://user:password@host/name")
        return _DATABASE.sub("postgresql://", value, count=1)  # SQLAlchemy's spelling names a driver as well

    @field_validator("prometheus", mode="before")
    @classmethod
    def _prometheus_by_url(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) and value else _empty_is_none(value)

    @field_validator("rules_file", "reconcile_dir", mode="before")
    @classmethod
    def _no_path(cls, value: Any) -> Any:
        return _empty_is_none(value)

    @field_validator("calendar", mode="before")
    @classmethod
    def _calendar_by_code(cls, value: Any) -> Any:
        return {"code": value} if isinstance(value, str) else value


class AccessSettings(Value):
    """Who may change state, and where; by ids of users or user groups. Nobody and nowhere by default."""

    operators: tuple[MemberId, ...] = ()
    approvers: tuple[MemberId, ...] = ()
    channels: tuple[ChannelId, ...] = ()


class LoggingSettings(Value):
    """How to log. `auto` is `console` on a terminal and `json` elsewhere."""

    format: Literal["auto", "json", "console"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(Value):
    """The whole configuration file."""

    slack: SlackSettings = SlackSettings()
    ledger: str = "sqlite:///var/burnin.db"
    traders: tuple[TraderSettings, ...] = Field(min_length=1)
    policy: Policy = Field(default_factory=Policy)
    access: AccessSettings = AccessSettings()
    http: Bind = Bind(port=9464)
    reminders: ReminderTimes = ReminderTimes()
    logging: LoggingSettings = LoggingSettings()

    @model_validator(mode="before")
    @classmethod
    def _traders_inherit(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        # Over the defaults, so that one number of a nested limit may be set alone.
        whole = {**data, "policy": _over(_raw(data.get("policy", {})), Policy().model_dump())}
        traders = data.get("traders")
        if isinstance(traders, list | tuple):
            whole["traders"] = [_inheriting(trader, whole) for trader in traders]
        return whole

    @field_validator("ledger")
    @classmethod
    def _known_ledger(cls, value: str) -> str:
        if value.startswith("postgres"):
            raise ValueError("PostgreSQL as the ledger comes with a later version; write sqlite:///var/burnin.db")
        if not re.fullmatch(r"sqlite:///[^:?#]+", value):
            raise ValueError("this should be sqlite:///var/burnin.db, or sqlite:////srv/burnin.db for an absolute path")
        return value

    @field_validator("traders")
    @classmethod
    def _names_differ(cls, value: tuple[TraderSettings, ...]) -> tuple[TraderSettings, ...]:
        names = [trader.name for trader in value]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the name {', '.join(twice)} stands there twice; give every trader its own")
        return value

    @property
    def ledger_path(self) -> Path:
        """The ledger's file, relative to the working directory unless the address has four slashes."""
        return Path(self.ledger.removeprefix("sqlite:///"))


def _inheriting(trader: Any, whole: Mapping[str, Any]) -> Any:
    """Return a trader's raw keys with the file's policy and channel below its own."""
    if not isinstance(trader, dict):
        return trader
    inherited, slack = {"policy": whole["policy"]}, _raw(whole.get("slack"))
    if isinstance(slack, dict) and "channel" in slack:
        inherited["channel"] = slack["channel"]
    return _over(trader, inherited)


def _raw(section: Any) -> Any:
    return section.model_dump() if isinstance(section, Value) else section


def _over(upper: Any, lower: Any) -> Any:
    """Return `upper` merged over `lower`: mappings key by key, anything else as a whole."""
    if not isinstance(upper, dict) or not isinstance(lower, dict):
        return upper
    return {**lower, **{key: _over(value, lower.get(key)) for key, value in upper.items()}}


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
    file = read_config(place, environ)
    problems: tuple[Problem, ...] = file.problems
    try:
        settings = Settings.model_validate(file.values)
    except ValidationError as error:
        problems += problems_of(error, Settings, file)
    if problems:
        raise file.error(problems)
    return settings

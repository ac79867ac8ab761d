"""Every setting in one table: frozen, validated, passed by argument; secrets are masked wherever they are shown."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import NoDecode

from pipeline.messages import Level

Seconds = Annotated[float, Field(gt=0)]
Port = Annotated[int, Field(ge=0, le=65535)]
Bytes = Annotated[int, Field(ge=1024)]


def _split(value: object) -> object:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("\n", ",").split(",") if part.strip())
    return value


LISTED = BeforeValidator(_split)
"""A list that may be written as one text, separated by commas or line breaks."""

SPACED = BeforeValidator(lambda value: tuple(value.split()) if isinstance(value, str) else value)
"""A list that may be written as one text, separated by white space: its items may hold commas."""


class Group(BaseModel):
    """A frozen group of settings; an unknown name is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EmbeddedSettings(Group):
    """The embedded log."""

    retention_bytes: Annotated[int, Field(ge=1024 * 1024, description="size of a partition before its oldest go")] = (
        256 * 1024 * 1024
    )
    session: Annotated[Seconds, Field(description="seconds after which a silent group member loses its partitions")] = (
        10.0
    )


class KafkaSettings(Group):
    """The Kafka cluster; see kafka-python for the values of the security settings."""

    bootstrap_servers: str = "127.0.0.1:9092"
    replication_factor: Annotated[int, Field(ge=1, le=9)] = 1
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    ssl_cafile: Path | None = None
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    ssl_key_password: SecretStr | None = None
    sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = "SCRAM-SHA-512"
    sasl_username: str | None = None
    sasl_password: SecretStr | None = None
    session_timeout: Seconds = 45.0
    request_timeout: Seconds = 30.0


class HttpSettings(Group):
    """The one HTTP client: identity, limits, and the private networks it may reach."""

    contact: Annotated[str, Field(description="address or page in the User-Agent, for a site's operator")] = (
        "contact not set"
    )
    timeout: Annotated[Seconds, Field(description="seconds for a whole request, redirects included")] = 30.0
    page_bytes: Annotated[
        Bytes, Field(description="largest page, after decompression; extraction takes some 25 times that in memory")
    ] = 2 * 1024 * 1024
    feed_bytes: Annotated[Bytes, Field(description="largest feed, after decompression")] = 10 * 1024 * 1024
    redirects: Annotated[int, Field(ge=0, le=20)] = 5
    connections: Annotated[int, Field(ge=1, le=2000, description="open at once, over all hosts")] = 100
    allow_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        NoDecode,
        LISTED,
        Field(description="non-public networks that may be reached"),
    ] = ()


class PolitenessSettings(Group):
    """Limits per registered domain."""

    in_flight: Annotated[int, Field(ge=1, le=16)] = 2
    delay: Annotated[float, Field(ge=0, description="seconds between two starts")] = 1.0
    robots: Annotated[bool, Field(description="heed robots.txt")] = True


class PollerSettings(Group):
    """The feed poller."""

    catalogue: Annotated[Path | None, Field(description="OPML file; by default the one that is shipped")] = None
    floor: Annotated[Seconds, Field(description="seconds between two polls of a feed, at least")] = 600.0
    cap: Annotated[Seconds, Field(description="seconds between two polls of a feed, at most")] = 86400.0
    concurrency: Annotated[int, Field(ge=1, le=1000, description="feeds polled at once")] = 50
    lease: Annotated[Seconds, Field(description="seconds until another poller may take an unfinished feed")] = 120.0
    backlog: Annotated[
        int,
        Field(ge=1, description="entries waiting for the fetcher from which on no poll begins, until half are left"),
    ] = 5000


class FetcherSettings(Group):
    """The article fetcher and its extraction processes."""

    workers: Annotated[
        int, Field(ge=1, le=64, description="extraction processes; a page that hangs holds one of them up")
    ] = 2
    extract_timeout: Annotated[Seconds, Field(description="seconds before an extraction is killed")] = 20.0
    extract_memory: Annotated[
        int, Field(ge=128 * 1024 * 1024, description="bytes an extraction process may hold before it is killed")
    ] = 512 * 1024 * 1024
    concurrency: Annotated[int, Field(ge=1, le=10000, description="entries in flight")] = 256
    archive: Annotated[Path | None, Field(description="folder for the pages as they came, in WARC files")] = None
    archive_bytes: Annotated[Bytes, Field(description="size of such a file, compressed, before the next is begun")] = (
        1024 * 1024 * 1024
    )


class TaggerSettings(Group):
    """The tagger."""

    model: Annotated[
        str | None, Field(description="installed spaCy pipeline that finds candidates for a watchlist, or its folder")
    ] = None


class StoreSettings(Group):
    """The archive: what of it is kept, and for how long."""

    retention: Annotated[
        timedelta | None,
        Field(ge=timedelta(days=1), description="age at which articles and stories are deleted, as P365D; none: never"),
    ] = None
    text: Annotated[
        Literal["all", "relevant", "none"], Field(description="articles whose text is kept; the title always is")
    ] = "all"


class RunnerSettings(Group):
    """What holds for every stage."""

    in_flight_bytes: Annotated[Bytes, Field(description="records held in memory by a stage")] = 32 * 1024 * 1024
    batch: Annotated[int, Field(ge=1, le=10000, description="records handed to a sink at once")] = 200
    commit_interval: Annotated[float, Field(ge=0, description="seconds between two commits")] = 0.5
    attempts: Annotated[int, Field(ge=1, le=100, description="tries before a message is dead-lettered")] = 6
    backoff: Annotated[Seconds, Field(description="seconds before the second try; doubles each time")] = 1.0
    backoff_cap: Annotated[Seconds, Field(description="seconds between two tries, at most")] = 300.0
    breaker: Annotated[int, Field(ge=1, description="unexpected failures in a row that stop the stage")] = 50
    watchdog: Annotated[Seconds, Field(description="seconds without progress before the process exits")] = 300.0
    stop_timeout: Annotated[Seconds, Field(description="seconds to finish what runs when asked to stop")] = 5.0
    trail: Annotated[
        timedelta, Field(gt=timedelta(0), description="how long it is kept why a message was not passed on")
    ] = timedelta(days=30)


class MailSettings(Group):
    """Alerts by mail, through an SMTP server."""

    host: Annotated[str | None, Field(description="SMTP server; without one no mail is sent")] = None
    port: Annotated[Port | None, Field(description="by default 587 for starttls, 465 for tls, 25 for none")] = None
    security: Annotated[
        Literal["starttls", "tls", "none"], Field(description="starttls: no mail where the server has none")
    ] = "starttls"
    cafile: Annotated[Path | None, Field(description="PEM file of the authorities that sign the server")] = None
    user: str | None = None
    password: SecretStr | None = None
    sender: Annotated[str | None, Field(description="address that the mails come from")] = None
    to: Annotated[tuple[str, ...], NoDecode, LISTED, Field(description="addresses that each mail goes to")] = ()
    timeout: Annotated[Seconds, Field(description="seconds to wait for the server, each time")] = 30.0

    @model_validator(mode="after")
    def _mails_go_from_somebody_to_somebody(self) -> MailSettings:
        if self.host is not None and (self.sender is None or not self.to):
            raise ValueError("a mail server needs a sender and somebody to write to")
        if (self.user is None) != (self.password is None):
            raise ValueError("a user needs a password, and a password a user")
        if self.user is not None and self.security == "none":
            raise ValueError("a password is sent over a connection with security alone: starttls or tls")
        return self


class SyslogSettings(Group):
    """Alerts to a syslog server, in the format of RFC 5424."""

    host: Annotated[str | None, Field(description="syslog server; without one nothing is sent")] = None
    port: Annotated[Port | None, Field(description="by default 514 for udp, 601 for tcp, 6514 for tls")] = None
    protocol: Literal["udp", "tcp", "tls"] = "udp"
    cafile: Annotated[Path | None, Field(description="PEM file of the authorities that sign the server")] = None
    facility: Annotated[int, Field(ge=0, le=23, description="number of the facility; 16 is local0")] = 16
    timeout: Annotated[Seconds, Field(description="seconds to wait for the server")] = 10.0


class AlertSettings(Group):
    """Who is alerted, and of what."""

    min_level: Annotated[
        Level, Field(description="lowest level that alerts where there is no file of rules: direct or passing")
    ] = "direct"
    rules: Annotated[Path | None, Field(description="YAML file: which stories go to which channel, and when")] = None
    max_age: Annotated[
        timedelta, Field(gt=timedelta(0), description="age of an article from which on it alerts nobody")
    ] = timedelta(days=3)
    terminal: bool = True
    jsonl: Annotated[Path | None, Field(description="file that gets one JSON line an alert")] = None
    webhook_url: Annotated[SecretStr | None, Field(description="receiver of Standard Webhooks")] = None
    webhook_secret: Annotated[SecretStr | None, Field(description="signing secret, whsec_…")] = None
    apprise_urls: Annotated[tuple[SecretStr, ...], NoDecode, SPACED, Field(description="Apprise URLs")] = ()
    slack_url: Annotated[SecretStr | None, Field(description="incoming webhook of Slack, or what understands one")] = (
        None
    )
    teams_url: Annotated[SecretStr | None, Field(description="webhook of a Teams workflow")] = None
    alertmanager_url: Annotated[SecretStr | None, Field(description="address of an Alertmanager")] = None
    mail: MailSettings = MailSettings()
    syslog: SyslogSettings = SyslogSettings()
    allow_networks: Annotated[
        tuple[IPv4Network | IPv6Network, ...],
        NoDecode,
        LISTED,
        Field(description="non-public networks that channels may reach, besides those of http"),
    ] = ()
    templates: Annotated[
        Path | None, Field(description="folder with templates of your own; see docs/channels.md for the names")
    ] = None
    attempts: Annotated[int, Field(ge=1, le=1000, description="tries before an alert is given up")] = 20
    backoff: Annotated[Seconds, Field(description="seconds before the second try; doubles each time")] = 5.0
    backoff_cap: Annotated[Seconds, Field(description="seconds between two tries, at most")] = 3600.0
    lease: Annotated[
        Seconds, Field(description="seconds until another process may send an alert whose sender was killed")
    ] = 10.0

    @model_validator(mode="after")
    def _webhooks_are_signed(self) -> AlertSettings:
        if self.webhook_url is not None and self.webhook_secret is None:
            raise ValueError("a webhook needs webhook_secret, the key its messages are signed with")
        return self


class FeedSettings(Group):
    """Where stories are served as Atom and JSON Feed."""

    enabled: Annotated[bool, Field(description="part of wirewatch run; wirewatch feed serves them in any case")] = False
    host: str = "127.0.0.1"
    port: Port = 9465
    address: Annotated[
        str | None, Field(pattern=r"^https?://[^\s/]+(/[^\s]*)?$", description="where readers reach it, if elsewhere")
    ] = None
    entries: Annotated[int, Field(ge=1, le=1000, description="stories in a feed")] = 50
    min_level: Annotated[Level, Field(description="lowest level of a story that is in a feed")] = "passing"


class MetricsSettings(Group):
    """Where /metrics, /healthz and /readyz are served."""

    enabled: bool = True
    host: str = "127.0.0.1"
    port: Port = 9464


class TracingSettings(Group):
    """Where the way of each article is recorded."""

    endpoint: Annotated[
        str | None,
        Field(pattern=r"^https?://", description="collector of OpenTelemetry, by OTLP over HTTP; none by default"),
    ] = None


class LogSettings(Group):
    """How events are logged, on standard error."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    format: Annotated[Literal["auto", "console", "json"], Field(description="auto: console on a terminal")] = "auto"


class Settings(Group):
    """All settings of a process."""

    data: Annotated[Path, Field(description="folder for the embedded log and the SQLite database")] = Path("data")
    bus: Literal["embedded", "kafka"] = "embedded"
    database_url: Annotated[SecretStr | None, Field(description="SQLAlchemy URL; by default SQLite in data")] = None
    watchlists: Annotated[
        tuple[Path, ...], NoDecode, LISTED, Field(description="YAML files; by default the one that is shipped")
    ] = ()
    retention: Annotated[timedelta | None, Field(description="overrides the retention of every topic")] = None
    embedded: EmbeddedSettings = EmbeddedSettings()
    kafka: KafkaSettings = KafkaSettings()
    http: HttpSettings = HttpSettings()
    politeness: PolitenessSettings = PolitenessSettings()
    poller: PollerSettings = PollerSettings()
    fetcher: FetcherSettings = FetcherSettings()
    tagger: TaggerSettings = TaggerSettings()
    store: StoreSettings = StoreSettings()
    runner: RunnerSettings = RunnerSettings()
    alerts: AlertSettings = AlertSettings()
    feed: FeedSettings = FeedSettings()
    metrics: MetricsSettings = MetricsSettings()
    tracing: TracingSettings = TracingSettings()
    log: LogSettings = LogSettings()

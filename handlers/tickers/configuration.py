"""Reads from the parameter store what a ticker has to know; what was read last stays good while the store is mute."""

import json
import urllib.parse

from handlers.payments.connection import ParameterClient
from handlers.runtime import Clock, Moment

MAX_SECONDS = 86400
CACHE_SECONDS = 300
RETRY_SECONDS = 30
"""How soon it is read again while something is unknown; each read that is not answered holds a tick up."""

_FIELD = "recoveryPointSeconds"


class ConfigurationError(Exception):
    """A parameter holds something else than it must; the text names parameter and field."""


def parse_recovery_point(document: str, parameter: str) -> float:
    """Return the seconds of `{"recoveryPointSeconds": 300}`.

    Raises:
        ConfigurationError: The document is anything else.
    """
    try:
        found = json.loads(document)
    except (ValueError, RecursionError):
        raise ConfigurationError(f"parameter {parameter} must hold JSON") from None
    if not isinstance(found, dict) or set(found) != {_FIELD}:
        raise ConfigurationError(f"parameter {parameter} must hold an object with exactly {_FIELD}")
    value = found[_FIELD]
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_SECONDS:
        raise ConfigurationError(
            f"parameter {parameter}: {_FIELD} must be a number of seconds, more than 0 and at most {MAX_SECONDS}"
        )
    return value


def parse_endpoint(value: str, parameter: str) -> str:
    """Return the region's base URL, without a slash at its end.

    Raises:
        ConfigurationError: It is no https URL.
    """
    try:
        url = urllib.parse.urlsplit(value)
        usable = url.scheme == "https" and bool(url.hostname) and url.port != 0 and not url.query and not url.fragment
    except ValueError:
        usable = False
    if not usable or not value.isascii() or not value.isprintable() or " " in value:
        raise ConfigurationError(f"parameter {parameter} must hold the region's base URL, https://...")
    return value.rstrip("/")


class TickerConfiguration:
    """The parameters of a ticker, read again every few minutes."""

    def __init__(
        self, client: ParameterClient, *, endpoint_parameter: str, configuration_parameter: str, clock: Clock
    ) -> None:
        self._client = client
        self._endpoint_parameter = endpoint_parameter
        self._configuration_parameter = configuration_parameter
        self._clock = clock
        self._tried: Moment | None = None
        self.endpoint: str | None = None
        """The own region's public base URL; None before it was read."""
        self.recovery_point_seconds: float | None = None
        """The replication lag beyond which no region is taken over unattended; None before it was read."""

    def refresh(self) -> None:
        """Read the parameters again if the last time is some minutes ago, or something is unknown.

        Raises:
            ConfigurationError: One of them holds something else than it must.
            ClientError, BotoCoreError: The parameter store does not answer; what was read before stays.
        """
        now = self._clock.now()
        is_known = self.endpoint is not None and self.recovery_point_seconds is not None
        if self._tried is not None and self._tried.is_within(CACHE_SECONDS if is_known else RETRY_SECONDS, now):
            return
        self._tried = now
        self.endpoint = parse_endpoint(self._read(self._endpoint_parameter), self._endpoint_parameter)
        document = self._read(self._configuration_parameter)
        self.recovery_point_seconds = parse_recovery_point(document, self._configuration_parameter)

    def _read(self, parameter: str) -> str:
        return str(self._client.get_parameter(Name=parameter)["Parameter"]["Value"])

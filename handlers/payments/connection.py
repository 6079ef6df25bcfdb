"""Where the payments are stored, as the connection string in the parameter store says: `dynamodb://<region>/<table>`."""

import re
from dataclasses import dataclass
from typing import Any, Protocol

from handlers.runtime import Clock

CACHE_SECONDS = 300

_CONNECTION_STRING = re.compile(r"dynamodb://(?P<region>[a-z0-9-]+)/(?P<table>[A-Za-z0-9_.-]{3,255})")


class ParameterClient(Protocol):
    """What the functions use of an SSM client."""

    def get_parameter(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Read one parameter."""


class ConnectionStringError(Exception):
    """The parameter holds no connection string of the own region; the text never quotes it, since it is a secret."""


def parse_connection_string(value: str, *, region: str) -> str:
    """Return the table's name.

    Raises:
        ConnectionStringError: Not `dynamodb://<region>/<table>`, or of another region.
    """
    match = _CONNECTION_STRING.fullmatch(value)
    if match is None:
        raise ConnectionStringError("the connection string must be dynamodb://<region>/<table>")
    if match["region"] != region:
        raise ConnectionStringError(f"the connection string must name a table of {region}")
    return match["table"]


@dataclass(frozen=True)
class _Read:
    table: str
    at: float


class ConnectionString:
    """The parameter, read again every few minutes."""

    def __init__(self, client: ParameterClient, parameter: str, region: str, clock: Clock) -> None:
        self._client = client
        self._parameter = parameter
        self._region = region
        self._clock = clock
        self._last: _Read | None = None

    def table(self) -> str:
        """Return the table's name; errors of the parameter store are the caller's."""
        now = self._clock.wall()
        if self._last is None or not 0 <= now - self._last.at <= CACHE_SECONDS:
            answer = self._client.get_parameter(Name=self._parameter, WithDecryption=True)
            self._last = _Read(parse_connection_string(answer["Parameter"]["Value"], region=self._region), now)
        return self._last.table

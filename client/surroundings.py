"""Where names, endpoints and time come from: AWS and the machine's resolver, or the emulator that is exported."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

from botocore.credentials import Credentials

from client.dns import Resolver
from client.payments import PaymentClient, Resolves


class BadSurroundingsError(ValueError):
    """A variable of the environment is not what it must be; the message names it."""


@dataclass(frozen=True)
class _ScaledTime:
    scale: float

    def monotonic(self) -> float:
        """Return seconds that pass at the emulator's pace."""
        return time.monotonic() * self.scale


@dataclass(frozen=True)
class Surroundings:
    """What differs between AWS, which the defaults are, and an emulator."""

    nameserver: tuple[str, int] | None = None
    port: int = 443
    ca_file: str | None = None
    time_scale: float = 1.0

    def resolver(self) -> Resolver:
        """Return a resolver with an empty cache."""
        return Resolver(self.nameserver, clock=_ScaledTime(self.time_scale))

    def client(
        self, endpoint_url: str, *, credentials: Credentials | None = None, resolver: Resolves | None = None
    ) -> PaymentClient:
        """Return a plain client of an endpoint.

        Raises:
            BadEndpointError: The endpoint cannot be used.
        """
        return PaymentClient(
            endpoint_url,
            credentials=credentials,
            resolver=resolver or self.resolver(),
            port=self.port,
            ca_file=self.ca_file,
        )


def surroundings(environment: Mapping[str, str]) -> Surroundings:
    """Read the variables that a running emulator has its users export; without them this is AWS.

    Raises:
        BadSurroundingsError: One of them is missing or malformed.
    """
    if "EMULATOR_DNS_PORT" not in environment:
        return Surroundings()
    return Surroundings(
        nameserver=("127.0.0.1", _port(environment, "EMULATOR_DNS_PORT")),
        port=_port(environment, "EMULATOR_DATA_PLANE_PORT"),
        ca_file=_text(environment, "EMULATOR_CA_FILE"),
        time_scale=_scale(environment, "EMULATOR_TIME_SCALE") if "EMULATOR_TIME_SCALE" in environment else 1.0,
    )


def _text(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise BadSurroundingsError(f"{name} must be set when EMULATOR_DNS_PORT is: export what the emulator printed")
    return environment[name]


def read_port(text: str) -> int | None:
    """Return the port that a text names, if it names one."""
    port = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    return port if 0 < port < 2**16 else None


def _port(environment: Mapping[str, str], name: str) -> int:
    text = _text(environment, name)
    if (port := read_port(text)) is None:
        raise BadSurroundingsError(f"{name} must be a port, got {text!r}")
    return port


def _scale(environment: Mapping[str, str], name: str) -> float:
    text = _text(environment, name)
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale < math.inf:
        raise BadSurroundingsError(f"{name} must be a number above 0, got {text!r}")
    return scale

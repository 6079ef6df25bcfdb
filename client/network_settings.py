"""Where names, endpoints and time come from: AWS and the machine's resolver, or an emulator."""

import math
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from client.dns import Resolver
from client.https import trust
from client.payments import PaymentClient, Resolves

if TYPE_CHECKING:
    from botocore.credentials import Credentials


class BadSurroundingsError(ValueError):
    """An environment variable is malformed or missing; the message names it."""


@dataclass(frozen=True)
class _ScaledTime:
    scale: float

    def monotonic(self) -> float:
        """Return seconds that pass at the emulator's pace."""
        return time.monotonic() * self.scale


@dataclass(frozen=True)
class NetworkSettings:
    """The settings that differ between AWS (the defaults) and an emulator."""

    nameserver: tuple[str, int] | None = None
    """None asks the machine's resolver."""
    port: int = 443
    """Of the data planes."""
    ca_file: str | None = None
    """None trusts the machine's authorities."""
    time_scale: float = 1.0
    """How many times faster than real ones intervals pass."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables that a running emulator prints for export; without them the target is AWS.

        Raises:
            BadSurroundingsError: One of them is missing or malformed.
        """
        if "EMULATOR_DNS_PORT" not in environment:
            return cls()
        return cls(
            nameserver=("127.0.0.1", _port(environment, "EMULATOR_DNS_PORT")),
            port=_port(environment, "EMULATOR_DATA_PLANE_PORT"),
            ca_file=_text(environment, "EMULATOR_CA_FILE"),
            time_scale=_scale(environment, "EMULATOR_TIME_SCALE") if "EMULATOR_TIME_SCALE" in environment else 1.0,
        )

    def resolver(self) -> Resolver:
        """Return a resolver with an empty cache."""
        return Resolver(self.nameserver, clock=_ScaledTime(self.time_scale))

    def client(
        self, endpoint_url: str, *, credentials: "Credentials | None" = None, resolver: Resolves | None = None
    ) -> PaymentClient:
        """Return a single-endpoint client.

        Raises:
            BadEndpointError: The endpoint cannot be used.
            BadSurroundingsError: The emulator's authority cannot be read.
        """
        require_authority(self.ca_file)
        return PaymentClient(
            endpoint_url,
            credentials=credentials,
            resolver=resolver or self.resolver(),
            port=self.port,
            ca_file=self.ca_file,
        )


def require_authority(ca_file: str | None) -> None:
    """Raise unless certificates can be verified.

    Raises:
        BadSurroundingsError: The file with the emulator's certificate authority cannot be read.
    """
    try:
        trust(ca_file)
    except (OSError, ValueError) as error:  # SSLError: not a certificate; ValueError: not a path
        raise BadSurroundingsError(
            f"EMULATOR_CA_FILE must be a readable file of certificates, got {ca_file!r}: "
            f"{getattr(error, 'strerror', None) or error}"
        ) from error


def _text(environment: Mapping[str, str], name: str) -> str:
    if not environment.get(name):
        raise BadSurroundingsError(f"{name} must be set beside the emulator's other variables: export what it printed")
    return environment[name]


def _port(environment: Mapping[str, str], name: str) -> int:
    text = _text(environment, name)
    port = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    if not 0 < port < 2**16:
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

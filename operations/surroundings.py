"""What differs between AWS and an emulator, read from the environment once; boto3 honours `AWS_ENDPOINT_URL` itself."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import Self

from client.surroundings import read_port
from operations.errors import OperationError

_TIMEOUT_SECONDS = 5
_HTTPS_PORT = 443


@dataclass(frozen=True)
class Surroundings:
    """Where names, data planes and time come from; the defaults are AWS."""

    dns_server: tuple[str, int] | None = None
    """None asks the system's resolver."""
    https_port: int = _HTTPS_PORT
    ca_file: Path | None = None
    """None trusts the system's authorities."""
    control_url: str | None = None
    """The emulator's, where faults are injected; None on AWS."""
    time_scale: float = 1.0
    """How many times faster than real ones intervals pass."""

    @property
    def is_emulator(self) -> bool:
        """Return whether results must be labelled as an emulator's."""
        return self.control_url is not None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables that a running emulator has its users export; without them this is AWS.

        Raises:
            OperationError: One is missing or wrong, the emulator does not answer, or its authority cannot be read.
        """
        control_url = environ.get("EMULATOR_CONTROL_URL")
        if control_url is None:
            return cls()
        try:
            read = cls(
                dns_server=("127.0.0.1", _port(environ, "EMULATOR_DNS_PORT")),
                https_port=_port(environ, "EMULATOR_DATA_PLANE_PORT"),
                ca_file=Path(environ["EMULATOR_CA_FILE"]),
                control_url=control_url,
                time_scale=_time_scale(control_url),  # it may have changed since it was exported
            )
        except KeyError as missing:
            raise OperationError(f"{missing.args[0]} must be set when EMULATOR_CONTROL_URL is") from None
        _require_authority(environ["EMULATOR_CA_FILE"])
        return read


def _port(environ: Mapping[str, str], name: str) -> int:
    text = environ[name]
    if (port := read_port(text)) is None:
        raise OperationError(f"{name} must be a port from 1 to 65535, got {text}")
    return port


def _require_authority(ca_file: str) -> None:
    try:
        ssl.create_default_context(cafile=ca_file)
    except OSError as error:  # what TLS cannot read is one, too
        msg = f"EMULATOR_CA_FILE must be a readable file of certificates, got {ca_file}: {error.strerror or error}"
        raise OperationError(msg) from error


def _time_scale(control_url: str) -> float:
    try:
        with urllib.request.urlopen(f"{control_url}/status", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 — http
            return float(json.load(answer)["time_scale"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        msg = f"EMULATOR_CONTROL_URL must lead to a running emulator, got {control_url}: {error}"
        raise OperationError(msg) from error

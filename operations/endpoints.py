"""The settings that differ between AWS and an emulator, read once; boto3 itself honours `AWS_ENDPOINT_URL`."""

import json
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, replace
from http.client import HTTPException
from ipaddress import ip_address
from typing import Self
from urllib.parse import urlsplit

from client import network_settings
from operations.errors import OperationError, UsageError

_TIMEOUT_SECONDS = 5


@dataclass(frozen=True)
class EndpointSettings(network_settings.NetworkSettings):
    """Where names, data planes and time come from, as for the client, and where faults are injected."""

    control_url: str | None = None
    """The emulator's; None on AWS."""

    @property
    def is_emulator(self) -> bool:
        """Return whether the target is an emulator; results are labelled accordingly."""
        return self.control_url is not None

    def require_one_side(self, endpoint_url: str) -> None:
        """Raise unless boto3's endpoint and the data planes are both AWS or both the emulator.

        Args:
            endpoint_url: boto3's endpoint; an emulator's is a loopback address.

        Raises:
            UsageError: One is AWS, and the other is not.
        """
        if _is_loopback(urlsplit(endpoint_url).hostname or "") != self.is_emulator:
            side = "the emulator" if self.is_emulator else "AWS"
            raise UsageError(
                f"AWS_ENDPOINT_URL must lead to where payments and DNS are: those are {side}'s, but boto3 goes to "
                f"{endpoint_url}; export all that the emulator printed, or none of it"
            )

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the variables that a running emulator prints for export; without them the target is AWS.

        Raises:
            OperationError: A variable is missing or wrong, the emulator does not answer, or its certificate
                authority cannot be read.
        """
        control_url = environment.get("EMULATOR_CONTROL_URL")
        if (control_url is None) != ("EMULATOR_DNS_PORT" not in environment):
            # With only one of them, payments would go to the one and operations to the other.
            raise OperationError(
                "EMULATOR_CONTROL_URL and EMULATOR_DNS_PORT must be set together: export what the emulator printed"
            )
        try:
            read = super().read(environment)
            if control_url is None:
                return read
            scale = _time_scale(control_url)  # the scale may have changed since the export
            network_settings.require_authority(read.ca_file)
        except network_settings.BadSurroundingsError as error:
            raise OperationError(str(error)) from None
        return replace(read, control_url=control_url, time_scale=scale)


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return False


def _time_scale(control_url: str) -> float:
    try:
        with urllib.request.urlopen(f"{control_url}/status", timeout=_TIMEOUT_SECONDS) as answer:  # noqa: S310 — http
            return float(json.load(answer)["time_scale"])
    except (OSError, HTTPException, ValueError, LookupError, TypeError) as error:
        raise OperationError(
            f"EMULATOR_CONTROL_URL must lead to a running emulator, got {control_url}: {error}"
        ) from error

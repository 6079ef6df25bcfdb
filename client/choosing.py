"""Builds the client that a command's options select: for one endpoint, or for both regions."""

import contextlib
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from client.attempt_results import document
from client.exit_status import ClientUsageError
from client.https import Timeouts
from client.multi_region import MultiRegionClient
from client.network_settings import NetworkSettings
from client.payments import PaymentClient

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_LOOK = Timeouts(connect=1, answer=2)


def chosen_client(
    endpoints: Sequence[str] | None, environment: str | None, regions: str, *, unsigned: bool
) -> PaymentClient | MultiRegionClient:
    """Return a client for the given endpoints, or for those that an environment's parameters name.

    Raises:
        UsageError: The options contradict each other, or do not name the environment's regions.
        BadSurroundingsError: A variable of the emulator is missing or malformed.
        EndpointsUnknownError: The endpoints cannot be read from any region.
        BadEndpointError: An endpoint cannot be used.
        BadAwsProfileError: An AWS configuration file has an unusable value.
    """
    around = NetworkSettings.read(os.environ)
    if environment is not None:
        if endpoints:
            raise ClientUsageError("--environment finds the endpoints: give it or --endpoint, not both")
        names = regions.split(",")
        if len(names) != 2 or not all(names) or names[0] == names[1]:  # noqa: PLR2004
            raise ClientUsageError(f"--regions must be two regions with a comma between them, got {regions!r}")
        from client.endpoints import find_endpoints

        found = find_endpoints(environment, *names)
        endpoints = (found.primary, found.standby)
    if not endpoints or len(endpoints) > 2:  # noqa: PLR2004
        raise ClientUsageError(
            f"--endpoint must be given once, or twice for both regions, got {len(endpoints or ())} of them"
        )
    credentials = None if unsigned else _credentials()
    resolver = around.resolver()
    clients = [around.client(each, credentials=credentials, resolver=resolver) for each in endpoints]
    if environment is not None:
        _require_regions(clients, regions)
    return clients[0] if len(clients) == 1 else MultiRegionClient(*clients)


def _require_regions(clients: Sequence[PaymentClient], regions: str) -> None:
    """Check the region names: one region's parameters name both endpoints, so a wrong name could go unnoticed."""
    for client in clients:
        with contextlib.suppress(OSError):  # a lost region does not answer, and no payment is sent there
            served_by = document(client.probe("/writer", timeouts=_LOOK)).get("servedBy")
            if isinstance(served_by, str) and served_by not in regions.split(","):
                raise ClientUsageError(
                    f"--regions must be the environment's two regions, got {regions!r}: {client.host} is in {served_by}"
                )


def _credentials() -> "Credentials":
    from botocore.session import get_session

    from client.aws_profile import usable_profile

    session = get_session()
    with usable_profile(session):
        found: Credentials | None = session.get_credentials()
    if found is None:
        raise ClientUsageError(
            "no AWS credentials are configured: set AWS_PROFILE or AWS_ACCESS_KEY_ID, or give --unsigned"
        )
    return found

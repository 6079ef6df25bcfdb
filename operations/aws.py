"""boto3 clients for operations: short time-outs, so that a dead region costs seconds (FACTS 4.6)."""

import socket
import struct
import time
from collections.abc import Callable
from threading import Lock
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import BotoCoreError, ClientError

from client.aws_profile import named_errors
from operations.credentials import CONNECT_TIMEOUT_SECONDS, SHORT_READ_SECONDS, ask_in_turn, assume, sign_in
from operations.errors import OperationError, one_line

READ_TIMEOUT_SECONDS = 5.0
ATTEMPTS = 2

_CONNECTIONS = 32
_BEGAN = "payments_dr_began"
_RESET_ON_CLOSE = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
"""What is still unsent is thrown away when a socket is closed; else the kernel delivers it later (FACTS 12.2)."""


class Aws:
    """Makes and keeps one client for each service and region, with the caller's rights or an assumed role's.

    Args:
        session: Whose rights count.
        connect_timeout: Seconds.
        read_timeout: Seconds.
        attempts: How often a call is made before it fails.
        resets: Whether what is unsent when a call is given up is thrown away, not delivered later (FACTS 12.2).
        hears: Is told the `Date` header of each answer, and how many seconds its call took.
    """

    def __init__(
        self,
        *,
        session: boto3.Session,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        read_timeout: float = READ_TIMEOUT_SECONDS,
        attempts: int = ATTEMPTS,
        resets: bool = False,
        hears: Callable[[str, float], None] | None = None,
    ) -> None:
        self._session, self._resets, self._hears = session, resets, hears
        self._config = Config(
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            retries={"mode": "standard", "total_max_attempts": attempts},
            max_pool_connections=_CONNECTIONS,
            s3={"addressing_style": "auto"},
        )
        self._clients: dict[tuple[str, str], Any] = {}
        self._lock = Lock()  # boto3 sessions, unlike clients, are not for several threads at once

    @classmethod
    def own(cls, *regions: str) -> "Aws":
        """Return clients with the caller's own rights; a profile's role is assumed in the first region that answers.

        Raises:
            OperationError: No credentials found.
        """
        return cls(session=sign_in(*regions))

    @property
    def credentials(self) -> Credentials | None:
        """What requests are signed with, if anything."""
        return self._session.get_credentials()

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        """Return the client of a service in a region; it may be used by many threads."""
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                make: Any = self._session.client  # its types name services one by one
                with named_errors(lambda: f"AWS's configuration for {service} in {region}"):
                    self._clients[key] = make(service, region_name=region, config=self._config)
                if self._resets:
                    _reset_on_close(self._clients[key])
                if self._hears is not None:
                    _listen(self._clients[key], self._hears)
            return self._clients[key]

    def hurried(
        self,
        *,
        connect_timeout: float = CONNECT_TIMEOUT_SECONDS,
        read_timeout: float = SHORT_READ_SECONDS,
        hears: Callable[[str, float], None] | None = None,
    ) -> "Aws":
        """Return clients with the same rights that make one attempt each, within these seconds."""
        return Aws(
            session=self._session,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            attempts=1,
            hears=hears,
        )

    def inserting(self) -> "Aws":
        """Return clients that make one short attempt each, of which nothing arrives once it was given up."""
        return Aws(session=self._session, read_timeout=SHORT_READ_SECONDS, attempts=1, resets=True)

    def patient(self, *, attempts: int = ATTEMPTS, hears: Callable[[str, float], None] | None = None) -> "Aws":
        """Return clients with the same rights that make each call up to so many times: for reads that take long."""
        return Aws(session=self._session, attempts=attempts, hears=hears)

    def caller_arn(self, *regions: str) -> str:
        """Return whose rights these are; the regions' STS are asked in this order, until one answers.

        Raises:
            OperationError: Nobody is signed in, or no region answers.
        """
        try:
            return ask_in_turn(regions, lambda region: str(self.client("sts", region).get_caller_identity()["Arn"]))
        except (BotoCoreError, ClientError) as error:
            raise OperationError(f"AWS cannot tell the caller's account: {one_line(error)}") from None

    def assuming(self, role_arn: str, *regions: str, operator: str | None) -> "Aws":
        """Return clients with a role's rights, renewed as long as they are needed.

        The regions' STS are asked in this order, until one answers; CloudTrail names the operator.

        Raises:
            OperationError: There are no credentials to assume it with, it may not be assumed, or no region answers.
        """
        own = self.credentials
        if own is None:
            raise OperationError(f"--role needs AWS credentials that may assume {role_arn}; there are none")
        return Aws(session=assume(role_arn, own, *regions, operator=operator))


def _listen(client: Any, hears: Callable[[str, float], None]) -> None:  # noqa: ANN401
    """Tell the date of each answer of the client, refusals too, and how long its call took."""

    def begins(context: dict[str, Any], **_: object) -> None:
        context[_BEGAN] = time.monotonic()

    def ends(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date and _BEGAN in context:
            hears(date, time.monotonic() - context[_BEGAN])

    client.meta.events.register("before-call", begins)
    client.meta.events.register("after-call", ends)


def _reset_on_close(client: Any) -> None:  # noqa: ANN401
    """Have every socket of the client closed with a reset; the option is set before the socket connects."""
    settings = client._endpoint.http_session._manager.connection_pool_kw  # noqa: SLF001 — botocore has no public place
    settings["socket_options"] = [*settings["socket_options"], _RESET_ON_CLOSE]

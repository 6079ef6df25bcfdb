"""boto3 clients for operations: short time-outs, so that a dead region costs seconds (FACTS 4.6)."""

import os
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
        session: The credentials.
        connect_timeout: Seconds.
        read_timeout: Seconds.
        attempts: How often a call is tried before it fails.
        resets: Whether unsent data is discarded when a call times out, instead of being delivered later (FACTS 12.2).
        hears: Called with the `Date` header of each answer, and the seconds that its call took.
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
        self._lock = Lock()  # boto3 sessions, unlike clients, are not thread-safe

    @classmethod
    def own(cls, *regions: str) -> "Aws":
        """Return clients with the caller's own rights; a profile's role is assumed in the first region that answers.

        Raises:
            OperationError: No credentials found.
        """
        return cls(session=sign_in(*regions))

    @property
    def credentials(self) -> Credentials | None:
        """The credentials that sign requests; None if there are none."""
        return self._session.get_credentials()

    def client(self, service: str, region: str) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        """Return the client of a service in a region; it is thread-safe."""
        with self._lock:
            key = (service, region)
            if key not in self._clients:
                make: Any = self._session.client  # its types have one overload per service
                with named_errors(lambda: f"AWS's configuration for {service} in {region}"):
                    self._clients[key] = make(service, region_name=region, config=self._config)
                if service == "s3control" and os.environ.get("AWS_ENDPOINT_URL"):
                    without_account_host(self._clients[key])
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
        """Return clients with the same rights that make one attempt within these limits."""
        return Aws(
            session=self._session,
            connect_timeout=connect_timeout,
            read_timeout=read_timeout,
            attempts=1,
            hears=hears,
        )

    def inserting(self) -> "Aws":
        """Return clients that make one short attempt, of which nothing is delivered after its timeout."""
        return Aws(session=self._session, read_timeout=SHORT_READ_SECONDS, attempts=1, resets=True)

    def patient(self, *, attempts: int = ATTEMPTS, hears: Callable[[str, float], None] | None = None) -> "Aws":
        """Return clients with the same rights and more attempts per call, for long reads."""
        return Aws(session=self._session, attempts=attempts, hears=hears)

    def caller_arn(self, *regions: str) -> str:
        """Return the caller's ARN, from the first of the regions' STS that answers.

        Raises:
            OperationError: No credentials found, or no region answers.
        """
        try:
            return ask_in_turn(regions, lambda region: str(self.client("sts", region).get_caller_identity()["Arn"]))
        except (BotoCoreError, ClientError) as error:
            raise OperationError(f"AWS did not return the caller's account: {one_line(error)}") from None

    def assuming(self, role_arn: str, *regions: str, operator: str | None) -> "Aws":
        """Return clients with a role's rights, renewed automatically.

        The regions' STS are tried in this order; CloudTrail names the operator.

        Raises:
            OperationError: No credentials found, the role may not be assumed, or no region answers.
        """
        own = self.credentials
        if own is None:
            raise OperationError(f"--role needs AWS credentials that may assume {role_arn}; there are none")
        return Aws(session=assume(role_arn, own, *regions, operator=operator))


def without_account_host(client: Any) -> None:  # noqa: ANN401
    """Send requests of S3's control API to the endpoint that is set: botocore puts the account before its host name."""

    def strip(request: Any, **_: object) -> None:  # noqa: ANN401
        scheme, _, rest = request.url.partition("://")
        account, _, host = rest.partition(".")
        if account.isdecimal() and account == request.headers.get("x-amz-account-id"):
            request.url = f"{scheme}://{host}"

    client.meta.events.register("before-sign.s3-control", strip)


def _listen(client: Any, hears: Callable[[str, float], None]) -> None:  # noqa: ANN401
    """Report the date of each of the client's answers, refusals included, and the duration of its call."""

    def begins(context: dict[str, Any], **_: object) -> None:
        context[_BEGAN] = time.monotonic()

    def ends(parsed: dict[str, Any], context: dict[str, Any], **_: object) -> None:
        date = parsed.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
        if date and _BEGAN in context:
            hears(date, time.monotonic() - context[_BEGAN])

    client.meta.events.register("before-call", begins)
    client.meta.events.register("after-call", ends)


def _reset_on_close(client: Any) -> None:  # noqa: ANN401
    """Close every socket of the client with a reset; the option is set before the socket connects."""
    settings = client._endpoint.http_session._manager.connection_pool_kw  # noqa: SLF001 — botocore has no public way
    settings["socket_options"] = [*settings["socket_options"], _RESET_ON_CLOSE]

"""AWS clients with the limits that the design rests on (FACTS 4.6); botocore's own, since boto3 adds only weight."""

import socket
import struct
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from contract import deadlines


class TableClient(Protocol):
    """What the functions use of a DynamoDB client."""

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Read one item."""

    def put_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Write one item."""

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change one item."""


def client(service: str, region: str) -> Any:  # noqa: ANN401
    """Return a client that ends every call within the write deadline."""
    return _create(
        service,
        region,
        connect=deadlines.CONNECT_TIMEOUT_SECONDS,
        read=deadlines.READ_TIMEOUT_SECONDS,
        attempts=deadlines.ATTEMPTS,
    )


def brief_client(service: str, region: str) -> Any:  # noqa: ANN401
    """Return a client that makes one attempt: for what is tried again in some seconds anyway."""
    brief = _create(
        service, region, connect=deadlines.CONNECT_TIMEOUT_SECONDS, read=deadlines.READ_TIMEOUT_SECONDS, attempts=1
    )
    brief.meta.events.register(f"needs-retry.{brief.meta.service_model.service_id.hyphenize()}", _again_if_closed)
    return brief


def probe_client(region: str) -> Any:  # noqa: ANN401
    """Return a DynamoDB client that makes one short attempt: for control items, and for health checks.

    One more is made on a connection that turns out to be closed: Lambda freezes functions between invocations, and
    what closes meanwhile is noticed by the next request, within milliseconds.
    """
    probe = _create(
        "dynamodb",
        region,
        connect=deadlines.PROBE_CONNECT_TIMEOUT_SECONDS,
        read=deadlines.PROBE_READ_TIMEOUT_SECONDS,
        attempts=1,
    )
    probe.meta.events.register("needs-retry.dynamodb", _again_if_closed)
    return probe


def _again_if_closed(attempts: int, caught_exception: Exception | None, **_: object) -> float | None:
    """Return the seconds to wait before another attempt, or None if there is to be none."""
    return 0.0 if attempts == 1 and isinstance(caught_exception, ConnectionClosedError) else None


def guard_writes(
    client: Any,  # noqa: ANN401
    check: Callable[[], None],
    *,
    operation: str = "PutItem",
) -> None:
    """Call `check` before every single attempt of the operation; when it raises, nothing is sent.

    It is called again once an attempt has had to connect: no time-out of the SDK's bounds how long a name takes to
    resolve, nor a TLS handshake as a whole.
    """
    writing = False  # the client serves one request at a time, as its function does

    def before_send(event_name: str, **_: object) -> None:
        nonlocal writing
        writing = event_name.endswith(f".{operation}")
        if writing:
            check()

    def connected() -> None:
        if writing:
            check()

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", before_send)
    pools = _http_session(client)._pool_classes_by_scheme  # noqa: SLF001 -- botocore has no public place for it
    pools.update({scheme: _announcing(pool, connected) for scheme, pool in pools.items()})


def _announcing(pool: Any, connected: Callable[[], None]) -> Any:  # noqa: ANN401
    """Return a class of connection pools whose connections call `connected` before anything is sent on them."""

    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            connected()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


_RESET_ON_CLOSE = (socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
"""What is still unsent is thrown away when a socket is closed; else the kernel delivers it later (FACTS 12.2)."""


def _reset_on_close(client: Any) -> None:  # noqa: ANN401
    """Have every socket of the client closed with a reset; the option is set before the socket connects."""
    settings = _http_session(client)._manager.connection_pool_kw  # noqa: SLF001 -- no public place for it either
    settings["socket_options"] = [*settings["socket_options"], _RESET_ON_CLOSE]


def _http_session(client: Any) -> Any:  # noqa: ANN401
    return client._endpoint.http_session  # noqa: SLF001


@cache
def _session() -> Any:  # noqa: ANN401
    return botocore.session.get_session()


def _create(service: str, region: str, *, connect: float, read: float, attempts: int) -> Any:  # noqa: ANN401
    created = _session().create_client(
        service,
        region_name=region,
        config=Config(
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # Two things that botocore does anew for every request, a tenth of what one costs: it describes the machine
            # to AWS, and checks the types of what typed code here has put together.
            user_agent=f"Botocore/{botocore.__version__} payments-dr",
            parameter_validation=False,
        ),
    )
    _reset_on_close(created)
    return created

"""AWS clients with the limits that the design rests on (FACTS 4.6); botocore's own, since boto3 adds only weight."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import botocore
import botocore.session
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

from handlers import deadlines


class TableClient(Protocol):
    """What the functions use of a DynamoDB client."""

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Read one item."""

    def put_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Write one item."""

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change one item."""


def client(service: str, region: str) -> Any:  # noqa: ANN401
    """Give a client that ends every call within the write deadline."""
    return _create(
        service,
        region,
        connect=deadlines.CONNECT_TIMEOUT_SECONDS,
        read=deadlines.READ_TIMEOUT_SECONDS,
        attempts=deadlines.ATTEMPTS,
    )


def probe_client(region: str) -> Any:  # noqa: ANN401
    """Give a DynamoDB client that makes one short attempt: for control items before a write, and for health checks.

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
    """Give the seconds to wait before another attempt, or None if there is to be none."""
    return 0.0 if attempts == 1 and isinstance(caught_exception, ConnectionClosedError) else None


def guard_writes(table: Any, check: Callable[[], None]) -> None:  # noqa: ANN401
    """Have `check` called before every single attempt to put an item; when it raises, nothing is sent.

    It is called again once an attempt has had to connect: no time-out of the SDK's bounds how long a name takes to
    resolve, nor a TLS handshake as a whole.
    """
    writing = False  # the client serves one request at a time, as its function does

    def before_send(event_name: str, **_: object) -> None:
        nonlocal writing
        writing = event_name.endswith(".PutItem")
        if writing:
            check()

    def connected() -> None:
        if writing:
            check()

    table.meta.events.register("before-send.dynamodb", before_send)
    pools = table._endpoint.http_session._pool_classes_by_scheme  # noqa: SLF001 -- botocore has no public place for it
    pools.update({scheme: _telling(pool, connected) for scheme, pool in pools.items()})


def _telling(pool: Any, connected: Callable[[], None]) -> Any:  # noqa: ANN401
    """Give a class of connection pools whose connections tell when they stand, before anything is sent on them."""

    class Connection(pool.ConnectionCls):  # type: ignore[misc]
        def connect(self) -> None:
            super().connect()
            connected()

    return type(pool.__name__, (pool,), {"ConnectionCls": Connection})


@cache
def _session() -> Any:  # noqa: ANN401
    return botocore.session.get_session()


def _create(service: str, region: str, *, connect: float, read: float, attempts: int) -> Any:  # noqa: ANN401
    return _session().create_client(
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

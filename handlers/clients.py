"""AWS clients with the limits that the design rests on (FACTS 4.6); botocore's own, since boto3 adds only weight."""

from collections.abc import Callable
from functools import cache
from typing import Any, Protocol

import botocore
import botocore.session
from botocore.config import Config

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
    """Give a DynamoDB client that makes one short attempt: for control items before a write, and for health checks."""
    return _create(
        "dynamodb",
        region,
        connect=deadlines.PROBE_CONNECT_TIMEOUT_SECONDS,
        read=deadlines.PROBE_READ_TIMEOUT_SECONDS,
        attempts=1,
    )


def guard_writes(table: Any, check: Callable[[], None]) -> None:  # noqa: ANN401
    """Have `check` called before every single attempt to put an item; when it raises, nothing is sent."""

    def before_send(**_: object) -> None:
        check()

    table.meta.events.register("before-send.dynamodb.PutItem", before_send)


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

"""The control table by whichever of the two replicas answers: a release goes on, or is undone, with one region lost."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from handlers.faults import is_transient
from operations.aws import Aws


class EitherReplica:
    """Sends each request to the replica that answered last, and to the other one where that does not.

    A change that was made although its answer was lost is known by what the item says (`handlers.releases.changes`).
    """

    def __init__(self, aws: Aws, *regions: str) -> None:
        hurried = aws.hurried()
        self._clients = [hurried.client("dynamodb", region) for region in regions]

    def get_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 — as botocore, which publishes no types
        """Read one item."""
        return self._send("get_item", request)

    def put_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Write one item."""
        return self._send("put_item", request)

    def update_item(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401
        """Change one item."""
        return self._send("update_item", request)

    def _send(self, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        clients = list(self._clients)
        for client in clients[:-1]:
            try:
                return _answer(getattr(client, operation), request)
            except BotoCoreError:
                self._clients = [*clients[1:], clients[0]]
            except ClientError as error:
                if not is_transient(error):
                    raise
                self._clients = [*clients[1:], clients[0]]
        return _answer(getattr(clients[-1], operation), request)


def _answer(call: Callable[..., dict[str, Any]], request: dict[str, Any]) -> dict[str, Any]:
    return call(**request)

"""Publishes what a command does as events, in both regions; best effort, and beside the command's work.

docs/events.md describes the events. IAM: events:PutEvents on both regions' default bus.
"""

from collections.abc import Sequence
from contextlib import suppress
from threading import Thread
from time import monotonic
from typing import Any, Final

from contract.events import EventType, event_entry
from handlers.runtime import timestamp
from operations.aws import Aws
from operations.clock import OperationsClock

WAIT_SECONDS: Final = 3.0
"""How long a command waits at its end for events that are on their way, in real seconds."""


class OperatorEvents:
    """Publishes one command's events; nothing that goes wrong here changes what the command does or returns.

    Args:
        aws: The rights that the command acts with.
        clock: Tells when something happened.
        environment: The deployment's suffix.
        by: Who acts.
        regions: Each gets every event: any of them may be out of reach.
    """

    def __init__(self, aws: Aws, clock: OperationsClock, *, environment: str, by: str, regions: Sequence[str]) -> None:
        self._aws = aws
        self._clock = clock
        self._environment = environment
        self._by = by
        self._regions = regions
        self._clients: dict[str, Any] = {}
        self._threads: list[Thread] = []

    def publish(self, kind: EventType, *, reason: str, **more: str | int | None) -> None:
        """Publish an event, and return at once."""
        with suppress(Exception):
            at = timestamp(self._clock.time())
            entry = event_entry(kind, environment=self._environment, at=at, by=self._by, reason=reason, **more)
            for region in self._regions:
                thread = Thread(target=_put, args=(self._client(region), entry), daemon=True)
                thread.start()
                self._threads.append(thread)

    def wait(self) -> None:
        """Wait a little for what is on its way; a region that does not answer loses its events."""
        ends = monotonic() + WAIT_SECONDS
        for thread in self._threads:
            with suppress(KeyboardInterrupt):
                thread.join(max(0.0, ends - monotonic()))

    def _client(self, region: str) -> Any:  # noqa: ANN401 — boto3 makes its classes at run time
        """Return a region's client, made by the command's own thread: boto3's sessions serve one at a time."""
        if region not in self._clients:
            self._clients[region] = self._aws.hurried().client("events", region)
        return self._clients[region]


def _put(client: Any, entry: dict[str, str]) -> None:  # noqa: ANN401
    with suppress(Exception):
        client.put_events(Entries=[entry])

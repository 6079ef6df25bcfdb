"""The events that a ticker publishes of what it did to the writer; best effort, after all that the tick is for.

IAM: events:PutEvents on the default bus of the own region.
"""

from collections.abc import Callable
from typing import Any, Protocol

from contract.events import EventType, event_entry
from handlers.tickers.acting import author_name
from handlers.tickers.memory import TickerMemory
from handlers.writer.item import ClosingKind, Writer


class EventsClient(Protocol):
    """What publishing uses of an EventBridge client."""

    def put_events(self, **request: Any) -> dict[str, Any]:  # noqa: ANN401 -- as botocore, which publishes no types
        """Put events on a bus."""


class UnpublishedEventError(Exception):
    """EventBridge answered, and did not take an event."""


class TickerEvents:
    """Keeps events until a tick has time to publish them."""

    def __init__(self, client: Callable[[], EventsClient], *, environment: str, region: str) -> None:
        self._client = client
        self._environment = environment
        self._region = region
        self._pending: list[dict[str, str]] = []

    @property
    def is_due(self) -> bool:
        """Return whether something is to be published."""
        return bool(self._pending)

    def saw(self, before: TickerMemory, writer: Writer) -> None:
        """Record a new epoch that this ticker made; others publish their own."""
        if writer.by != author_name(self._region):
            return
        self._pending.append(
            event_entry(
                _event_type(before, writer),
                environment=self._environment,
                at=writer.at,
                by=writer.by,
                reason=writer.reason,
                region=writer.region,
                epoch=writer.epoch,
            )
        )

    def publish(self) -> None:
        """Publish what is pending, once: an event that is late says less than the next epoch's.

        Raises:
            ClientError, BotoCoreError: EventBridge does not answer.
            UnpublishedEventError: It did not take an event.
        """
        entries, self._pending = self._pending, []
        answer = self._client().put_events(Entries=entries)
        if answer.get("FailedEntryCount"):
            codes = {str(each["ErrorCode"]) for each in answer.get("Entries", ()) if "ErrorCode" in each}
            raise UnpublishedEventError(", ".join(sorted(codes)))


def _event_type(before: TickerMemory, writer: Writer) -> EventType:
    if writer.is_open:
        return EventType.CLOSING_UNDONE if before.kind == ClosingKind.PLANNED else EventType.WRITER_OPENED
    return EventType.WRITER_CREATED if before.epoch == 0 else EventType.TAKEOVER_BEGUN

"""Follows the payments of a region's stream into another region's replica, by looking up each key there.

A replicated heartbeat proves nothing about a payment, because replication keeps no order between partitions (FACTS
1.12).
"""

from collections.abc import Collection, Mapping
from itertools import islice
from typing import Any

from contract.environment import PARTITION_KEY
from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.site import Site
from operations.topology.asking import UnknownError
from operations.topology.payment_stream import PaymentStream, StreamStart

WINDOW_SECONDS = 300.0
"""How far back payments are looked up, in real seconds before the newest record: the recovery point."""

_BATCH = 100  # BatchGetItem's limit
_PAUSE_SECONDS = 0.1  # GetRecords allows five calls a second to each shard


class ReplicationWatch:
    """Tracks the payments of a source's stream that are not in a destination yet.

    A failed read raises one of `asking.UNREADABLE`, and may be repeated.
    IAM: in the source what `PaymentStream` needs, in the destination dynamodb:BatchGetItem on payments.
    """

    def __init__(self, site: Site, aws: Aws, clock: OperationsClock, *, source: Role, destination: Role) -> None:
        self._site, self._aws, self._clock = site, aws, clock
        self._source, self._destination = site.regions[source].name, site.regions[destination].name
        self._stream = self._read(StreamStart.HISTORY)
        self._pending: dict[str, float] = {}
        """When the record of each payment was made that has not been found yet, by key."""
        self._newest_seen_at = self._now()
        self.shown = 0
        """How many payments the stream has shown."""
        self.knows_history = True
        """Whether what was stored before the watch began is known, too."""

    def catch_up(self, seconds: float) -> None:
        """Read the history of the stream to its end, and look its payments up.

        A day's stream may take longer than `seconds` (real ones); then the watch starts now, and `knows_history` is
        false.
        """
        until = self._now() + seconds
        while not self._stream.at_end:
            if self._now() >= until:
                self.knows_history = False
                self._pending.clear()
                self._stream = self._read(StreamStart.NOW)
                break
            self._poll()
            self._clock.sleep(_PAUSE_SECONDS * self._clock.scale)
        self._look_up()

    def follow(self) -> None:
        """Read new records of the stream, and look up the payments not found so far."""
        self._poll()
        self._look_up()

    def expect_more(self) -> None:
        """Reset `at_end` until the stream has been read to its end again."""
        self._stream.expect_more()

    @property
    def at_end(self) -> bool:
        """Return whether the stream has had nothing new recently."""
        return self._stream.at_end

    @property
    def missing(self) -> Collection[str]:
        """Return the keys of the payments that the stream has shown and the destination did not hold."""
        return self._pending.keys()

    @property
    def oldest_seconds(self) -> float:
        """Return the age of the oldest missing payment by AWS's clock (emulated seconds in an emulator); 0 if none."""
        if not self._pending:
            return 0.0
        age = self._stream.newest - min(self._pending.values()) + self._now() - self._newest_seen_at
        return age * self._clock.scale

    def _poll(self) -> None:
        before = self._stream.newest
        for payment in self._stream.poll():
            self._pending[payment.key] = payment.at
            self.shown += 1
        if self._stream.newest > before:
            self._newest_seen_at = self._now()
            old = [key for key, at in self._pending.items() if at < self._stream.newest - WINDOW_SECONDS]
            for key in old:
                del self._pending[key]

    def _look_up(self) -> None:
        keys = iter(list(self._pending))
        while batch := list(islice(keys, _BATCH)):
            for key in self._found(batch):
                self._pending.pop(key, None)

    def _found(self, keys: list[str]) -> list[str]:
        table = self._site.table_name
        answer = self._aws.client("dynamodb", self._destination).batch_get_item(
            RequestItems={
                table: {
                    "Keys": [{PARTITION_KEY: {"S": key}} for key in keys],
                    "ConsistentRead": True,
                    "ProjectionExpression": PARTITION_KEY,
                }
            }
        )
        items: list[Mapping[str, Any]] = answer["Responses"].get(table, [])
        if not items and answer.get("UnprocessedKeys"):
            raise UnknownError(f"{self._destination}'s table is throttled")
        return [item[PARTITION_KEY]["S"] for item in items]  # unprocessed keys are looked up the next time

    def _read(self, start: StreamStart) -> PaymentStream:
        dynamodb, streams = (self._aws.client(each, self._source) for each in ("dynamodb", "dynamodbstreams"))
        return PaymentStream(dynamodb, streams, self._site.table_name, start)

    def _now(self) -> float:
        """Return real seconds since some start."""
        return self._clock.monotonic() / self._clock.scale

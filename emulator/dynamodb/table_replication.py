# ruff: noqa: SLF001 — MiniStack offers no public seams
"""DynamoDB global tables: the resulting item of every write travels to each other replica (FACTS 1.5, 1.6).

MiniStack hands every write of every operation to `_replicate_write` while it emits the stream record. It serves
DynamoDB on its event loop, and arrivals are applied there too: neither comes between the other's steps.
"""

from collections.abc import Callable
from typing import NamedTuple

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics
from emulator.dynamodb import statements
from emulator.dynamodb.last_writer import LastWriter
from emulator.dynamodb.replica_items import apply_item
from emulator.patching import Theirs, instead, wrap
from emulator.replication.transfers import Carried, Transfers

Item = dict[str, Theirs]
Table = dict[str, Theirs]

_NO_SORT_KEY = "__no_sort__"  # MiniStack's own


class ItemKey(NamedTuple):
    """An item of one replica; the id tells a table from one of the same name that was deleted before."""

    table_id: str
    partition: str
    sort: str


class ItemWrite(NamedTuple):
    """What a write left behind: the item, or None where it was deleted.

    Stored items are replaced, never changed, so the replicas, their streams and what is under way can share one.
    """

    account: str
    table: str
    key: ItemKey
    number: int
    item: Item | None


class TableReplication:
    """Sends writes to the other replicas of their table, and applies those that arrive."""

    def __init__(self, *, clock: EmulatorClock, transfers: Transfers[ItemWrite], metrics: MinuteMetrics) -> None:
        self._clock = clock
        self._transfers = transfers
        self._metrics = metrics
        self._writers = LastWriter()

    def install(self) -> None:
        """Take over from MiniStack's replication."""
        wrap(dynamodb, "_replicate_write", instead(self.written))
        wrap(dynamodb, "_create_replica", self._catching_up)
        wrap(dynamodb, "_delete_table", self._forgetting)
        wrap(dynamodb, "_apply_replica_updates", self._forgetting)
        statements.install()

    def written(self, table: Table, _event: str, old_item: Item | None, new_item: Item | None) -> None:
        """Send a write that was made in the request's region to all other replicas."""
        regions = table.get("_global_regions")
        item = old_item if new_item is None else new_item
        if not regions or item is None:
            return
        sort_name = table["sk_name"]
        partition = dynamodb._extract_key_val(item.get(table["pk_name"]))
        sort = dynamodb._extract_key_val(item.get(sort_name)) if sort_name else _NO_SORT_KEY
        account, home, name = get_account_id(), get_region(), table["TableName"]
        number = self._writers.number()
        self._writers.wrote(ItemKey(table["TableId"], partition, sort), number)
        for region in regions:
            replica = dynamodb._tables.get_scoped(account, region, name) if region != home else None
            if replica is not None:
                key = ItemKey(replica["TableId"], partition, sort)
                self._writers.sent(key)
                self._transfers.send(home, region, key, ItemWrite(account, name, key, number, new_item))

    def arrive(self, carried: Carried[ItemWrite]) -> None:
        """Apply a write in the receiving replica, unless a newer one is there; it has arrived in either case."""
        write = carried.transfer.payload
        newer = self._writers.arrived(write.key, write.number)
        if _is_gone(carried):
            return
        if newer:
            with request_scope(write.account, carried.destination):
                apply_item(write.table, write.key.partition, write.key.sort, write.item)
        # Computed from arriving items, and stored in the source region (FACTS 1.1, 1.2).
        dimensions = (("TableName", write.table), ("ReceivingRegion", carried.destination))
        series = MetricSeries(
            write.account, carried.source, "AWS/DynamoDB", "ReplicationLatency", "Milliseconds", dimensions
        )
        self._metrics.add(series, 1000 * (self._clock.monotonic() - carried.transfer.written_at))

    def _forgetting(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        """Drop what is under way to a replica once it is deleted."""

        def delete(*arguments: Theirs) -> Theirs:
            answer = original(*arguments)
            for lost in self._transfers.discard(_is_gone):
                self._writers.arrived(lost.transfer.payload.key, lost.transfer.payload.number)
            return answer

        return delete

    def _catching_up(self, original: Callable[..., None]) -> Callable[..., None]:
        """A new replica begins as a copy of its creator, and also gets what is still under way to that one."""

        def create(name: str, table: Table, region: str) -> None:
            original(name, table, region)
            new_id = dynamodb._tables.get_scoped(get_account_id(), region, name)["TableId"]
            for source, _, transfer in list(self._transfers):
                write = transfer.payload
                if write.key.table_id == table["TableId"]:
                    copy = write.key._replace(table_id=new_id)
                    self._writers.sent(copy)
                    self._writers.copied(write.key, copy)
                    over = source if source != region else get_region()
                    self._transfers.send(over, region, copy, write._replace(key=copy), written_at=transfer.written_at)

        return create


def _is_gone(carried: Carried[ItemWrite]) -> bool:
    write = carried.transfer.payload
    replica = dynamodb._tables.get_scoped(write.account, carried.destination, write.table)
    return replica is None or replica["TableId"] != write.key.table_id

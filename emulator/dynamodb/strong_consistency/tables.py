# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The strongly consistent tables of one emulator: MiniStack's table in each replica region, kept as the rules say.

A replica that is current has what is committed, so MiniStack's own operations are right in it. One that is not keeps
the items it had, until they are brought up to date all at once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.dynamodb.replica_items import apply_item
from emulator.dynamodb.strong_consistency.members import Members
from emulator.dynamodb.strong_consistency.replica_group import ReplicaGroup
from emulator.faults import ActiveFaults
from emulator.patching import Theirs, wrap

_SERVICE = "dynamodb"
_NO_SORT_KEY = "__no_sort__"  # MiniStack's own

StrongItem = dict[str, Theirs]


class StrongItemKey(NamedTuple):
    """An item of a strongly consistent table, the same in all replicas."""

    partition: str
    sort: str


@dataclass(frozen=True)
class StrongTable:
    """One table in all its regions."""

    account: str
    name: str
    group: ReplicaGroup[StrongItemKey, StrongItem]

    @property
    def members(self) -> Members:
        """Where it has replicas and a witness."""
        return self.group.members


class StrongTables:
    """Makes MiniStack's tables strongly consistent ones, and carries their items from replica to replica.

    Args:
        clock: Measures how long replicas catch up.
        faults: Says which regions reach which.
        catch_up_seconds: Emulated seconds that a replica takes to catch up.
    """

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults, catch_up_seconds: float) -> None:
        self._clock = clock
        self._faults = faults
        self._catch_up_seconds = catch_up_seconds
        self._tables: dict[tuple[str, str], StrongTable] = {}
        faults.observe(self.look)

    def install(self) -> None:
        """Take over the replication of these tables; after the eventually consistent one is installed."""
        wrap(dynamodb, "_replicate_write", self._committing)
        wrap(dynamodb, "_table_description", self._describing)

    def find(self, name: str) -> StrongTable | None:
        """Return the table that has a replica of a name, or ARN, in the account and region in scope."""
        table = self._tables.get((get_account_id(), dynamodb._normalize_table_name(name)))
        return table if table is not None and get_region() in table.members.replicas else None

    def named_in(self, body: bytes | str) -> list[str]:
        """Return the names of tables that occur in a text: cheap, and never too few."""
        text = body if isinstance(body, bytes) else body.encode()
        return [name for _, name in self._tables if name.encode() in text]

    def create(self, name: str, members: Members) -> StrongTable:
        """Give an empty table of the account and region in scope its other replicas, or its witness."""
        table = dynamodb._tables[name]
        for region in members.replicas:
            if region != get_region():
                dynamodb._create_replica(name, table, region)
        dynamodb._set_replica_group(name, members.replicas)
        group: ReplicaGroup[StrongItemKey, StrongItem] = ReplicaGroup(members, catch_up_seconds=self._catch_up_seconds)
        account = get_account_id()
        self._tables[account, name] = StrongTable(account, name, group)
        self.look()
        return self._tables[account, name]

    def end(self, table: StrongTable, *, delete_in: Sequence[str]) -> None:
        """Let a table be strongly consistent no more, and delete it in some of its regions."""
        del self._tables[table.account, table.name]
        for region in delete_in:
            with request_scope(table.account, region):
                dynamodb._delete_table({"TableName": table.name})

    @staticmethod
    def protected_in(table: StrongTable) -> list[str]:
        """Return the regions in which a table's replica is protected against deletion."""
        replicas = {
            region: dynamodb._tables.get_scoped(table.account, region, table.name) for region in table.members.replicas
        }
        return [region for region, replica in replicas.items() if replica["DeletionProtectionEnabled"]]

    def look(self) -> None:
        """Take note of which regions reach which, and bring the replicas that have caught up to date."""
        for table in self._tables.values():
            for region in table.group.look(self._reaches, self._clock.monotonic()):
                with request_scope(table.account, region):
                    _bring_up_to_date(table)

    def report(self) -> dict[str, dict[str, str]]:
        """Return the state of each replica by table, for the emulator's status."""
        self.look()
        return {
            table.name: {region: str(table.group.state(region)) for region in table.members.replicas}
            for table in self._tables.values()
        }

    def _reaches(self, source: str, destination: str) -> bool:
        # Whatever holds up the replication of eventually consistent tables has no say here: this is another protocol.
        up = self._faults.reachable(source, _SERVICE) and self._faults.reachable(destination, _SERVICE)
        return up and self._faults.calls(source, destination)

    def _committing(self, original: Callable[..., None]) -> Callable[..., None]:
        def replicate(table: Theirs, event: str, old_item: StrongItem | None, new_item: StrongItem | None) -> None:
            strong = self.find(table["TableName"])
            item = old_item if new_item is None else new_item
            if strong is None or item is None:
                original(table, event, old_item, new_item)
                return
            key = key_of(table, item)
            for region in strong.group.commit(get_region(), key, new_item):
                with request_scope(strong.account, region):
                    apply_item(strong.name, key.partition, key.sort, new_item)

        return replicate

    def _describing(self, original: Callable[[str], dict[str, Theirs]]) -> Callable[[str], dict[str, Theirs]]:
        def describe(name: str) -> dict[str, Theirs]:
            description = original(name)
            strong = self.find(name)
            if strong is not None:
                witness = strong.members.witness
                witnesses = [] if witness is None else [{"RegionName": witness, "WitnessStatus": "ACTIVE"}]
                description |= {"MultiRegionConsistency": "STRONG", "GlobalTableWitnesses": witnesses}
            return description

        return describe


def key_of(table: dict[str, Theirs], item: StrongItem) -> StrongItemKey:
    """Return the key of an item, or of a request's key, of one of MiniStack's tables."""
    sort_name = table["sk_name"]
    sort = dynamodb._extract_key_val(item.get(sort_name)) if sort_name else _NO_SORT_KEY
    return StrongItemKey(dynamodb._extract_key_val(item.get(table["pk_name"])), sort)


def _bring_up_to_date(table: StrongTable) -> None:
    """Make the items of the replica in the region in scope those that are committed."""
    stored = {
        StrongItemKey(partition, sort): item
        for partition, items in dynamodb._tables[table.name]["items"].items()
        for sort, item in items.items()
    }
    for key in stored.keys() | table.group.committed.keys():
        committed = table.group.committed.get(key)
        if stored.get(key) is not committed:
            apply_item(table.name, key.partition, key.sort, committed)

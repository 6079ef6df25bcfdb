# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What `UpdateTable` and its like may do with strongly consistent tables (FACTS 1.10).

Such a table is made of an empty one, with all its members at once, and ended by deleting all other members at once.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables.tutorial.html
AWS does not document the messages.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ministack.core.responses import error_response_json, get_account_id, get_region, json_response
from ministack.services import dynamodb

from emulator.dynamodb.strong_consistency.members import UnsupportedMembersError, members_of
from emulator.dynamodb.strong_consistency.tables import StrongTable, StrongTables
from emulator.patching import Answer

_MEMBER_UPDATES: Final = ("ReplicaUpdates", "GlobalTableWitnessUpdates")
_UPDATABLE: Final = {"TableName", "DeletionProtectionEnabled", "MultiRegionConsistency", *_MEMBER_UPDATES}

Request = Mapping[str, Any]


def makes_strong(action: str, body: bytes) -> bool:
    """Return whether a request may make a table strongly consistent."""
    return action == "UpdateTable" and b"MultiRegionConsistency" in body


def answer(tables: StrongTables, action: str, request: Request) -> Answer | None:
    """Return the answer to a request about a table's settings, None when MiniStack is to answer it."""
    update = _UPDATES.get(action)
    table = tables.find(str(request.get("TableName")))
    if update is None or (table is None and request.get("MultiRegionConsistency") != "STRONG"):
        return None
    return update(tables, table, request)


def _delete_table(_tables: StrongTables, _table: StrongTable | None, _request: Request) -> Answer:
    return _refusal("A replica of a table with strong consistency cannot be deleted alone.")


def _update_time_to_live(_tables: StrongTables, _table: StrongTable | None, _request: Request) -> Answer:
    return _refusal("Time to Live is not supported on tables with strong consistency.")


def _update_table(tables: StrongTables, table: StrongTable | None, request: Request) -> Answer | None:
    if table is None:
        return _make_strong(tables, request)
    refused = _why_not_changed(tables, table, request)
    if refused is not None:
        return _refusal(refused)
    if not any(name in request for name in _MEMBER_UPDATES):
        return None
    tables.end(table, delete_in=_others(table.members.replicas))
    dynamodb._set_replica_group(table.name, [get_region()])
    return _description(table.name)


def _why_not_changed(tables: StrongTables, table: StrongTable, request: Request) -> str | None:
    if unknown := sorted(set(request) - _UPDATABLE):
        return f"The emulator does not change {', '.join(unknown)} of a table with strong consistency."
    if "MultiRegionConsistency" in request:
        return "The consistency of a global table cannot be changed."
    if any(name in request for name in _MEMBER_UPDATES):
        if _named(request, "Create") or _named(request, "Delete") != set(_others(table.members.regions)):
            return (
                "Members of a table with strong consistency cannot be added or removed one by one; "
                "all other members are deleted at once."
            )
        if protected := set(tables.protected_in(table)) & set(_others(table.members.replicas)):
            return f"The replica is protected against deletion in {', '.join(sorted(protected))}."
    return None


def _make_strong(tables: StrongTables, request: Request) -> Answer | None:
    name = str(request.get("TableName"))
    table = dynamodb._tables.get(name)
    if table is None:
        return None  # MiniStack says so
    replicas, witnesses = (
        [str(each.get("RegionName")) for each in _updates(request, kind, "Create")] for kind in _MEMBER_UPDATES
    )
    try:
        members = members_of([get_region(), *replicas], witnesses)
    except UnsupportedMembersError as error:
        return _refusal(str(error))
    exists = [each for each in replicas if dynamodb._tables.contains_scoped(get_account_id(), each, name)]
    if dynamodb._replica_group(table) or table["items"]:
        return _refusal("Only an empty table of one Region can become one with strong consistency.")
    if table["LocalSecondaryIndexes"] or dynamodb._ttl_settings.get(name):
        return _refusal("Local secondary indexes and Time to Live are not supported with strong consistency.")
    if exists:
        return _refusal(f"A table {name} exists already in {', '.join(exists)}.")
    tables.create(name, members)
    return _description(name)


def _others(regions: Sequence[str]) -> list[str]:
    return [region for region in regions if region != get_region()]


def _named(request: Request, change: str) -> set[str]:
    return {str(each.get("RegionName")) for kind in _MEMBER_UPDATES for each in _updates(request, kind, change)}


def _updates(request: Request, kind: str, change: str) -> list[Request]:
    return [update[change] for update in request.get(kind) or [] if change in update]


def _description(name: str) -> Answer:
    described: Answer = json_response({"TableDescription": dynamodb._table_description(name)})
    return described


def _refusal(message: str) -> Answer:
    refused: Answer = error_response_json("ValidationException", message, 400)
    return refused


_UPDATES: Final[Mapping[str, Callable[[StrongTables, StrongTable | None, Request], Answer | None]]] = {
    "DeleteTable": _delete_table,
    "UpdateTable": _update_table,
    "UpdateTimeToLive": _update_time_to_live,
}

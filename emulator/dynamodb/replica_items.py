# ruff: noqa: SLF001 — MiniStack offers no public seams
"""How an item that was written elsewhere gets into a replica."""

from ministack.services import dynamodb

from emulator.patching import Theirs


def apply_item(table: str, partition: str, sort: str, item: dict[str, Theirs] | None) -> None:
    """Store or delete an item in the region in scope, whose stream gets the record; None deletes it."""
    replica = dynamodb._tables.get(table)
    previous = replica["items"].get(partition, {}).get(sort)
    if item is None:
        if previous is None:
            return
        dynamodb._remove_item(replica, partition, sort)
        event = "REMOVE"
    else:
        dynamodb._set_item(replica, partition, sort, item)
        event = "INSERT" if previous is None else "MODIFY"
    dynamodb._emit_stream_event(table, event, previous, item, replicate=False)

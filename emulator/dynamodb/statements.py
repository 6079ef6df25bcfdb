# ruff: noqa: SLF001 — MiniStack offers no public seams
"""PartiQL statements that write: MiniStack 1.5.33 keeps them from the table's stream, and so from its replicas."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus

from ministack.services import dynamodb

from emulator.patching import Answer, Theirs, wrap

Change = tuple[str, str, Theirs, Theirs]
"""A table's name, the event, the item before and after."""

_held: ContextVar[list[Change] | None] = ContextVar("emulator_held_changes", default=None)
"""The changes of the transaction that is under way: MiniStack takes them back when a statement fails."""


def install() -> None:
    """Make INSERT, UPDATE and DELETE statements writes like any other."""
    wrap(dynamodb, "_partiql_insert", _emitting)
    wrap(dynamodb, "_partiql_update", _emitting)
    wrap(dynamodb, "_partiql_delete", _emitting)
    wrap(dynamodb, "_execute_transaction", _emitting_at_the_end)


def _emitting(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def write(table: dict[str, Theirs], parsed: Mapping[str, Theirs], *more: Theirs) -> Answer:
        partition, sort = _key(table, parsed)
        before = table["items"].get(partition, {}).get(sort)
        answer = original(table, parsed, *more)
        after = table["items"].get(partition, {}).get(sort)
        # Items are replaced when they are written, never changed.
        if answer[0] == HTTPStatus.OK and after is not before:
            event = "REMOVE" if after is None else "INSERT" if before is None else "MODIFY"
            change = table["TableName"], event, before, after
            held = _held.get()
            if held is None:
                dynamodb._emit_stream_event(*change)
            else:
                held.append(change)
        return answer

    return write


def _emitting_at_the_end(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def execute(request: Theirs) -> Answer:
        changes: list[Change] = []
        token = _held.set(changes)
        try:
            answer = original(request)
        finally:
            _held.reset(token)
        if answer[0] == HTTPStatus.OK:
            for change in changes:
                dynamodb._emit_stream_event(*change)
        return answer

    return execute


def _key(table: Mapping[str, Theirs], parsed: Mapping[str, Theirs]) -> tuple[Theirs, Theirs]:
    """Return the partition and sort key of the item that a statement names; (None, None) when it names none."""
    if parsed["op"] != "INSERT":
        partition, sort, *_ = dynamodb._partiql_key_target(table, parsed)
        return partition, sort
    item = parsed.get("item", {})
    if isinstance(item, dict) and set(item) == {"M"}:
        item = item["M"]
    if not item:
        return None, None
    sort = dynamodb._extract_key_val(item.get(table["sk_name"])) if table["sk_name"] else "__no_sort__"
    return dynamodb._extract_key_val(item.get(table["pk_name"])), sort

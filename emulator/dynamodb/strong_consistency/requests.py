"""Lets DynamoDB's requests meet the rules of strongly consistent tables, and take the time that these take."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from ministack.core.responses import error_response_json, get_region
from ministack.services import dynamodb

from emulator.clock import EmulatorClock
from emulator.dynamodb.strong_consistency import table_updates
from emulator.dynamodb.strong_consistency.accesses import TableAccess, accesses
from emulator.dynamodb.strong_consistency.replica_group import ConcurrentWriteError, UnavailableReplicaError
from emulator.dynamodb.strong_consistency.tables import StrongItemKey, StrongTable, StrongTables, key_of
from emulator.patching import Answer, Theirs, wrap

Handle = Callable[..., Awaitable[Answer]]


class _Touched(NamedTuple):
    table: StrongTable
    access: TableAccess


class StrongRequests:
    """Looks at every request to DynamoDB before MiniStack does.

    Args:
        clock: Lets the latency pass.
        tables: The strongly consistent tables.
        latency_seconds: Real seconds that strong reads and writes take at least, since they cross regions: some 15 to
            25 ms in the US set (FACTS 1.10). Functions live in real time, so no time scale shortens it.
    """

    def __init__(self, *, clock: EmulatorClock, tables: StrongTables, latency_seconds: float) -> None:
        self._clock = clock
        self._tables = tables
        self._latency_seconds = latency_seconds

    def install(self) -> None:
        """Take the requests over."""
        wrap(dynamodb, "handle_request", self._around)

    def _around(self, original: Handle) -> Handle:
        async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Theirs) -> Answer:
            async def go_on() -> Answer:
                return await original(method, path, headers, body, query)

            action = headers.get("x-amz-target", "").rpartition(".")[2]
            if not self._tables.named_in(body) and not table_updates.makes_strong(action, body):
                return await go_on()  # the most frequent case, and nearly free
            request = _parsed(body)
            changed = table_updates.answer(self._tables, action, request)
            if changed is not None:
                return changed
            touched = [
                _Touched(table, access)
                for access in accesses(action, request)
                for table in self._touched_by(access)
                if table is not None
            ]
            return await self._serve(touched, go_on)

        return handle

    def _touched_by(self, access: TableAccess) -> list[StrongTable | None]:
        """Return the tables that are meant: a statement may name several, but for its values."""
        if " " in access.table:
            return [self._tables.find(name) for name in self._tables.named_in(access.table)]
        return [self._tables.find(access.table)]

    async def _serve(self, touched: list[_Touched], go_on: Callable[[], Awaitable[Answer]]) -> Answer:
        if any(access.in_transaction for _, access in touched):
            return _error("ValidationException", "Transactions are not supported on tables with strong consistency.")
        strong = [each for each in touched if each.access.writes or each.access.strongly]
        self._tables.look()
        if not strong:
            return await go_on()  # an isolated replica answers with what it has
        begun: list[tuple[StrongTable, StrongItemKey]] = []
        try:
            refused = self._begin(strong, begun)
            await self._clock.sleep(self._latency_seconds * self._clock.scale)
            # No other request comes between this look and what MiniStack does: it serves DynamoDB without a pause.
            self._tables.look()
            return refused or _unavailable(strong) or await go_on()
        finally:
            for table, key in begun:
                table.group.end_write(get_region(), key)

    @staticmethod
    def _begin(strong: list[_Touched], begun: list[tuple[StrongTable, StrongItemKey]]) -> Answer | None:
        """Begin the writes; return the error of one that cannot begin."""
        for table, access in strong:
            stored = dynamodb._tables.get(table.name)  # noqa: SLF001 — MiniStack offers no public seams
            if access.item is None or stored is None:
                continue  # a statement names its item in its text: conflicts of those are not modelled
            try:
                key = key_of(stored, dict(access.item))
                table.group.begin_write(get_region(), key)
            except UnavailableReplicaError:
                return _unavailable([_Touched(table, access)])
            except ConcurrentWriteError:
                return _error(
                    "ReplicatedWriteConflictException",
                    "One or more items in this request are being modified by a request in another Region.",
                )
            begun.append((table, key))
        return None


def _unavailable(strong: list[_Touched]) -> Answer | None:
    """Return the error of the first table whose replica in the region in scope cannot serve strongly, or None.

    AWS documents that an isolated replica, and one that has not caught up, answers with an error, but not with which,
    nor after what time: this is DynamoDB's general error for what goes wrong on its side.
    """
    for table, _ in strong:
        try:
            table.group.check(get_region())
        except UnavailableReplicaError as error:
            return _error("InternalServerError", f"Internal server error: {error}.", status=500)
    return None


def _error(code: str, message: str, *, status: int = 400) -> Answer:
    answer: Answer = error_response_json(code, message, status)
    return answer


def _parsed(body: bytes) -> dict[str, Theirs]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}
    return request if isinstance(request, dict) else {}

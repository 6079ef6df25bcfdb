# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Tables that are being made by a restore or an import: nobody reads, writes or changes them before they are ACTIVE."""

import json
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.core.router import extract_access_key_id
from ministack.services import dynamodb

from emulator.dynamodb.recovery import rights
from emulator.dynamodb.strong_consistency.accesses import accesses
from emulator.patching import Answer, Theirs, wrap

_ALLOWED = ("Describe", "List")

Handle = Callable[..., Awaitable[Answer]]
StoredTable = dict[str, Theirs]


class TablesInPreparation:
    """Keeps requests from tables in the status CREATING, and lets requests know who their caller is."""

    def __init__(self) -> None:
        self._tables: set[tuple[str, str, str]] = set()

    def install(self) -> None:
        """Look at every request."""
        wrap(dynamodb, "handle_request", self._around)

    def __len__(self) -> int:
        return len(self._tables)

    def begin(self, table: StoredTable) -> None:
        """Let a table of the account and region in scope be in preparation."""
        table["TableStatus"] = "CREATING"
        self._tables.add((get_account_id(), get_region(), table["TableName"]))

    def end(self, name: str) -> None:
        """Let a table be ready, or gone."""
        self._tables.discard((get_account_id(), get_region(), name))
        table = dynamodb._tables.get(name)
        if table is not None:
            table["TableStatus"] = "ACTIVE"

    def _around(self, original: Handle) -> Handle:
        async def handle(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Theirs) -> Answer:
            rights.caller.set(extract_access_key_id(headers, query))
            if self._tables:  # else nearly free
                refused = self._refusal(headers.get("x-amz-target", "").rpartition(".")[2], body)
                if refused is not None:
                    return refused
            return await original(method, path, headers, body, query)

        return handle

    def _refusal(self, action: str, body: bytes) -> Answer | None:
        account, region = get_account_id(), get_region()
        here = {name for owner, home, name in self._tables if (owner, home) == (account, region)}
        if action.startswith(_ALLOWED) or not any(name.encode() in body for name in here):
            return None
        try:
            request = json.loads(body)
        except ValueError:
            return None
        items = accesses(action, request)
        if items:
            unready = any(dynamodb._normalize_table_name(each.table) in here for each in items)
            return _error("ResourceNotFoundException", "Requested resource not found") if unready else None
        named = next((name for name in _tables_named(request) if name in here), None)
        if named is None:
            return None
        if action == "UpdateContinuousBackups":
            return _error("ContinuousBackupsUnavailableException", f"Table is being created: {named}")
        return _error(
            "TableInUseException" if action.startswith("Restore") else "ResourceInUseException",
            f"Attempt to change a resource which is still in use: Table is being created: {named}",
        )


def _tables_named(request: Mapping[str, Any]) -> Iterator[str]:
    for parameter in ("TableName", "TableArn", "ResourceArn", "SourceTableName", "SourceTableArn"):
        if isinstance(request.get(parameter), str):
            yield dynamodb._normalize_table_name(request[parameter])


def _error(code: str, message: str) -> Answer:
    answer: Answer = error_response_json(code, message, 400)
    return answer

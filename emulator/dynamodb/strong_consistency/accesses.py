"""Which tables a DynamoDB request reads and writes, and how consistently: pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_READS = ("GetItem", "Query", "Scan")
_WRITES = ("PutItem", "UpdateItem", "DeleteItem")
_TRANSACTIONS = ("TransactGetItems", "TransactWriteItems", "ExecuteTransaction")

Request = Mapping[str, Any]


@dataclass(frozen=True)
class TableAccess:
    """What one request, or a part of it, does to a table."""

    table: str
    """Its name or ARN; of a PartiQL statement the whole text."""
    writes: bool = False
    strongly: bool = False
    """Whether it asks for a strongly consistent read."""
    in_transaction: bool = False
    item: Mapping[str, Any] | None = None
    """The written item or its key; None where a statement names it."""


def accesses(action: str, request: Request) -> list[TableAccess]:
    """Return what a request does to items, nothing for what it does to tables."""
    if action in _TRANSACTIONS:
        return [TableAccess(table, in_transaction=True) for table in _in_transaction(request)]
    if action in _READS:
        return [TableAccess(str(request.get("TableName")), strongly=_is_strong(request))]
    if action in _WRITES:
        item = request.get("Item") or request.get("Key") or {}
        return [TableAccess(str(request.get("TableName")), writes=True, item=item)]
    return list(_in_batch(action, request))


def _in_batch(action: str, request: Request) -> Iterator[TableAccess]:
    match action:
        case "ExecuteStatement":
            yield _by_statement(request)
        case "BatchExecuteStatement":
            yield from (_by_statement(statement) for statement in _members(request.get("Statements")))
        case "BatchGetItem":
            for table, keys in _tables(request):
                yield TableAccess(table, strongly=isinstance(keys, dict) and _is_strong(keys))
        case "BatchWriteItem":
            for table, writes in _tables(request):
                yield from (TableAccess(table, writes=True, item=_written(write)) for write in _members(writes))
        case _:
            pass  # of no table


def _in_transaction(request: Request) -> Iterator[str]:
    for member in _members(request.get("TransactItems")):
        yield from (str(each.get("TableName")) for each in member.values() if isinstance(each, dict))
    yield from (str(member.get("Statement")) for member in _members(request.get("TransactStatements")))


def _by_statement(statement: Request) -> TableAccess:
    text = str(statement.get("Statement"))
    writes = not text.lstrip().upper().startswith("SELECT")
    return TableAccess(text, writes=writes, strongly=_is_strong(statement))


def _is_strong(read: Request) -> bool:
    return read.get("ConsistentRead") is True


def _written(write: Request) -> Mapping[str, Any]:
    item = (write.get("PutRequest") or {}).get("Item") or (write.get("DeleteRequest") or {}).get("Key")
    return item if isinstance(item, dict) else {}


def _tables(request: Request) -> list[tuple[str, Any]]:
    items = request.get("RequestItems")
    return list(items.items()) if isinstance(items, dict) else []


def _members(value: object) -> list[Request]:
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []

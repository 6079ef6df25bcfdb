"""Runs `compare.sql` with DuckDB over a database on disk, within constant memory: what does not fit is spilled."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from handlers.payments.model import Payment, StoredPayment
from operations.errors import OperationError
from operations.reconcile.findings import Version
from operations.reconcile.places import Place

MEMORY = "512MB"
THREADS = 2
"""What DuckDB may hold at a time, and how many threads share it: each wants buffers of its own."""

_HERE = Path(__file__).parent
_ROWS = 1_000
_NOTHING = (
    "SELECT NULL::VARCHAR AS id, NULL::DECIMAL(24, 8) AS amount, NULL::VARCHAR AS currency, NULL::VARCHAR AS metadata, "
    "NULL::VARCHAR AS region, NULL::VARCHAR AS stored_at WHERE false"
)


def differing(
    files: Mapping[Place, Sequence[Path]], *, spill: Path, since: str = "", memory: str = MEMORY
) -> Iterator[tuple[str, list[Version]]]:
    """Give, by id, the versions of each payment that the places do not hold alike.

    Args:
        files: What was read of each place; a place that could not be read is absent, one that holds nothing is empty.
        spill: A directory for the database, and for what does not fit into memory.
        since: Leave out what was stored before (ISO 8601).
        memory: DuckDB's limit.

    Raises:
        OperationError: A file cannot be read, or the disk or the memory does not suffice.
    """
    with (
        _one_line(),
        duckdb.connect(
            str(spill / "evidence.duckdb"),
            config={
                "memory_limit": memory,
                "threads": THREADS,
                "temp_directory": str(spill / "spilled"),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        ) as connection,
    ):
        connection.execute((_HERE / "sources.duckdb.sql").read_text(encoding="utf-8"))
        _create_relations(connection, files, since)
        answer = connection.execute((_HERE / "compare.sql").read_text(encoding="utf-8"))
        for transaction_id, rows in groupby(_rows(answer), key=lambda row: row[0]):
            yield transaction_id, [_version(row) for row in rows]


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise OperationError(f"the comparison ended early: {str(error).splitlines()[0]}") from error


def _create_relations(connection: Any, files: Mapping[Place, Sequence[Path]], since: str) -> None:  # noqa: ANN401
    for place in Place:
        macro = "table_items" if place.is_table else "log_lines"
        some = [_quoted(str(path)) for path in files.get(place, ())]
        source = f"SELECT * FROM {macro}([{', '.join(some)}])" if some else _NOTHING  # noqa: S608 — quoted
        connection.execute(f"CREATE TABLE {place} AS {source}")
    known = " UNION ALL ".join(f"SELECT {_quoted(place)} AS place" for place in files)
    connection.execute(f"CREATE VIEW known_places AS {known}")
    connection.execute(f"CREATE VIEW period AS SELECT {_quoted(since)} AS since")


def _rows(answer: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    while rows := answer.fetchmany(_ROWS):
        yield from rows


def _version(row: tuple[Any, ...]) -> Version:
    transaction_id, amount, currency, metadata, region, stored_at, *flags, entries = row
    places = frozenset(place for place, is_there in zip(Place, flags, strict=True) if is_there)
    if transaction_id == "" or None in {amount, currency, region, stored_at}:
        return Version(None, places, entries)
    payment = Payment(transaction_id, _plain(amount), currency, metadata)
    return Version(StoredPayment(payment, region, stored_at), places, entries)


def _plain(amount: Decimal) -> Decimal:
    """Return it with two decimals, as payments have them; more are kept, since they are a difference."""
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount


def _quoted(text: str) -> str:
    return f"'{text.replace(chr(39), chr(39) * 2)}'"

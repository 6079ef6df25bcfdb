"""Runs `compare.sql` with DuckDB on disk, in constant memory: DuckDB spills the rest."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any, Self

import duckdb

from handlers.payments.logged_payment import CONTENT
from operations.errors import OperationError
from operations.reconcile.sources import COMPARED, Place
from operations.reconcile.touched import HASH_IN_SQL, TouchedIds
from operations.reconcile.versions import Version, read_item

MEMORY = "512MB"
THREADS = 2
"""What DuckDB may hold at a time, and how many threads share it: each wants buffers of its own."""

_HERE = Path(__file__).parent
_ROWS = 1_000
_COLUMNS = "id VARCHAR, content VARCHAR, region VARCHAR, stored_at VARCHAR, logged_at VARCHAR, request_id VARCHAR"
_ALWAYS, _BEFORE = "~", ""
"""When lines of the log were written, as far as it matters: in the period, and before it."""


class Comparison(AbstractContextManager["Comparison"]):
    """Compares the versions of payments that the sources hold; a context manager.

    Args:
        spill: A directory for the database and for spilled data.
        since: The beginning of the period (ISO 8601); empty means no lower bound.
        memory: DuckDB's limit.
    """

    def __init__(self, spill: Path, *, since: str = "", memory: str = MEMORY) -> None:
        self._since = since
        self._known: list[Place] = []
        with _one_line():
            self._connection: Any = duckdb.connect(
                str(spill / "evidence.duckdb"),
                config={
                    "memory_limit": memory,
                    "threads": THREADS,
                    "temp_directory": str(spill / "spilled"),
                    "preserve_insertion_order": False,
                    "autoinstall_known_extensions": False,
                    "autoload_known_extensions": False,
                },
            )

    def __enter__(self) -> Self:
        self._run("BEGIN")  # the database is temporary, so no sync is needed
        self._run(_macros())
        for place in COMPARED:
            self._run(f"CREATE TABLE {place} ({_COLUMNS})")
        self._run(f"CREATE VIEW period AS SELECT {_quoted(self._since)} AS since")
        self._run("CREATE TABLE touched (id VARCHAR)")
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def load(self, files: Mapping[Place, Sequence[Path]]) -> None:
        """Read what places held in the period; a place that could not be read is absent, an empty one has no files.

        Raises:
            OperationError: A file cannot be read, or disk or memory is exhausted.
        """
        for place, some in files.items():
            self._known.append(place)
            self._insert(place, some, "table_items({})" if place.is_table else f"log_lines({{}}, '{_ALWAYS}')")
        self._run(f"INSERT INTO touched {_read('touched.sql')}")

    def touch(self, ids: Iterable[str], older_items: Mapping[Place, Sequence[Path]]) -> None:
        """Mark further payments as touched, with the replicas' versions from before the period.

        Raises:
            OperationError: As above.
        """
        for place, files in older_items.items():
            self._insert(place, files, "table_items({})")
        with _one_line():
            self._connection.execute("INSERT INTO touched SELECT unnest(?::VARCHAR[])", [list(ids)])

    def load_older_logs(self, place: Place, files: Sequence[Path]) -> None:
        """Read logs that were written before the period.

        Raises:
            OperationError: As above.
        """
        self._insert(place, files, f"log_lines({{}}, '{_BEFORE}')")

    def forget(self, place: Place) -> None:
        """Remove a source that turned out to be unreadable."""
        self._known.remove(place)
        self._run(f"TRUNCATE {place}")

    def touched(self) -> TouchedIds:
        """Return the ids of the payments that were touched in the period."""
        with _one_line():  # sorted by DuckDB, which can spill; Python would create an object per id
            answer = self._connection.execute(f"SELECT DISTINCT {HASH_IN_SQL} FROM touched ORDER BY 1")  # noqa: S608
            return TouchedIds(hashed for (hashed,) in _rows(answer))

    def payments(self) -> dict[Place, int]:
        """Return how many payments of the period each source holds."""
        period = "AND id IN (SELECT id FROM touched)" if self._since else ""
        counted = {}
        for place in self._known:
            # A line may be logged twice, and an item be both in an export and in what was read since.
            with _one_line():
                answer = self._connection.execute(f"SELECT COUNT(DISTINCT id) FROM {place} WHERE id <> '' {period}")  # noqa: S608 — own names
                (counted[place],) = answer.fetchone()
        return counted

    def latest_known(self) -> dict[str, str]:
        """Return, by region, when the last known payment that began there was stored."""
        rows = " UNION ALL ".join(f"SELECT region, stored_at FROM {place}" for place in self._known)  # noqa: S608
        with _one_line():
            answer = self._connection.execute(
                f"SELECT region, MAX(stored_at) FROM ({rows}) WHERE region <> '' AND stored_at <> '' GROUP BY region"  # noqa: S608
            )
            return dict(_rows(answer))

    def differing(self) -> Iterator[tuple[str, list[Version]]]:
        """Yield, by id, the versions of each payment on which the sources differ.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        known = " UNION ALL ".join(f"SELECT {_quoted(place)} AS place" for place in self._known)
        self._run(f"CREATE VIEW known_places AS {known}")
        with _one_line():
            answer = self._connection.execute(_read("compare.sql"))
            for transaction_id, rows in groupby(_rows(answer), key=lambda row: row[0]):
                yield transaction_id, [_version(row) for row in rows]

    def _insert(self, place: Place, files: Sequence[Path], source: str) -> None:
        if files:
            some = f"[{', '.join(_quoted(str(path)) for path in files)}]"
            self._run(f"INSERT INTO {place} SELECT * FROM {source.format(some)}")  # noqa: S608 — quoted

    def _run(self, statement: str) -> None:
        with _one_line():
            self._connection.execute(statement)


def _macros() -> str:
    columns = ", ".join(f'"{name}" STRUCT({kind} VARCHAR)' for name, kind in CONTENT.items())
    made: Callable[[str], str] = lambda struct: f"to_json([{', '.join(_values(struct))}])::VARCHAR"  # noqa: E731
    return Template(_read("sources.duckdb.sql")).substitute(
        columns=columns, item_content=made("Item"), line_content=made("content")
    )


def _values(struct: str) -> Iterator[str]:
    """Yield the SQL expression of each attribute: equal numbers become equal text, without trailing zeros."""
    for name, kind in CONTENT.items():
        value = f'{struct}."{name}".{kind}'
        yield f"COALESCE(TRY_CAST({value} AS DECIMAL(38, 20))::VARCHAR, {value})" if kind == "N" else value


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise OperationError(f"the comparison ended early: {str(error).splitlines()[0]}") from error


def _rows(answer: Any) -> Iterator[tuple[Any, ...]]:  # noqa: ANN401
    while rows := answer.fetchmany(_ROWS):
        yield from rows


def _version(row: tuple[Any, ...]) -> Version:
    transaction_id, content, region, stored_at, *flags, entries, request_id = row
    places = frozenset(place for place, is_there in zip(COMPARED, flags, strict=True) if is_there)
    held = json.loads(content)
    if isinstance(held, str):
        return Version(None, places, entries, fingerprint=held)
    values = zip(CONTENT.items(), held, strict=True)
    item = {name: {kind: value} for (name, kind), value in values if value is not None}
    envelope = {"transactionId": transaction_id, "region": region, "storedAt": stored_at, "requestId": request_id}
    item |= {name: {"S": text} for name, text in envelope.items() if text}
    stored = read_item(item)
    fingerprint = "" if stored else hashlib.sha256(json.dumps(row[:4]).encode()).hexdigest()
    return Version(stored, places, entries, fingerprint)


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    return f"'{text.replace(chr(39), chr(39) * 2)}'"

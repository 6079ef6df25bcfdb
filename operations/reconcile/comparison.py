"""Runs `compare.sql` with DuckDB on disk, in constant memory: DuckDB spills the rest."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from string import Template
from typing import Any, Self

from handlers.payments.logged_payment import CONTENT
from operations.reconcile.evidence_database import MEMORY, EvidenceDatabase, listed, quoted
from operations.reconcile.sources import COMPARED, Place
from operations.reconcile.touched import HASH_IN_SQL, TouchedIds
from operations.reconcile.versions import Version, read_item

_HERE = Path(__file__).parent
_COLUMNS = "id VARCHAR, content VARCHAR, region VARCHAR, stored_at VARCHAR, logged_at VARCHAR, request_id VARCHAR"
_ALWAYS, _BEFORE = "~", ""
"""When lines of the log were written, as far as it matters: in the period, and before it."""


class Comparison(EvidenceDatabase):
    """Compares the versions of payments that the sources hold; a context manager.

    Args:
        spill: A directory for the database and for spilled data.
        since: The beginning of the period (ISO 8601); empty means no lower bound.
        memory: DuckDB's limit.
    """

    def __init__(self, spill: Path, *, since: str = "", memory: str = MEMORY) -> None:
        super().__init__(spill, memory=memory)
        self._since = since
        self._known: list[Place] = []

    def __enter__(self) -> Self:
        self.run(_macros())
        for place in COMPARED:
            self.run(f"CREATE TABLE {place} ({_COLUMNS})")
        self.run(f"CREATE VIEW period AS SELECT {quoted(self._since)} AS since")
        self.run("CREATE TABLE touched (id VARCHAR)")
        return self

    def load(self, files: Mapping[Place, Sequence[Path]]) -> None:
        """Read what places held in the period; a place that could not be read is absent, an empty one has no files.

        Raises:
            OperationError: A file cannot be read, or disk or memory is exhausted.
        """
        for place, some in files.items():
            self._known.append(place)
            self._insert(place, some, "table_items({})" if place.is_table else f"log_lines({{}}, '{_ALWAYS}')")
        self.run(f"INSERT INTO touched {_read('touched.sql')}")

    def touch(self, ids: Iterable[str], older_items: Mapping[Place, Sequence[Path]]) -> None:
        """Mark further payments as touched, with the replicas' versions from before the period.

        Raises:
            OperationError: As above.
        """
        for place, files in older_items.items():
            self._insert(place, files, "table_items({})")
        self.run("INSERT INTO touched SELECT unnest(?::VARCHAR[])", [list(ids)])

    def load_older_logs(self, place: Place, files: Sequence[Path]) -> None:
        """Read logs that were written before the period.

        Raises:
            OperationError: As above.
        """
        self._insert(place, files, f"log_lines({{}}, '{_BEFORE}')")

    def forget(self, place: Place) -> None:
        """Remove a source that turned out to be unreadable."""
        self._known.remove(place)
        self.run(f"TRUNCATE {place}")

    def touched(self) -> TouchedIds:
        """Return the ids of the payments that were touched in the period."""
        # Sorted by DuckDB, which can spill; Python would create an object per id.
        return TouchedIds(hashed for (hashed,) in self.rows(f"SELECT DISTINCT {HASH_IN_SQL} FROM touched ORDER BY 1"))  # noqa: S608

    def payments(self) -> dict[Place, int]:
        """Return how many payments of the period each source holds."""
        period = "AND id IN (SELECT id FROM touched)" if self._since else ""
        counted = {}
        for place in self._known:
            # A line may be logged twice, and an item be both in an export and in what was read since.
            counted[place] = self.count(f"SELECT COUNT(DISTINCT id) FROM {place} WHERE id <> '' {period}")  # noqa: S608 — own names
        return counted

    def latest_known(self) -> dict[str, str]:
        """Return, by region, when the last known payment that began there was stored."""
        rows = " UNION ALL ".join(f"SELECT region, stored_at FROM {place}" for place in self._known)  # noqa: S608
        return dict(
            self.rows(
                f"SELECT region, MAX(stored_at) FROM ({rows}) WHERE region <> '' AND stored_at <> '' GROUP BY region"  # noqa: S608
            )
        )

    def differing(self) -> Iterator[tuple[str, list[Version]]]:
        """Yield, by id, the versions of each payment on which the sources differ.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        known = " UNION ALL ".join(f"SELECT {quoted(place)} AS place" for place in self._known)
        self.run(f"CREATE VIEW known_places AS {known}")
        for transaction_id, rows in groupby(self.rows(_read("compare.sql")), key=lambda row: row[0]):
            yield transaction_id, [_version(row) for row in rows]

    def _insert(self, place: Place, files: Sequence[Path], source: str) -> None:
        if files:
            self.run(f"INSERT INTO {place} SELECT * FROM {source.format(listed(files))}")  # noqa: S608 — quoted


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

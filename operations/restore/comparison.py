"""Runs `compare.sql` with DuckDB on disk, in bounded memory, and reads the items of what differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from contract.environment import KIND_ATTRIBUTE, PARTITION_KEY, PAYMENT_KIND, REGION_ATTRIBUTE
from handlers.payments.model import payment_key
from operations.reconcile.evidence_database import MEMORY, EvidenceDatabase, listed, quoted
from operations.restore.findings import RestoreFinding
from operations.restore.judging import ComparedPayment, Judgement, WitnessReach, compared, judge_restored

_HERE = Path(__file__).parent
_COLUMNS = len(ComparedPayment._fields)
_TABLE = "id VARCHAR, state VARCHAR, request_id VARCHAR, region VARCHAR, stored_at VARCHAR, item VARCHAR"
_LOGS = (
    "id VARCHAR, state VARCHAR, request_id VARCHAR, region VARCHAR, stored_at VARCHAR, changed_at VARCHAR,"
    " content VARCHAR"
)


class Witness(StrEnum):
    """What is compared; the value is its relation in `compare.sql`."""

    RESTORED = "restored"
    SERVING = "serving_table"
    OTHER = "other_table"
    PRIMARY_LOGS = "primary_logs"
    STANDBY_LOGS = "standby_logs"

    @property
    def is_table(self) -> bool:
        """Return whether it holds items."""
        return self not in {Witness.PRIMARY_LOGS, Witness.STANDBY_LOGS}


class RestoreComparison(EvidenceDatabase):
    """Compares what was restored with what is live; a context manager.

    Args:
        spill: A directory for the database and for spilled data.
        moment: What was restored (ISO 8601).
        memory: DuckDB's limit.
    """

    def __init__(self, spill: Path, *, moment: str, memory: str = MEMORY) -> None:
        super().__init__(spill, memory=memory)
        self._moment = moment

    def __enter__(self) -> Self:
        self.run((_HERE / "sources.duckdb.sql").read_text(encoding="utf-8"))
        for witness in Witness:
            self.run(f"CREATE TABLE {witness} ({_TABLE if witness.is_table else _LOGS})")
        self.run("CREATE TABLE requests (request_id VARCHAR, status VARCHAR)")
        self.run(
            "CREATE VIEW answers AS SELECT request_id, COUNT(*) FILTER (status LIKE '2%') AS taken,"
            " COUNT(*) FILTER (status LIKE '5%') AS in_doubt FROM requests GROUP BY request_id"
        )
        return self

    def load(self, files: Mapping[Witness, Sequence[Path]]) -> None:
        """Read what the witnesses hold; one that could not be read has no files.

        Raises:
            OperationError: A file cannot be read, or disk or memory is exhausted.
        """
        for witness, some in files.items():
            if some:
                source = "table_items" if witness.is_table else "log_lines"
                self.run(f"INSERT INTO {witness} SELECT * FROM {source}({listed(some)})")  # noqa: S608 — quoted

    def load_requests(self, file: Path) -> None:
        """Read requests of the access logs, JSON lines of `requestId` and `status`.

        Raises:
            OperationError: As above.
        """
        if file.stat().st_size:
            self.run(
                'INSERT INTO requests SELECT "requestId", status FROM read_json('  # noqa: S608 — quoted
                f"{listed([file])}, format = 'newline_delimited',"
                " columns = {\"requestId\": 'VARCHAR', status: 'VARCHAR'})"
            )

    def compare(self, *, answers_since: str) -> None:
        """Compare everything; again, when more requests have been loaded.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        self.run(
            f"CREATE OR REPLACE VIEW moment AS SELECT {quoted(self._moment)} AS moment,"
            f" {quoted(answers_since)} AS answers_since"
        )
        self.run(f"CREATE OR REPLACE TABLE found AS {(_HERE / 'compare.sql').read_text(encoding='utf-8')}")

    @property
    def has_unanswered(self) -> bool:
        """Whether an added payment names a request of which nothing was read."""
        return bool(
            self.count("SELECT COUNT(*) FROM found WHERE restored IS NULL AND verdict IN ('unanswered', 'in doubt')")
        )

    @property
    def has_request_ids(self) -> bool:
        """Whether payments from before the moment name their requests."""
        return bool(self.count("SELECT COUNT(*) FROM restored WHERE request_id <> ''"))

    def payments(self) -> dict[Witness, int]:
        """Return how many payments each witness holds."""
        return {
            witness: self.count(f"SELECT COUNT(DISTINCT id) FROM {witness} WHERE id <> ''")  # noqa: S608 — own names
            for witness in Witness
        }

    def changed_before(self) -> int:
        """Return how many payments the logs show as changed before the moment: it may be too late."""
        return self.count(
            "SELECT COUNT(DISTINCT id) FROM (SELECT id, changed_at FROM primary_logs UNION ALL"  # noqa: S608
            f" SELECT id, changed_at FROM standby_logs) WHERE changed_at <> '' AND changed_at < {quoted(self._moment)}"
        )

    def findings(self, reach: WitnessReach) -> Iterator[RestoreFinding | None]:
        """Yield, by id, each payment that is not in order; None for one that was added and is.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        for row in self.rows(
            "SELECT found.*, restored.item, serving_table.item, kept.request_id, kept.region, kept.content"
            " FROM found"
            " LEFT JOIN restored ON restored.id = found.id"
            " LEFT JOIN serving_table ON serving_table.id = found.id"
            " LEFT JOIN (SELECT id, state, MAX(request_id) AS request_id, MAX(region) AS region,"
            " MAX(content) AS content FROM"
            " (SELECT * FROM primary_logs UNION ALL SELECT * FROM standby_logs) GROUP BY id, state) AS kept"
            " ON kept.id = found.id AND kept.state = found.promised_state"
            " ORDER BY found.id"
        ):
            finding = _finding(row, reach)
            if finding is not None or compared(row[:_COLUMNS]).serving is not None:
                yield finding


def _finding(row: tuple[Any, ...], reach: WitnessReach) -> RestoreFinding | None:
    payment = compared(row[:_COLUMNS])
    restored, seen, request_id, region, content = row[_COLUMNS:]
    judged: Judgement = judge_restored(payment, reach)
    if judged.kind is None:
        return None
    wanted = None if restored is None else json.loads(restored)
    if judged.from_log:
        wanted = _logged_item(payment.transaction_id, payment.promised_at, request_id, region, content)
    live = None if seen is None else json.loads(seen)
    return RestoreFinding(payment.transaction_id, judged.kind, judged.why, wanted, live)


def _logged_item(transaction_id: str, stored_at: str, request_id: str, region: str, content: str) -> dict[str, Any]:
    """Return the item that a line of the log describes."""
    fields: dict[str, Any] = json.loads(content)
    return {
        **fields,
        **({"requestId": {"S": request_id}} if request_id else {}),
        PARTITION_KEY: {"S": payment_key(transaction_id)},
        KIND_ATTRIBUTE: {"S": PAYMENT_KIND},
        "transactionId": {"S": transaction_id},
        REGION_ATTRIBUTE: {"S": region},
        "storedAt": {"S": stored_at},
    }

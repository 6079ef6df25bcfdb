"""Runs `compare.sql` with DuckDB on disk, in bounded memory, and reads the items of what differs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

import duckdb

from contract.environment import KIND_ATTRIBUTE, PARTITION_KEY, PAYMENT_KIND, REGION_ATTRIBUTE
from handlers.payments.model import payment_key
from operations.errors import OperationError
from operations.reconcile.comparison import MEMORY, THREADS
from operations.restore.findings import RestoreFinding
from operations.restore.judging import ComparedPayment, Judgement, WitnessReach, compared, judge_restored

_HERE = Path(__file__).parent
_ROWS = 1_000
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


class RestoreComparison(AbstractContextManager["RestoreComparison"]):
    """Compares what was restored with what is live; a context manager.

    Args:
        spill: A directory for the database and for spilled data.
        moment: What was restored (ISO 8601).
        memory: DuckDB's limit.
    """

    def __init__(self, spill: Path, *, moment: str, memory: str = MEMORY) -> None:
        self._moment = moment
        with _one_line():
            self._connection: Any = duckdb.connect(
                str(spill / "restored.duckdb"),
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
        self._run((_HERE / "sources.duckdb.sql").read_text(encoding="utf-8"))
        for witness in Witness:
            self._run(f"CREATE TABLE {witness} ({_TABLE if witness.is_table else _LOGS})")
        self._run("CREATE TABLE requests (request_id VARCHAR, status VARCHAR)")
        self._run(
            "CREATE VIEW answers AS SELECT request_id, COUNT(*) FILTER (status LIKE '2%') AS taken,"
            " COUNT(*) FILTER (status LIKE '5%') AS in_doubt FROM requests GROUP BY request_id"
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def load(self, files: Mapping[Witness, Sequence[Path]]) -> None:
        """Read what the witnesses hold; one that could not be read has no files.

        Raises:
            OperationError: A file cannot be read, or disk or memory is exhausted.
        """
        for witness, some in files.items():
            if some:
                source = "table_items" if witness.is_table else "log_lines"
                self._run(f"INSERT INTO {witness} SELECT * FROM {source}({_listed(some)})")  # noqa: S608 — quoted

    def load_requests(self, file: Path) -> None:
        """Read requests of the access logs, JSON lines of `requestId` and `status`.

        Raises:
            OperationError: As above.
        """
        if file.stat().st_size:
            self._run(
                'INSERT INTO requests SELECT "requestId", status FROM read_json('  # noqa: S608 — quoted
                f"{_listed([file])}, format = 'newline_delimited',"
                " columns = {\"requestId\": 'VARCHAR', status: 'VARCHAR'})"
            )

    def compare(self, *, answers_since: str) -> None:
        """Compare everything; again, when more requests have been loaded.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        self._run(
            f"CREATE OR REPLACE VIEW moment AS SELECT {_quoted(self._moment)} AS moment,"
            f" {_quoted(answers_since)} AS answers_since"
        )
        self._run(f"CREATE OR REPLACE TABLE found AS {(_HERE / 'compare.sql').read_text(encoding='utf-8')}")

    @property
    def has_unanswered(self) -> bool:
        """Whether an added payment names a request of which nothing was read."""
        return bool(
            self._one("SELECT COUNT(*) FROM found WHERE restored IS NULL AND verdict IN ('unanswered', 'in doubt')")
        )

    @property
    def has_request_ids(self) -> bool:
        """Whether payments from before the moment name their requests."""
        return bool(self._one("SELECT COUNT(*) FROM restored WHERE request_id <> ''"))

    def payments(self) -> dict[Witness, int]:
        """Return how many payments each witness holds."""
        return {
            witness: self._one(f"SELECT COUNT(DISTINCT id) FROM {witness} WHERE id <> ''")  # noqa: S608 — own names
            for witness in Witness
        }

    def changed_before(self) -> int:
        """Return how many payments the logs show as changed before the moment: it may be too late."""
        return self._one(
            "SELECT COUNT(DISTINCT id) FROM (SELECT id, changed_at FROM primary_logs UNION ALL"  # noqa: S608
            f" SELECT id, changed_at FROM standby_logs) WHERE changed_at <> '' AND changed_at < {_quoted(self._moment)}"
        )

    def findings(self, reach: WitnessReach) -> Iterator[RestoreFinding | None]:
        """Yield, by id, each payment that is not in order; None for one that was added and is.

        Raises:
            OperationError: Disk or memory is exhausted.
        """
        with _one_line():
            answer = self._connection.execute(
                "SELECT found.*, restored.item, serving_table.item, kept.request_id, kept.region, kept.content"
                " FROM found"
                " LEFT JOIN restored ON restored.id = found.id"
                " LEFT JOIN serving_table ON serving_table.id = found.id"
                " LEFT JOIN (SELECT id, state, MAX(request_id) AS request_id, MAX(region) AS region,"
                " MAX(content) AS content FROM"
                " (SELECT * FROM primary_logs UNION ALL SELECT * FROM standby_logs) GROUP BY id, state) AS kept"
                " ON kept.id = found.id AND kept.state = found.promised_state"
                " ORDER BY found.id"
            )
            while rows := answer.fetchmany(_ROWS):
                for row in rows:
                    finding = _finding(row, reach)
                    if finding is not None or compared(row[:_COLUMNS]).serving is not None:
                        yield finding

    def _one(self, question: str) -> int:
        with _one_line():
            (found,) = self._connection.execute(question).fetchone()
            return int(found)

    def _run(self, statement: str) -> None:
        with _one_line():
            self._connection.execute(statement)


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


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise OperationError(f"the comparison ended early: {str(error).splitlines()[0]}") from error


def _listed(files: Sequence[Path]) -> str:
    return f"[{', '.join(_quoted(str(path)) for path in files)}]"


def _quoted(text: str) -> str:
    doubled = text.replace("'", "''")
    return f"'{doubled}'"

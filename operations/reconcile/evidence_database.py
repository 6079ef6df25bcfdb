"""Runs SQL over what was read, with DuckDB on disk, in bounded memory: DuckDB spills the rest."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import duckdb
from botocore.exceptions import BotoCoreError

from operations.errors import OperationError

MEMORY = "512MB"
THREADS = 2
"""What DuckDB may hold at a time, and how many threads share it: each wants buffers of its own."""

_ROWS = 1_000


class EvidenceDatabase(AbstractContextManager["EvidenceDatabase"]):
    """A temporary database in one transaction; a context manager. Each error of DuckDB is an `OperationError`.

    Args:
        spill: A directory for the database and for spilled data.
        memory: DuckDB's limit.
    """

    def __init__(self, spill: Path, *, memory: str = MEMORY) -> None:
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
        self.run("BEGIN")  # the database is temporary, so no sync is needed

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def run(self, statement: str, parameters: Sequence[object] = ()) -> None:
        """Run a statement that answers nothing.

        Raises:
            OperationError: A file cannot be read, or disk or memory is exhausted.
        """
        with _one_line():
            self._connection.execute(statement, parameters or None)

    def rows(self, question: str) -> Iterator[tuple[Any, ...]]:
        """Yield the rows of an answer.

        Raises:
            OperationError: As above.
        """
        with _one_line():
            answer = self._connection.execute(question)
            while rows := answer.fetchmany(_ROWS):
                yield from rows

    def count(self, question: str) -> int:
        """Return the number that a question is answered by.

        Raises:
            OperationError: As above.
        """
        ((number,),) = self.rows(question)
        return int(number)


def quoted(text: str) -> str:
    """Return a text as an SQL literal."""
    doubled = text.replace("'", "''")
    return f"'{doubled}'"


def listed(files: Sequence[Path]) -> str:
    """Return the names of files as an SQL list."""
    return f"[{', '.join(quoted(str(path)) for path in files)}]"


@contextmanager
def room_on_disk(kilobytes_per_payment: int) -> Iterator[None]:
    """Report in one line that the directory for temporary files has no room.

    Raises:
        OperationError: It is full, or cannot be written.
    """
    try:
        yield
    except BotoCoreError:  # a TimeoutError is an OSError, too
        raise
    except OSError as error:
        raise OperationError(
            "TMPDIR must be a directory with room for what is compared, some "
            f"{kilobytes_per_payment} KB a payment: {error.strerror or error}"
        ) from error


@contextmanager
def _one_line() -> Iterator[None]:
    try:
        yield
    except duckdb.Error as error:
        raise OperationError(f"the comparison ended early: {str(error).splitlines()[0]}") from error

"""The journal of a plan: one line of JSON per event, on disk before the next event."""

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, TypeAdapter, ValidationError

from handlers.writer.item import Writer
from operations.errors import OperationError
from operations.plans.plan import Plan

Evidence = Mapping[str, str | int | float | bool]
"""What a step leaves for the record."""


class JournalError(OperationError):
    """A journal cannot be read or written."""


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    at: float
    """Seconds since the epoch."""


class Planned(_Record):
    """A plan begins: the original, or a roll back of it."""

    kind: Literal["planned"] = "planned"
    plan: Plan
    by: str
    reason: str
    time_scale: float
    nobody_since: float | Literal["unknown"] | None = None
    """Since when nobody took payments already, in seconds since the epoch; None while a region took them."""
    machine_ahead: float | None = None
    """Seconds by which this machine's clock, which all moments are of, was ahead of the site's; None if not known."""


class Begun(_Record):
    """A step of the latest plan begins, possibly repeated."""

    kind: Literal["begun"] = "begun"
    step: int


class Intended(_Record):
    """A change of the writer item is about to be sent; the item's `change_id` shows whether it was made."""

    kind: Literal["intended"] = "intended"
    step: int
    writer: Writer


class Done(_Record):
    """A step of the latest plan is done."""

    kind: Literal["done"] = "done"
    step: int
    seconds: float
    """How long it took, in emulated seconds."""
    evidence: Evidence
    writer: Writer | None = None
    """The writer item as the step left it; None unless the step changes it."""


class Failed(_Record):
    """A step of the latest plan failed; it may be repeated."""

    kind: Literal["failed"] = "failed"
    step: int
    error: str


class Overtaken(_Record):
    """Somebody else changed the writer: the latest plan has ended."""

    kind: Literal["overtaken"] = "overtaken"
    step: int
    error: str


Record = Planned | Begun | Intended | Done | Failed | Overtaken
_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Discriminator("kind")])


class Journal:
    """A file of records; a torn last line, left by a killed process, is ignored."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def append(self, record: Record) -> None:
        """Write a record to the disk.

        Raises:
            JournalError: It cannot be written.
        """
        try:
            with self.path.open("ab") as file:
                file.write(record.model_dump_json().encode() + b"\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise JournalError(f"the journal {self.path} must be writable: {error.strerror}") from error

    def records(self) -> Sequence[Record]:
        """Read all records.

        Raises:
            JournalError: The file is not a journal of this version.
        """
        aside = f"once its plan is settled, `mv {self.path} {self.path}.aside` puts it aside"
        try:
            lines = self.path.read_bytes().split(b"\n")[:-1]  # text after the last newline was never finished
            return [_RECORD.validate_json(line) for line in lines]
        except OSError as error:
            raise JournalError(f"the journal {self.path} must be readable: {error.strerror}; {aside}") from error
        except ValidationError as error:
            problem = _first(error)
            raise JournalError(f"{self.path} must be a journal of this version of `dr`: {problem}; {aside}") from error

    @property
    def is_held(self) -> bool:
        """Return whether a process on this machine is carrying out the plan."""
        try:
            with self.path.open("rb") as file:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    @contextmanager
    def held(self) -> Iterator[None]:
        """Lock the plan against other processes on this machine; append only within the block.

        Raises:
            JournalError: Another process holds the lock, or the journal cannot be written.
        """
        try:
            file = self.path.open("ab")
        except OSError as error:
            raise JournalError(f"the journal {self.path} must be writable: {error.strerror}") from error
        with file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise JournalError(f"another process carries out {self.path} right now") from None
            self._drop_torn_line()
            yield

    def _drop_torn_line(self) -> None:
        content = self.path.read_bytes()
        whole = content[: content.rfind(b"\n") + 1]
        if whole != content:
            os.truncate(self.path, len(whole))


class Journals:
    """The journals of one environment, in one directory."""

    def __init__(self, directory: Path, environment: str) -> None:
        self.directory = directory / environment

    def create(self, name: str) -> Journal:
        """Return a new journal, whose name sorts by time.

        Raises:
            JournalError: The directory cannot be created.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            path = self.directory / f"{name}.jsonl"
            path.touch(exist_ok=False)
        except OSError as error:
            raise JournalError(f"--journals must be a directory to write to, got {self.directory}: {error}") from error
        return Journal(path)

    def latest_first(self) -> list[Journal]:
        """Return all journals, the latest first."""
        return [Journal(path) for path in sorted(self.directory.glob("*.jsonl"), reverse=True)]


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"

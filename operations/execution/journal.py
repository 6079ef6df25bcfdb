"""The journal of a plan: a line of JSON for everything that happens, on disk before the next thing does."""

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
    """A plan begins: the first one, or a roll back of it."""

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
    """A step of the latest plan begins, maybe not for the first time."""

    kind: Literal["begun"] = "begun"
    step: int


class Intended(_Record):
    """A change of the writer item is about to be sent; whether it was made shows in its `change_id`."""

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
    """A step of the latest plan failed; it may be tried again."""

    kind: Literal["failed"] = "failed"
    step: int
    error: str


class Overtaken(_Record):
    """Somebody else changed the writer: the latest plan is at its end."""

    kind: Literal["overtaken"] = "overtaken"
    step: int
    error: str


Record = Planned | Begun | Intended | Done | Failed | Overtaken
_RECORD: TypeAdapter[Record] = TypeAdapter(Annotated[Record, Discriminator("kind")])


class Journal:
    """A file of records; the last line may be torn when its writer was killed, and does not count then."""

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
        """Read everything.

        Raises:
            JournalError: The file is no journal, or none of this version.
        """
        aside = f"once its plan is settled, `mv {self.path} {self.path}.aside` puts it aside"
        try:
            lines = self.path.read_bytes().split(b"\n")[:-1]  # what follows the last line's end was never finished
            return [_RECORD.validate_json(line) for line in lines]
        except OSError as error:
            raise JournalError(f"the journal {self.path} must be readable: {error.strerror}; {aside}") from error
        except ValidationError as error:
            problem = _first(error)
            raise JournalError(f"{self.path} must be a journal of this version of `dr`: {problem}; {aside}") from error

    @property
    def is_held(self) -> bool:
        """Return whether a process on this machine carries the plan out right now."""
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
        """Keep others on this machine from carrying out the same plan meanwhile; nothing is to be appended before.

        Raises:
            JournalError: Another process does, or the journal cannot be written.
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
    """The journals of one environment, in a directory."""

    def __init__(self, directory: Path, environment: str) -> None:
        self.directory = directory / environment

    def create(self, name: str) -> Journal:
        """Return a new journal; its name sorts it by time.

        Raises:
            JournalError: The directory cannot be made.
        """
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            path = self.directory / f"{name}.jsonl"
            path.touch(exist_ok=False)
        except OSError as error:
            raise JournalError(f"--journals must be a directory to write to, got {self.directory}: {error}") from error
        return Journal(path)

    def latest_first(self) -> list[Journal]:
        """Return the journals there are."""
        return [Journal(path) for path in sorted(self.directory.glob("*.jsonl"), reverse=True)]


def _first(error: ValidationError) -> str:
    detail = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"

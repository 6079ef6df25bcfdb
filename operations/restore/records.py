"""What a restore leaves on the machine that drives it: its trail, which is its state, its proposal and its repairs."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from operations.errors import OperationError, UsageError
from operations.reconcile.audit import finished_lines, verify

RESTORES = "restores"
"""The directory, beside an environment's journals."""

_TRAIL, _PROPOSAL = "trail.jsonl", "proposal.jsonl"


class RestoreState(StrEnum):
    """How far a restore has come; each is the trail's last event of that name."""

    PLANNED = "planned"
    COMPARED = "compared"
    AGREED = "agreed"
    REPAIRING = "repairing"
    REPAIRED = "repaired"
    FINISHED = "finished"


@dataclass(frozen=True)
class RestoreRecord:
    """One restore as its trail tells it."""

    folder: Path
    events: tuple[dict[str, Any], ...] = field(default=())

    @property
    def trail(self) -> Path:
        """The hash-chained file of what was planned, found, agreed and done."""
        return self.folder / _TRAIL

    @property
    def proposal(self) -> Path:
        """The file of everything that a repair would do."""
        return self.folder / _PROPOSAL

    @property
    def state(self) -> RestoreState:
        """How far it has come."""
        names = {str(each) for each in RestoreState}
        return RestoreState(next(each["event"] for each in reversed(self.events) if each["event"] in names))

    @property
    def is_finished(self) -> bool:
        """Whether nothing of it is left to be done."""
        return self.state is RestoreState.FINISHED

    def last(self, state: RestoreState) -> dict[str, Any] | None:
        """Return the last event of a state; None if there was none."""
        return next((each for each in reversed(self.events) if each["event"] == state), None)

    @property
    def planned(self) -> dict[str, Any]:
        """What was planned: moment, region, side table or export."""
        found = self.last(RestoreState.PLANNED)
        if found is None:
            raise OperationError(f"{self.trail} must begin with a plan")
        return found

    @property
    def compared(self) -> dict[str, Any]:
        """The latest comparison of which the proposal is.

        Raises:
            UsageError: Nothing was compared yet.
        """
        found = self.last(RestoreState.COMPARED)
        if found is None:
            raise UsageError("there is no proposal yet: `dr restore resume` goes on with the plan")
        return found

    @property
    def agreed_by(self) -> str | None:
        """Who agreed to the latest proposal beside the one who made it; None if nobody did."""
        found = self.last(RestoreState.AGREED)
        compared = self.last(RestoreState.COMPARED)
        return str(found["by"]) if found and compared and found["digest"] == compared["digest"] else None

    @property
    def done(self) -> int:
        """How many repairs of the latest proposal have been made or given up."""
        count = 0
        for each in self.events:
            if each["event"] == RestoreState.COMPARED:
                count = 0
            elif each["event"] == "progress":
                count = each["done"]
        return count


def read_record(folder: Path) -> RestoreRecord:
    """Read a restore's trail.

    Raises:
        OperationError: The trail cannot be read, or was changed.
    """
    path = folder / _TRAIL
    try:
        lines = finished_lines(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise OperationError(f"{path} must be readable: {getattr(error, 'strerror', error)}") from None
    verify(lines)
    return RestoreRecord(folder, tuple(map(json.loads, lines)))


def latest_record(directory: Path, *, only: Callable[[RestoreRecord], bool] = lambda _: True) -> RestoreRecord | None:
    """Return the restore that was planned last; None if there is none."""
    found = [read_record(path.parent) for path in sorted(directory.glob(f"*/{_TRAIL}"))]
    found = [each for each in found if each.events and only(each)]
    return max(found, key=lambda each: str(each.events[0]["at"]), default=None)

"""The record of a release: a line of JSON for each thing that happens, on the machine that drives it."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from operations.clock import OperationsClock
from operations.errors import OperationError
from operations.release.judging import BakeEvidence, BakeJudgement
from operations.release.release_display import ReleaseDisplay
from operations.release.release_document import evidence_document
from operations.release.release_plan import ReleaseStep
from operations.timestamps import for_names


class ReleaseRecord:
    """A file that grows; `at` is seconds since the epoch."""

    def __init__(self, directory: Path, suffix: str, clock: OperationsClock) -> None:
        self._clock = clock
        folder = directory / suffix / "releases"
        self.path = folder / f"{for_names(clock.time(), exact=True)}Z.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OperationError(
                f"--journals must be a directory that can be written, got {folder}: {error.strerror}"
            ) from None

    def write(self, kind: str, **what: Any) -> None:  # noqa: ANN401 — whatever JSON takes
        """Append a line; a full disk must not stop a release that is being put back."""
        line = json.dumps({"at": self._clock.time(), "kind": kind, **what}, default=str)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())


class RecordedRelease:
    """Shows a release to people, and writes it down."""

    def __init__(self, display: ReleaseDisplay, record: ReleaseRecord) -> None:
        self._display, self._record = display, record

    def begins(self, number: int, step: ReleaseStep) -> None:
        """Hear that a step begins."""
        self._record.write("begins", number=number, step=step.kind, role=step.role, share=step.share)
        self._display.begins(number, step)

    def looked(self, judgement: BakeJudgement, evidence: BakeEvidence) -> None:
        """Hear what was seen."""
        self._record.write(
            "looked", verdict=judgement.verdict, reason=judgement.reason, evidence=evidence_document(evidence)
        )
        self._display.looked(judgement, evidence)

    def ends(self, number: int, step: ReleaseStep, found: str) -> None:
        """Hear that a step is done."""
        self._record.write("ends", number=number, found=found)
        self._display.ends(number, step, found)

    def puts_back(self, why: str) -> None:
        """Hear that both regions are put back; a full disk keeps nobody from telling it, nor the other way round."""
        with suppress(OSError):
            self._record.write("puts-back", why=why)
        self._display.puts_back(why)

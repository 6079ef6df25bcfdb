"""The evidence folder of a drill: raw events, verdict, scenario, provenance, commands, report, manifest."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from operations.drills.events import AnyEvent, read_event
from operations.drills.measurements import Measurements, measure
from operations.drills.scenario import Scenario
from operations.drills.selecting import phase_starts
from operations.drills.verdict import DrillVerdict, judge
from operations.errors import OperationError
from operations.evidence.lanes import timeline
from operations.evidence.manifest import Difference, verify, write_manifest
from operations.evidence.picture import draw
from operations.evidence.provenance import Provenance
from operations.evidence.report import render

EVENTS = "events.jsonl"
VERDICT = "verdict.json"
SCENARIO = "scenario.json"
PROVENANCE = "provenance.json"
PICTURE = "timeline.svg"
REPORT = "report.html"


class VerdictFile(BaseModel):
    """The content of the verdict's file."""

    model_config = ConfigDict(frozen=True)

    verdict: DrillVerdict
    measurements: Measurements


@dataclass(frozen=True)
class Evidence:
    """An evidence folder that was read back."""

    judgement: VerdictFile
    scenario: Scenario
    provenance: Provenance
    differences: list[Difference]
    """From the manifest."""
    follows: bool
    """Whether the events lead to the verdict that the folder holds; a log that cannot be judged leads to none."""

    @property
    def is_sound(self) -> bool:
        """Return whether no file was changed and the verdict follows from the events."""
        return not self.differences and self.follows

    @property
    def passed(self) -> bool:
        """Return whether the drill passed and the evidence is sound."""
        return self.is_sound and self.judgement.verdict.passed


def judge_events(events: Sequence[AnyEvent], scenario: Scenario) -> VerdictFile:
    """Return the verdict that follows from a log."""
    measured = measure(events)
    return VerdictFile(
        verdict=judge(measured, scenario, complete=_is_complete(events, measured)), measurements=measured
    )


def _is_complete(events: Sequence[AnyEvent], measured: Measurements) -> bool:
    """Return whether a drill was completed: every step was done, rolled back and checked.

    The log's end record is no proof of that: an aborted drill rolls back and writes it, too.
    """
    checked = None not in (measured.unlogged, *measured.missing_after.values())
    return checked and not measured.failed_steps and not measured.not_put_back and "ended" in phase_starts(events)


def write(directory: Path, *, scenario: Scenario, provenance: Provenance) -> VerdictFile:
    """Judge a drill by the log in its folder, and write the other files beside it."""
    events = read_events(directory)
    judgement = judge_events(events, scenario)
    for name, model in ((VERDICT, judgement), (SCENARIO, scenario), (PROVENANCE, provenance)):
        (directory / name).write_text(model.model_dump_json(indent=2) + "\n", encoding="utf-8")
    picture = draw(timeline(events))
    (directory / PICTURE).write_text(picture + "\n", encoding="utf-8")
    page = render(
        events, judgement.measurements, judgement.verdict, scenario=scenario, provenance=provenance, picture=picture
    )
    (directory / REPORT).write_text(page, encoding="utf-8")
    write_manifest(directory)
    return judgement


def read(directory: Path) -> Evidence:
    """Read a folder back, verify its digests, and judge its events again.

    Raises:
        OperationError: It is not the evidence of a drill.
    """
    differences = verify(directory)
    try:
        judgement = VerdictFile.model_validate_json((directory / VERDICT).read_bytes())
        scenario = Scenario.model_validate_json((directory / SCENARIO).read_bytes())
        provenance = Provenance.model_validate_json((directory / PROVENANCE).read_bytes())
    except (OSError, ValidationError) as error:
        first = str(error).splitlines()[0]
        raise OperationError(f"{directory} must hold the evidence of a drill: {first}") from None
    try:
        follows = judge_events(read_events(directory), scenario) == judgement
    except (OperationError, ValueError, LookupError):  # lines are missing or changed
        follows = False
    return Evidence(judgement, scenario, provenance, differences, follows)


def read_events(directory: Path) -> list[AnyEvent]:
    """Read the event log of a folder.

    Raises:
        OperationError: It cannot be read.
    """
    try:
        return [read_event(line) for line in (directory / EVENTS).read_bytes().splitlines()]
    except (OSError, ValueError) as error:
        raise OperationError(
            f"{directory / EVENTS} must be a drill's event log: {str(error).splitlines()[0]}"
        ) from None

"""Steps that release a bad version: what they record, and that it is always taken away."""

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from contract.roles import Role
from operations.drills.events import FaultChange, ReleaseEnded, VersionPublished
from operations.drills.planted_versions import PlantedFault
from operations.drills.publishing import PublishingError
from operations.drills.scenario_steps import Publish, ReleaseVersion
from operations.drills.selecting import of_kind
from operations.drills.steps import DrillStepError
from tests.unit.operations.drills.stage import Stage, stage

PUBLISH = Publish(do="publish", id="bad-version", fault="crashes-on-instalments")
RELEASE = ReleaseVersion(do="release", bake="2m", shares="1,3")

PROGRAM = """
import json, pathlib, sys
with open('said', 'a') as file:
    print(' '.join(sys.argv[1:]), file=file)
answer = pathlib.Path('answer')
if 'start' in sys.argv:
    print(answer.read_text())
    sys.exit(int(pathlib.Path('status').read_text()))
"""


class Publisher:
    """Publishes in memory."""

    def __init__(self) -> None:
        self.published: list[str] = []
        self.problem = ""

    @property
    def has_changed(self) -> bool:
        return bool(self.published)

    def publish(self, name: str, fault: PlantedFault) -> Mapping[Role, tuple[str, str]]:
        self.published.append(f"{name}: {fault.says}")
        if self.problem:
            raise PublishingError(self.problem)
        return {Role.PRIMARY: ("3", "5"), Role.STANDBY: ("4", "6")}

    def take_away(self) -> None:
        if self.problem:
            raise PublishingError(self.problem)
        self.published.clear()


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publisher: Publisher) -> Stage:
    (tmp_path / "operations.py").write_text(PROGRAM)
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    return stage(tmp_path, publisher=publisher)


def answers(directory: Path, *, status: int = 1, verdict: str = "undo", **document: object) -> None:
    """Let `dr release start` say this, and have a record of its looks."""
    record = directory / "record.jsonl"
    looked = [{"kind": "begun"}, {"kind": "looked", "verdict": "wait"}, {"kind": "looked", "verdict": verdict}]
    record.write_text("".join(f"{json.dumps(each)}\n" for each in looked))
    (directory / "answer").write_text(json.dumps({"record": str(record), **document}))
    (directory / "status").write_text(str(status))


def test_what_is_published_is_a_fault_in_both_regions(on: Stage) -> None:
    on.performer.perform(PUBLISH)
    published = of_kind(on.log.events, VersionPublished)
    assert [(each.role, each.before, each.version) for each in published] == [
        (Role.PRIMARY, "3", "5"),
        (Role.STANDBY, "4", "6"),
    ]
    (fault,) = of_kind(on.log.events, FaultChange)
    assert (fault.id, fault.active) == ("bad-version", True)


def test_a_release_that_is_put_back_is_what_was_to_be_seen(on: Stage, tmp_path: Path) -> None:
    stored = {"transactionIds": ["a", "b"], "inDoubt": ["b"], "unknown": ["a log was late"], "readUntil": None}
    answers(tmp_path, outcome="undone", reason="3 of 9 requests failed", storedPayments=stored)
    on.performer.perform(RELEASE)
    assert (tmp_path / "said").read_text() == "release start --yes --bake 2m --shares 1,3\n"
    (ended,) = of_kind(on.log.events, ReleaseEnded)
    assert (ended.outcome, ended.reason, ended.judged) == ("undone", "3 of 9 requests failed", True)
    assert (ended.listed, ended.unknown) == (("a", "b"), ("a log was late",))


def test_one_that_goes_through_is_recorded_for_the_verdict(on: Stage, tmp_path: Path) -> None:
    answers(tmp_path, status=0, verdict="pass", outcome="done", reason=None)
    on.performer.perform(RELEASE)
    (ended,) = of_kind(on.log.events, ReleaseEnded)
    assert (ended.outcome, ended.judged, ended.listed) == ("done", False, None)


def test_one_that_says_nothing_fails_the_step(on: Stage, tmp_path: Path) -> None:
    answers(tmp_path)
    with pytest.raises(DrillStepError, match="the release did not say how it ended: KeyError"):
        on.performer.perform(RELEASE)


def test_the_way_back_aborts_whatever_releases_and_takes_the_version_away(
    on: Stage, publisher: Publisher, tmp_path: Path
) -> None:
    on.performer.perform(PUBLISH)
    on.performer.heal_all()  # which is about injected faults
    on.performer.require_faults()
    on.performer.take_versions_away()
    assert (tmp_path / "said").read_text() == "release abort\n"
    assert publisher.published == []
    assert [each.active for each in of_kind(on.log.events, FaultChange)] == [True, False]


def test_what_was_published_half_is_taken_away_too(on: Stage, publisher: Publisher) -> None:
    publisher.problem = "no answer"
    with pytest.raises(DrillStepError, match="no answer"):
        on.performer.perform(PUBLISH)
    publisher.problem = ""
    on.performer.take_versions_away()
    assert publisher.published == []


def test_leftovers_are_reported(on: Stage, publisher: Publisher) -> None:
    on.performer.perform(PUBLISH)
    publisher.problem = "payment-api-us-east-2-dev: no answer"
    with pytest.raises(DrillStepError, match="payment-api-us-east-2-dev: no answer"):
        on.performer.take_versions_away()


def test_nothing_is_reported_without_a_published_version(on: Stage, tmp_path: Path) -> None:
    on.performer.take_versions_away()
    assert on.log.events == []
    assert not (tmp_path / "said").exists()


def test_without_a_deployers_rights_nothing_is_published(tmp_path: Path) -> None:
    with pytest.raises(DrillStepError, match="nobody may publish a version here"):
        stage(tmp_path).performer.perform(PUBLISH)

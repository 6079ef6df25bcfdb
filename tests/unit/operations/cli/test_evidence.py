"""`dr evidence`: chooses the journal, writes the folder, and says what is missing yet."""

import json
from email.utils import formatdate
from pathlib import Path

import pytest

from operations.cli import app as command_line
from operations.cli.exit_status import DONE, FAILED, REFUSED, UNVERIFIED
from operations.execution.journal import Journal
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.cli.test_traffic import Operator
from tests.unit.operations.evidence.observed import Observed
from tests.unit.operations.evidence.test_move_evidence import LATE, busy, records

NAME = "19700101T001000.000000Z-switchover"


class Incident:
    """An incident's directory with one journal."""

    def __init__(self, patch: pytest.MonkeyPatch, directory: Path) -> None:
        self.patch, self.journals = patch, directory / "journals"
        self.journal = self.journals / "dev" / f"{NAME}.jsonl"
        self.folder = self.journals / "dev" / "evidence" / NAME
        self.journal.parent.mkdir(parents=True)
        self.journal.touch()
        patch.setattr("operations.execution.journal.os.fsync", lambda _: None)
        for each in records():
            Journal(self.journal).append(each)

    def run(self, *arguments: str, observed: Observed | None = None, now: float = LATE, ahead: float = 0.0) -> int:
        """Run `dr evidence` at a moment of the site's, on a machine whose clock is ahead of it."""
        aws = (observed or busy()).aws
        aws.date = formatdate(now, usegmt=True)
        opened(self.patch, aws=aws, clock=FakeClock(now + ahead))
        return command_line.main(["evidence", *arguments, "--journals", str(self.journals)])


@pytest.fixture
def incident(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Incident:
    return Incident(monkeypatch, tmp_path)


def test_latest_journal_is_meant(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    assert incident.run() == DONE
    out = capsys.readouterr().out
    assert "No payment acknowledged (metrics)" in out
    assert f"Evidence: {incident.folder / 'report.md'}" in out
    assert (incident.folder / "timeline.svg").exists()


def test_journal_is_named(incident: Incident) -> None:
    elsewhere = incident.journal.parent.parent / "copied.jsonl"
    incident.journal.rename(elsewhere)
    assert incident.run() == FAILED
    assert incident.run(str(elsewhere)) == DONE
    assert (elsewhere.parent / "evidence" / "copied" / "evidence.json").exists()


def test_minutes_that_have_not_arrived_are_unverified(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    assert incident.run(now=700) == UNVERIFIED
    assert "Not complete: metrics arrive minutes late. Read again after 1970-01-01 00:19:00 UTC." in (
        capsys.readouterr().out
    )


def test_clock_that_is_ahead_makes_no_minute_arrive(incident: Incident) -> None:
    assert incident.run(now=700, ahead=600) == UNVERIFIED


def test_journals_that_moved_nothing_are_passed_over(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    empty, planned = (incident.journal.with_name(f"2026013{each}T000000.000000Z-stop.jsonl") for each in (1, 0))
    empty.touch()
    Journal(planned).append(records()[0])
    assert incident.run() == DONE
    assert f"Evidence: {incident.folder / 'report.md'}" in capsys.readouterr().out
    for each in (empty, planned):
        assert incident.run(str(each)) == REFUSED
        assert "JOURNAL must be of a move, got one that moved nothing" in capsys.readouterr().err


def test_it_is_json_when_asked_for(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    assert incident.run("--output", "json") == DONE
    assert json.loads(capsys.readouterr().out)["storedGapSeconds"] == 10.75


def test_journal_of_another_environment(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    incident.journal.write_text(incident.journal.read_text().replace('"environment":"dev"', '"environment":"prod"'))
    assert incident.run() == REFUSED
    assert "JOURNAL must be of dev, got one of prod" in capsys.readouterr().err


def test_file_that_is_no_journal(incident: Incident, capsys: pytest.CaptureFixture[str]) -> None:
    incident.journal.write_text("{}\n")
    assert incident.run() == FAILED
    assert "must be a journal" in capsys.readouterr().err


class TestMove:
    """The move itself writes what it has measured, and names the command that measures the rest."""

    @pytest.fixture
    def operator(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Operator:
        return Operator(monkeypatch, tmp_path)

    def test_last_lines_name_the_command(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", "--yes") == DONE
        (journal,) = (operator.journals / "dev").glob("*.jsonl")
        assert f"UTC on, `dr evidence {journal}` measures what payers saw." in capsys.readouterr().out
        report = operator.journals / "dev" / "evidence" / journal.stem / "report.md"
        assert "Only the journal: metrics have not been read." in report.read_text()

    def test_it_is_in_the_json(self, operator: Operator, capsys: pytest.CaptureFixture[str]) -> None:
        assert operator.run("switchover", "--yes", "--output", "json") == DONE
        folder = Path(json.loads(capsys.readouterr().out)["evidence"])
        assert (folder / "evidence.json").exists()

    def test_switch_that_payers_do_not_notice_has_none(
        self, operator: Operator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert operator.run("automatic", "off", "--yes") == DONE
        assert "dr evidence" not in capsys.readouterr().out
        assert not (operator.journals / "dev" / "evidence").exists()

    def test_evidence_that_cannot_be_written_leaves_the_move_done(
        self, operator: Operator, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (operator.journals / "dev").mkdir(parents=True)
        (operator.journals / "dev" / "evidence").touch()
        assert operator.run("switchover", "--yes") == DONE
        assert "dr evidence" in capsys.readouterr().out

    @pytest.mark.parametrize("error", [RuntimeError("a bug"), KeyboardInterrupt()])
    def test_whatever_happens_meanwhile_leaves_the_move_done(
        self,
        operator: Operator,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        error: BaseException,
    ) -> None:
        told: list[str] = []

        def fail(*_: object) -> None:
            told.append(capsys.readouterr().out)
            raise error

        monkeypatch.setattr("operations.cli.traffic_run.write_move_evidence", fail)
        assert operator.run("switchover", "--yes", "--output", "json") == DONE
        assert json.loads(told[0])["outcome"] == "done"

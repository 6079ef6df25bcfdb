"""The event log: what is written, and what happens when it cannot be."""

from pathlib import Path

from operations.drills.events import AnyEvent, Phase, StepChange
from operations.drills.log import EventLog
from operations.drills.measurements import failed
from tests.unit.fake_clock import FakeClock


def test_a_full_disk_ends_the_file_and_not_the_drill(tmp_path: Path) -> None:
    told: list[AnyEvent] = []
    log = EventLog(tmp_path / "events.jsonl", FakeClock())
    log.listen(told.append)
    log.record(Phase, name="steady")
    log._file.close()
    log._file = Path("/dev/full").open("w", encoding="utf-8")  # noqa: SIM115 — a log keeps its file open
    log.record(Phase, name="rollback")
    log._file = (tmp_path / "again.jsonl").open("w", encoding="utf-8")
    log.record(StepChange, says="heal every fault", state="failed", detail="no")
    log.close()
    assert (tmp_path / "again.jsonl").read_text() == ""  # there is a gap: what came after proves nothing
    assert (tmp_path / "events.jsonl").read_text().count("\n") == 1
    assert len(told) == len(log.events) == 3
    assert failed(log.events) == ("heal every fault: no",)

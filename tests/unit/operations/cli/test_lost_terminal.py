"""A terminal that is lost, or a process that is ended, interrupts a move as Ctrl-C does."""

import os
import pty
import signal
import subprocess
import time
from pathlib import Path

from operations.cli.exit_status import INTERRUPTED, REFUSED
from operations.execution.journal import Done, Failed, Journals, Planned
from operations.plans.plan import Purpose
from tests.unit.operations.cli.moves import start_move


def await_middle(directory: Path, process: "subprocess.Popen[bytes]") -> None:
    """Wait until a move has closed its source."""
    while not (directory / "middle").exists():
        assert process.poll() is None
        time.sleep(0.02)


def require_undone(directory: Path) -> None:
    """Require that the journal tells of the interruption, and that its last plan, the way back, is done."""
    (journal,) = Journals(directory / "journals", "dev").latest_first()
    records = journal.records()
    assert [each.error for each in records if isinstance(each, Failed)] == ["interrupted"]
    plans = [each.plan for each in records if isinstance(each, Planned)]
    assert [each.purpose for each in plans] == [Purpose.SWITCHOVER, Purpose.ROLL_BACK]
    done = records[records.index(next(each for each in records if isinstance(each, Failed))) :]
    assert len([each for each in done if isinstance(each, Done)]) == len(plans[-1].steps)


def test_switchover_whose_terminal_is_lost_is_undone(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = start_move(tmp_path, "switchover", "--yes", stdin=theirs, output=theirs)
    os.close(theirs)
    await_middle(tmp_path, process)
    os.close(ours)  # the kernel sends SIGHUP, and whatever is written fails
    assert process.wait(timeout=600) == INTERRUPTED
    require_undone(tmp_path)


def test_switchover_that_is_ended_is_undone_and_says_so(tmp_path: Path) -> None:
    process = start_move(tmp_path, "switchover", "--yes")
    await_middle(tmp_path, process)
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=600)
    assert process.returncode == INTERRUPTED
    assert b"interrupted: by Ctrl-C or a signal; undone: tests opened us-east-1" in output
    assert b"Journal: " in output
    require_undone(tmp_path)


def test_terminal_that_is_lost_while_it_asks_changes_nothing(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = start_move(tmp_path, "switchover", stdin=theirs, output=theirs)
    os.close(theirs)
    shown = b""
    while b"Type dev to go on" not in shown:
        shown += os.read(ours, 4096)
    os.close(ours)
    assert process.wait(timeout=600) == INTERRUPTED
    assert not [*Journals(tmp_path / "journals", "dev").latest_first()]


def test_terminal_that_was_never_there_cannot_be_asked(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    os.close(ours)
    process = start_move(tmp_path, "switchover", stdin=theirs, output=theirs)
    os.close(theirs)
    assert process.wait(timeout=600) == REFUSED

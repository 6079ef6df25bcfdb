"""A run's directory is gone afterwards, and what a killed emulator left goes with the next start."""

import fcntl
import os
import shutil
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from emulator.run_directory import REMOVAL, run_directory


def leave(parent: Path, name: str, *, age: float) -> Path:
    """Make a directory as an emulator has it, last touched some seconds ago."""
    directory = parent / name
    directory.mkdir()
    (directory / "lock").touch()
    os.utime(directory / "lock", (time.time() - age,) * 2)
    return directory


def await_removal() -> None:
    """Wait until the thread that removes leftovers has ended."""
    for thread in threading.enumerate():
        if thread.name == REMOVAL:
            thread.join()


def test_it_lasts_as_long_as_the_run(tmp_path: Path) -> None:
    with run_directory(tmp_path) as directory:
        assert directory.parent == tmp_path
        assert directory.is_dir()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_are_removed_but_nothing_else(tmp_path: Path) -> None:
    left = leave(tmp_path, "emulator-left", age=3600)
    young = leave(tmp_path, "emulator-starting", age=1)
    running = leave(tmp_path, "emulator-running", age=3600)
    others = leave(tmp_path, "somebody-elses", age=3600)
    with (running / "lock").open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with run_directory(tmp_path):
            await_removal()
    assert not left.exists()
    assert all(each.is_dir() for each in (young, running, others))


def test_a_start_does_not_wait_for_the_removal_of_leftovers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = leave(tmp_path, "emulator-left", age=3600)
    entered = threading.Event()

    def slow(path: Path, *, ignore_errors: bool) -> None:
        assert entered.wait(60)
        shutil.rmtree(path, ignore_errors=ignore_errors)

    monkeypatch.setattr("emulator.run_directory.shutil", SimpleNamespace(rmtree=slow))  # not that of `tempfile`
    with run_directory(tmp_path) as directory:
        assert directory.is_dir()
        assert left.is_dir()
        entered.set()
        await_removal()
    assert not left.exists()

"""A run's directory is gone afterwards, and what a killed emulator left goes with the next start."""

import fcntl
import os
import time
from pathlib import Path

from emulator.run_directory import run_directory


def leave(parent: Path, name: str, *, age: float) -> Path:
    """Make a directory as an emulator has it, last touched some seconds ago."""
    directory = parent / name
    directory.mkdir()
    (directory / "lock").touch()
    os.utime(directory / "lock", (time.time() - age,) * 2)
    return directory


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
            assert not left.exists()
    assert all(each.is_dir() for each in (young, running, others))

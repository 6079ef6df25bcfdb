"""Whoever runs an emulator by the Python API hears of its end; a script stands in for the emulator."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from emulator import EndedError, StartError, running

Script = Callable[[str], None]

FAILED = "the part 'schedules' failed: ZeroDivisionError: by nothing"
ENDS = f"trap '' TERM; echo '# Ready.'; echo \"{FAILED}\" >&2; exit 1"


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Script:
    """Take the place of the emulator's process."""

    def replace(commands: str) -> None:
        path = tmp_path / "emulator"
        path.write_text(f"#!/bin/sh\n{commands}\n")
        path.chmod(0o700)
        monkeypatch.setattr(sys, "executable", str(path))

    return replace


def test_one_that_failed_meanwhile_fails_the_run(script: Script) -> None:
    script(ENDS)
    with pytest.raises(EndedError, match=f"^the emulator ended with status 1: {FAILED}$"), running():
        pass


def test_one_that_was_about_to_end_fails_the_run(script: Script) -> None:
    script("trap 'exit 1' TERM; echo '# Ready.'; while :; do sleep 0.01; done")
    with pytest.raises(EndedError, match="ended with status 1"), running():
        pass


def test_an_exception_of_the_block_goes_on_and_takes_a_note_along(script: Script) -> None:
    script(ENDS)
    of_the_block = LookupError("of the block")
    with pytest.raises(LookupError) as raised, running():
        raise of_the_block
    assert raised.value is of_the_block
    assert of_the_block.__notes__ == [f"the emulator ended with status 1: {FAILED}"]


def test_one_that_did_not_start_says_so_once(script: Script) -> None:
    script(f'echo "{FAILED}" >&2; exit 1')
    with pytest.raises(StartError, match=FAILED) as raised, running():
        pass
    assert not hasattr(raised.value, "__notes__")


def test_one_that_hangs_is_ended_and_the_error_says_after_how_long(script: Script) -> None:
    script("trap '' TERM; exec sleep 600")
    with (
        pytest.raises(StartError, match=r"^the emulator did not start within 0\.2 s: it said nothing"),
        running(start_seconds=0.2),
    ):
        pass


def test_one_that_is_stopped_is_no_error(script: Script) -> None:
    script("trap 'exit 0' TERM; echo '# Ready.'; while :; do sleep 0.01; done")
    with running():
        pass

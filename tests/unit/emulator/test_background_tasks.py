"""Parts run beside everything else; when one fails, the emulator is told to end."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from emulator.background_tasks import Parts


@dataclass
class Sample:
    """A part that does what it is given."""

    name: str
    work: Callable[[], Awaitable[object]]

    async def run(self) -> None:
        await self.work()


async def forever() -> None:
    await asyncio.get_running_loop().create_future()


async def crash() -> None:
    raise ZeroDivisionError("by nothing")


async def end() -> None:
    return


def run(*samples: Sample) -> tuple[list[str], dict[str, object]]:
    """Let parts run for a moment; return how often failure was told, and the status before the end."""
    told: list[str] = []

    async def supervise() -> dict[str, object]:
        parts = Parts(failed=lambda: told.append("failed"))
        for sample in samples:
            parts.add(sample)
        parts.report("backlog", lambda: {"pending": 3})
        parts.report("broken", lambda: {"a": 1 // 0})
        parts.start()
        await asyncio.sleep(0.01)
        status = parts.status()
        await parts.stop()
        return status

    return told, asyncio.run(supervise())


def test_parts_run_until_they_are_stopped(capsys: pytest.CaptureFixture[str]) -> None:
    told, status = run(Sample("clockwork", forever))
    assert told == []
    assert status["parts"] == {"clockwork": "running"}
    assert capsys.readouterr().err == ""


def test_the_status_shows_what_parts_report() -> None:
    _, status = run(Sample("clockwork", forever))
    assert status["backlog"] == {"pending": 3}
    assert status["broken"] == {"error": "ZeroDivisionError: integer division or modulo by zero"}


def test_a_crash_is_reported_and_ends_the_emulator(capsys: pytest.CaptureFixture[str]) -> None:
    told, status = run(Sample("clockwork", forever), Sample("bomb", crash))
    said = capsys.readouterr().err
    assert told == ["failed"]
    assert status["parts"] == {"clockwork": "running", "bomb": "ended"}
    assert said.splitlines()[-1] == "emulator: the part 'bomb' failed: ZeroDivisionError: by nothing"
    assert "in crash" in said  # where it happened


def test_a_part_that_ends_by_itself_has_failed(capsys: pytest.CaptureFixture[str]) -> None:
    told, _ = run(Sample("idler", end))
    assert told == ["failed"]
    assert capsys.readouterr().err == "emulator: the part 'idler' failed: it ended by itself\n"

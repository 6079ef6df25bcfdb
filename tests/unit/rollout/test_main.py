"""The command line: one line for a mistake, several for a refused plan, and the exit status of each end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operations.errors import OperationError, OperatorCancelledError, UsageError
from rollout import __main__ as command
from rollout.rollout import (
    HalfwayError,
    InterruptedRolloutError,
    RefusedRolloutError,
    Rollout,
    RolloutWishes,
    UnverifiedRolloutError,
)
from rollout.terraform import TerraformInterruptedError

Call = Callable[..., int]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Run the command with arguments, with credentials that nobody checks."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "EMULATOR_CONTROL_URL", "EMULATOR_DNS_PORT", "DR_STANDBY_REGION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("ENVIRONMENT_SUFFIX", "dev")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(command, "taken_for_ctrl_c", lambda: None)

    def called(*arguments: str) -> int:
        monkeypatch.setattr("sys.argv", ["rollout", *arguments])
        return command.main()

    return called


@pytest.fixture
def wishes(monkeypatch: pytest.MonkeyPatch) -> list[RolloutWishes]:
    """What rollouts are asked for, none of which is run."""
    given: list[RolloutWishes] = []
    monkeypatch.setattr(Rollout, "run", lambda self: given.append(self.wishes))
    return given


def test_options_reach_the_rollout(call: Call, wishes: list[RolloutWishes]) -> None:
    assert call("--dry-run", "--watch", "5m", "--may-destroy", "a.b", "--may-destroy", "c.d") == 0
    assert wishes == [RolloutWishes(dry_run=True, watch_seconds=300, may_destroy=["a.b", "c.d"])]


def test_mistake_is_one_line(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--watch", "soon") == 2
    assert capsys.readouterr().err == ("rollout: --watch must be a number with s, m, h or d, such as 10m, got soon\n")


def test_unknown_option_is_one_line(call: Call, capsys: pytest.CaptureFixture[str]) -> None:
    assert call("--targets", "x") == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (RefusedRolloutError("one\ntwo"), 2),
        (UsageError("no writer"), 2),
        (OperationError("no"), 1),
        (HalfwayError("applied: 1 change"), 1),
        (UnverifiedRolloutError("applied: all"), 3),
        (InterruptedRolloutError("applied: 1 change"), 130),
        (TerraformInterruptedError("interrupted"), 130),
        (OperatorCancelledError(), 130),
        (KeyboardInterrupt(), 130),
    ],
    ids=lambda value: type(value).__name__,
)
def test_exit_status(
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    status: int,
) -> None:
    def end(_: Rollout) -> None:
        raise error

    monkeypatch.setattr(Rollout, "run", end)
    assert call() == status
    said = str(error) or "cancelled, nothing was changed"
    assert capsys.readouterr().err.splitlines() == [f"rollout: {line}" for line in said.splitlines()]

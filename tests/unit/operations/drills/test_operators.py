"""Commands of a drill are processes of their own; here, ones of Python."""

from pathlib import Path

import pytest

from contract.roles import Role
from operations.drills.events import PaymentAttempt, StepChange
from operations.drills.scenario_steps import AtOnce, Command
from operations.drills.selecting import of_kind
from operations.drills.steps import DrillStepError
from tests.unit.operations.drills.logs import attempt, dns
from tests.unit.operations.drills.stage import Stage, stage
from tests.unit.operations.drills.trails import found, write_trail

PROGRAM = """
import sys, time
print('dr: no primary', file=sys.stderr)
print(*sys.argv[1:])
time.sleep(60 if 'hang' in sys.argv else 0)
sys.exit({'done': 0, 'fail': 1, 'refuse': 2, 'break': 7}[sys.argv[1]])
"""


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    (tmp_path / "operations.py").write_text(PROGRAM)
    monkeypatch.setattr("operations.drills.commands.ROOT", tmp_path)
    return stage(tmp_path)


class TestOne:
    """One command after the other."""

    def test_one_that_ends_well(self, on: Stage) -> None:
        on.performer.perform(Command(do="dr", arguments=("done",)))
        assert of_kind(on.log.events, StepChange)[-1].state == "done"

    def test_failed_command_reports_the_reason(self, on: Stage) -> None:
        with pytest.raises(DrillStepError, match="exit status 1: dr: no primary"):
            on.performer.perform(Command(do="dr", arguments=("fail",)))

    def test_regions_are_named_in_it(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(Command(do="dr", arguments=("done", "--to", "{standby}")))
        assert (tmp_path / "commands" / "01-done.out").read_text() == "done --to us-east-2\n"

    def test_a_refusal_is_repeated_for_a_while(self, on: Stage, tmp_path: Path) -> None:
        with pytest.raises(DrillStepError, match="exit status 2"):
            on.performer.perform(Command(do="dr", arguments=("refuse",), within=8))
        assert len(list((tmp_path / "commands").glob("*.err"))) == 3

    def test_a_refused_failback_is_tried_again_at_once_with_what_was_judged(self, on: Stage, tmp_path: Path) -> None:
        (tmp_path / "operations.py").write_text("import sys\nsys.exit(0 if '--accepted' in sys.argv else 2)\n")
        write_trail(tmp_path / "trails", found("a"))
        on.log.record(PaymentAttempt, **attempt(1, "a", status=None).model_dump(exclude={"at", "elapsed", "kind"}))
        on.performer.perform(Command(do="dr", arguments=("failback", "--yes")))
        assert on.clock.passed == 0
        assert of_kind(on.log.events, StepChange)[-2].says == "judge as paid once: a"

    def test_one_is_killed_when_it_is_time(self, on: Stage) -> None:
        on.watch.note(dns(5, Role.STANDBY))
        on.performer.perform(Command(do="dr", arguments=("done", "hang"), kill_when="dns=standby"))
        assert of_kind(on.log.events, StepChange)[-1].state == "done"

    def test_one_that_ends_before_fails_the_step(self, on: Stage) -> None:
        with pytest.raises(DrillStepError, match="before dns=standby"):
            on.performer.perform(Command(do="dr", arguments=("done",), kill_when="dns=standby"))


class TestAtOnce:
    """Several operators, each on a machine of their own."""

    @staticmethod
    def step(*names: str) -> AtOnce:
        return AtOnce(do="at-once", commands=tuple((name,) for name in names))

    def test_one_wins_and_the_other_says_why_it_did_not(self, on: Stage) -> None:
        on.performer.perform(self.step("done", "fail"))
        told = [(each.says, each.detail) for each in of_kind(on.log.events, StepChange)][1:3]
        assert told == [("dr done", "done"), ("dr fail", "exit status 1: dr: no primary")]

    def test_a_refusal_is_an_answer_too(self, on: Stage) -> None:
        on.performer.perform(self.step("refuse", "done"))

    def test_who_finds_it_done_already_has_not_done_it(self, on: Stage, tmp_path: Path) -> None:
        program = """import sys
print('{"outcome": "already-done"}' if sys.argv[1] == 'late' else '{}')
"""
        (tmp_path / "operations.py").write_text(program)
        on.performer.perform(self.step("done", "late"))

    def test_each_has_journals_of_their_own(self, on: Stage, tmp_path: Path) -> None:
        on.performer.perform(self.step("done", "fail"))
        commands = tmp_path / "commands"
        said = [(commands / name).read_text().split()[-1] for name in ("01-done.out", "02-fail.out")]
        assert said == [str(commands / "journals-1"), str(commands / "journals-2")]

    @pytest.mark.parametrize(
        ("names", "said"),
        [
            (("done", "done"), "exactly one command must come to its end, but 2 did"),
            (("fail", "refuse"), "but 0 did"),
            (("done", "break"), "a command ended with 7"),
        ],
    )
    def test_anything_else_fails_the_step(self, on: Stage, names: tuple[str, str], said: str) -> None:
        with pytest.raises(DrillStepError, match=said):
            on.performer.perform(self.step(*names))

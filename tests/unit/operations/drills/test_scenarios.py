"""Scenarios: those that come with the project, and what is refused."""

from pathlib import Path

import pytest

from contract.roles import Role
from emulator import fault_kinds
from handlers.writer.item import ClosingKind
from operations.drills.conditions import LatestObservations
from operations.drills.events import AlarmSample, BehindSample, ProbeSample
from operations.drills.scenario import Scenario, load, shipped
from operations.drills.scenario_steps import Command, Inject
from operations.errors import UsageError
from tests.unit.operations.drills.logs import attempt, dns, event, unread, writer

NAMES = {
    "primary": "us-east-1",
    "standby": "us-east-2",
    "witness": "us-west-2",
    "payment_function": "payment-api-us-east-1-dev",
}
LOSS = """[[steps]]
do = "inject"
id = "loss"
fault = "region-down"
values = { region = "{primary}" }
"""
HEALED = """[[steps]]
do = "heal"
id = "loss"
"""
PUBLISHED = """[[steps]]
do = "publish"
id = "bad"
fault = "crashes-on-instalments"
"""
RELEASED = """[[steps]]
do = "release"
bake = "2m"
shares = "1"
"""
DEMANDED = """[expect.release]
put_back = 30
errors = 0.01
"""
STORED = """[[steps]]
do = "store"
payments = 100
faster = 10
"""
DAMAGED = """[[steps]]
do = "damage"
id = "bad"
altered = 5
deleted = 3
doubled = 2
added = 1
"""
SOUND = """
what = "Nothing happens."
[[steps]]
do = "wait"
seconds = 1
[expect]
serving = "primary"
rto = { none = 0 }
rpo = 5
"""


@pytest.mark.parametrize("scenario", shipped().values(), ids=lambda scenario: scenario.name)
class TestShipped:
    """The scenarios that come with the project."""

    def test_faults_are_ones_that_the_emulator_knows(self, scenario: Scenario) -> None:
        for step in scenario.steps:
            if isinstance(step, Inject):
                fault_kinds.read(step.fault, step.filled(NAMES))

    def test_each_step_says_what_it_does(self, scenario: Scenario) -> None:
        assert all("{" not in step.says(NAMES) for step in scenario.steps)

    def test_budgets_are_no_looser_than_the_objectives(self, scenario: Scenario) -> None:
        assert scenario.expect.rto_budget(1) <= 15 * 60
        assert scenario.expect.rpo_budget(1) <= 5 * 60

    def test_who_serves_in_the_end_follows_from_the_moves(self, scenario: Scenario) -> None:
        moves, serving = scenario.expect.owner_moves, scenario.expect.serving
        assert moves is not None
        assert serving is (Role.STANDBY if moves % 2 else Role.PRIMARY)


def test_a_command_may_name_regions() -> None:
    step = Command(do="dr", arguments=("failover", "--to", "{standby}"))
    assert step.filled(NAMES) == ("failover", "--to", "us-east-2")
    assert step.says(NAMES) == "dr failover --to us-east-2"


def test_a_file_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOUND)
    assert load(str(path)).name == "mine"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SOUND.replace("seconds = 1", "seconds = -1"), "steps.0.wait.seconds"),
        (SOUND.replace('do = "wait"\nseconds = 1', 'do = "until"\ncondition = "dns=nowhere"\nwithin = 1'), "condition"),
        (SOUND.replace('do = "wait"', 'do = "explode"'), "steps.0"),
        (SOUND.replace("rpo = 5", "rpo = 5\nsurprise = 1"), "expect.surprise"),
        (SOUND.replace("[expect]", f"{HEALED}[expect]"), "what is healed must have been injected before, got 'loss'"),
        (SOUND.replace("[expect]", f"{LOSS}{HEALED}{HEALED}[expect]"), "must have been injected before, got 'loss'"),
        (SOUND.replace("[expect]", f"{LOSS}{LOSS}[expect]"), "must have an id of its own until it is healed"),
        (SOUND.replace("[expect]", f"{RELEASED}[expect]") + DEMANDED, "must be published, then released"),
        (SOUND.replace("[expect]", f"{PUBLISHED}{PUBLISHED}[expect]") + DEMANDED, "must be published, then released"),
        (SOUND + DEMANDED, "`expect.release` must say what is demanded of a release"),
        (SOUND.replace("[expect]", f"{PUBLISHED}{RELEASED}[expect]"), "`expect.release` must say"),
        (SOUND.replace("[expect]", f"{DAMAGED}{STORED}[expect]"), "must be stored, then damaged, then restored"),
        (
            SOUND.replace("[expect]", f'{STORED}{DAMAGED}[[steps]]\ndo = "restore"\n[expect]'),
            "`expect.restore` must say what is demanded of a restore",
        ),
        (
            SOUND.replace("[expect]", f"{STORED.replace('100', '0')}{DAMAGED}[expect]"),
            "steps.1.store.payments",
        ),
        (
            SOUND.replace("[expect]", f"{PUBLISHED.replace('crashes-on-instalments', 'sulks')}{RELEASED}[expect]")
            + DEMANDED,
            "steps.1.publish.fault: the planted fault must be one of crashes-on-instalments",
        ),
        *(
            (
                SOUND.replace("[expect]", LOSS.replace("{primary}", text) + "[expect]"),
                f"{{witness}}, {{payment_function}}, got '{text}'",
            )
            for text in ("{nowhere}", "{}", "{0}", "{", "{primary.name}")
        ),
        ("what =", "is no TOML"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as refused:
        load(str(path))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_fault_may_be_injected_again_once_it_is_healed(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(SOUND.replace("[expect]", f"{LOSS}{HEALED}{LOSS}{HEALED}[expect]"))
    assert load(str(path)).faults == ("loss", "loss")


@pytest.mark.parametrize("name", ["region-los", "no-such-file.toml", "./region-loss"])
def test_a_scenario_that_is_not_there(name: str) -> None:
    with pytest.raises(UsageError, match="scenario"):
        load(name)


class TestConditions:
    """What a step waits for."""

    @pytest.mark.parametrize(
        ("condition", "before", "after"),
        [
            ("dns=standby", dns(1), dns(2, Role.STANDBY)),
            ("paying=standby", attempt(1, "a"), attempt(2, "b", role=Role.STANDBY)),
            ("paying", attempt(1, "a", status=503), attempt(2, "a")),
            ("owner=standby", writer(1, 1), writer(2, 2, Role.STANDBY, ClosingKind.TAKEOVER)),
            ("closing=primary", writer(1, 1), writer(2, 2, Role.PRIMARY, ClosingKind.PLANNED)),
            ("open=standby", writer(1, 2, Role.STANDBY, ClosingKind.TAKEOVER), writer(2, 3, Role.STANDBY)),
            ("open=primary", unread(1), writer(2, 3)),
            (
                "healthy=primary",
                event(ProbeSample, 1, role=Role.PRIMARY, path="/health", error="no connection"),
                event(ProbeSample, 2, role=Role.PRIMARY, path="/health", ok=True),
            ),
            (
                "unhealthy=primary",
                event(ProbeSample, 1, role=Role.PRIMARY, path="/health", ok=True),
                event(ProbeSample, 2, role=Role.PRIMARY, path="/health", ok=False),
            ),
            (
                "alarm=replication-lag",
                event(AlarmSample, 1, role=Role.PRIMARY, firing=("heartbeat-age",)),
                event(AlarmSample, 2, role=Role.PRIMARY, firing=("replication-lag-us-east-1-dev",)),
            ),
        ],
    )
    def test_come_true(self, condition: str, before: object, after: object) -> None:
        watch = LatestObservations(("payer-1",))
        assert not watch.is_true(condition, 0)
        watch.note(before)  # type: ignore[arg-type]
        assert not watch.is_true(condition, 0)
        watch.note(after)  # type: ignore[arg-type]
        assert watch.is_true(condition, 0)
        assert not watch.is_true(condition, 3)  # by what was seen before the question

    def test_the_highest_epoch_is_what_the_writer_is(self) -> None:
        watch = LatestObservations(())
        watch.note(writer(2, 7, Role.STANDBY))
        watch.note(writer(3, 5, replica=Role.PRIMARY))  # an older answer that took longer
        assert watch.is_true("open=standby", 0)
        assert not watch.is_true("open=primary", 0)

    def test_quiet_means_both_regions(self) -> None:
        watch = LatestObservations(())
        watch.note(event(AlarmSample, 1, role=Role.PRIMARY, firing=("heartbeat-age",)))
        assert not watch.is_true("quiet=replication-lag", 0)
        watch.note(event(AlarmSample, 1, role=Role.STANDBY, error="no connection"))
        assert not watch.is_true("quiet=replication-lag", 0)
        watch.note(event(AlarmSample, 2, role=Role.STANDBY, firing=()))
        assert watch.is_true("quiet=replication-lag", 0)
        assert not watch.is_true("quiet=heartbeat", 0)

    @pytest.mark.parametrize(
        ("payments", "seconds", "holds"),
        [
            (3, 0.5, True),  # acknowledged after the question
            (3, 10.5, False),
            (None, None, False),
        ],
    )
    def test_what_is_acknowledged_meanwhile_is_always_on_its_way(
        self, payments: int | None, seconds: float | None, *, holds: bool
    ) -> None:
        watch = LatestObservations(())
        watch.note(event(BehindSample, 20, replica=Role.PRIMARY, payments=0, seconds=0))
        watch.note(event(BehindSample, 20, replica=Role.STANDBY, payments=payments, seconds=seconds))
        assert watch.is_true("caught-up", 10) is holds

    def test_caught_up_means_both_replicas(self) -> None:
        watch = LatestObservations(())
        watch.note(event(BehindSample, 1, replica=Role.PRIMARY, payments=0, seconds=0))
        watch.note(event(BehindSample, 1, replica=Role.STANDBY, payments=2, seconds=1))
        assert not watch.is_true("caught-up", 0)
        watch.note(event(BehindSample, 2, replica=Role.STANDBY, payments=0, seconds=0))
        assert watch.is_true("caught-up", 0)

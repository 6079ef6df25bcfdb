"""Scheduled rules, with a clock of the test's own and MiniStack's own rules."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch, eventbridge, lambda_svc

from emulator.events import schedules
from emulator.events.schedules import Schedules
from emulator.faults import ActiveFaults
from tests.unit.emulator.time_machine import TimeMachine

ACCOUNT = "000000000000"
FUNCTION = f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:beat"

Fired = list[tuple[str, float]]


class World:
    """Rules in two regions, and what they invoked, when."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock = TimeMachine(scale=scale)
        self.faults = ActiveFaults()
        self.waiting: set[tuple[str, str, str]] = set()
        self.schedules = Schedules(
            clock=self.clock, faults=self.faults, waits=lambda *function: function in self.waiting
        )
        self.start = self.clock.time()
        self.fired: Fired = []

    def rule(self, expression: str, *, region: str = "us-east-1", state: str = "ENABLED") -> None:
        with request_scope(ACCOUNT, region):
            eventbridge._rules["default|beat"] = {
                "Name": "beat",
                "Arn": f"arn:aws:events:{region}:{ACCOUNT}:rule/beat",
                "EventBusName": "default",
                "ScheduleExpression": expression,
                "State": state,
                "CreationTime": self.clock.time(),
            }
            eventbridge._targets["default|beat"] = [{"Id": "1", "Arn": FUNCTION.replace("us-east-1", region)}]

    def invoked(self, target: dict[str, Any], _event: Any, rule: dict[str, Any], _view: Any) -> None:
        self.fired.append((rule["Arn"].split(":")[3], (self.clock.time() - self.start) * self.clock.scale))

    def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            self.schedules.fire_due()

    @property
    def moments(self) -> list[float]:
        return [round(moment) for _, moment in self.fired]


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[World]:
    world = World(getattr(request, "param", 1.0))
    monkeypatch.setattr(eventbridge, "_invoke_target", world.invoked)
    yield world
    for store in (eventbridge._rules, eventbridge._targets, lambda_svc._functions, cloudwatch._metrics):
        store._data.clear()


@pytest.mark.parametrize("world", [1.0, 60.0, 7.0], indirect=True)
def test_a_rate_counts_from_the_rules_creation_in_emulated_time(world: World) -> None:
    world.rule("rate(1 minute)")
    world.pass_seconds(185)
    assert [minute * 60 <= moment <= minute * 60 + 1 for minute, moment in enumerate(world.moments, 1)] == [True] * 3


def test_each_region_fires_its_own_rules(world: World) -> None:
    world.rule("rate(1 minute)", region="us-east-1")
    world.pass_seconds(30)
    world.rule("rate(1 minute)", region="us-east-2")
    world.pass_seconds(95)
    assert [(region, round(moment)) for region, moment in world.fired] == [
        ("us-east-1", 60),
        ("us-east-2", 90),
        ("us-east-1", 120),
    ]


def test_cron_fires_at_the_times_it_names(world: World) -> None:
    world.rule("cron(0/2 * * * ? *)")  # the clock starts at 22:14:00
    world.pass_seconds(300)
    assert world.moments == [120, 240]


def test_a_late_look_fires_once(world: World) -> None:
    world.rule("rate(1 minute)")
    world.clock.advance(600)
    world.schedules.fire_due()
    world.schedules.fire_due()
    assert world.moments == [600]


def test_busy_machine_skips_ticks_of_the_function_that_waits(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rule("rate(1 minute)", region="us-east-1")
    world.rule("rate(1 minute)", region="us-east-2")
    world.waiting.add((ACCOUNT, "us-east-1", "beat"))
    world.pass_seconds(150)
    world.waiting.clear()
    world.pass_seconds(40)
    assert [(region, round(moment)) for region, moment in world.fired] == [
        ("us-east-2", 60),
        ("us-east-2", 120),
        ("us-east-1", 180),
        ("us-east-2", 180),
    ]
    assert capsys.readouterr().err.count("the machine is busy") == 1


def test_a_region_that_is_down_fires_nothing_and_makes_up_for_nothing(world: World) -> None:
    world.rule("rate(1 minute)", region="us-east-1")
    world.rule("rate(1 minute)", region="us-east-2")
    world.faults.inject("region-down", region="us-east-1")
    world.pass_seconds(150)
    world.faults.heal()
    world.pass_seconds(50)
    assert [(region, round(moment)) for region, moment in world.fired] == [
        ("us-east-2", 60),
        ("us-east-2", 120),
        ("us-east-1", 180),
        ("us-east-2", 180),
    ]


@pytest.mark.parametrize("service", ["events", "lambda"])
def test_a_service_that_is_down_does_its_part_no_more(world: World, service: str) -> None:
    world.rule("rate(1 minute)")
    world.faults.inject("service-down", region="us-east-1", service=service)
    world.pass_seconds(90)
    assert world.fired == []


@pytest.mark.parametrize(("expression", "state"), [("rate(1 minute)", "DISABLED"), ("", "ENABLED")])
def test_disabled_rules_and_rules_for_events_do_not_fire(world: World, expression: str, state: str) -> None:
    world.rule(expression, state=state)
    world.pass_seconds(90)
    assert world.fired == []


def test_invalid_rule_is_reported_once_and_stops_no_other(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    world.rule("cron(0 25 * * ? *)", region="us-east-1")  # as it came past `PutRule`
    world.rule("rate(1 minute)", region="us-east-2")
    world.pass_seconds(65)
    assert [region for region, _ in world.fired] == ["us-east-2"]
    said = capsys.readouterr().err
    assert said == "emulator: the rule beat of us-east-1 does not fire: ValueError: hour must be in 0..23\n"


def test_errors_of_a_functions_service_strike_its_share(world: World) -> None:
    world.rule("rate(1 minute)")
    world.faults.inject("region-errors", region="us-east-1", service="lambda", share=1)
    world.pass_seconds(90)
    assert world.fired == []


def test_a_rule_made_anew_counts_anew(world: World) -> None:
    world.rule("rate(1 minute)")
    world.pass_seconds(50)
    world.rule("rate(1 minute)")
    world.pass_seconds(65)
    assert world.moments == [110]


class TestPolicies:
    """A function is invoked by the rules that its policy names."""

    def function(self, *statements: dict[str, Any]) -> None:
        with request_scope(ACCOUNT, "us-east-1"):
            policy = {"Version": "2012-10-17", "Statement": list(statements)}
            lambda_svc._functions["beat"] = {"config": {"FunctionName": "beat"}, "policy": policy}

    def allow(self, rule: str) -> dict[str, Any]:
        return {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "lambda:InvokeFunction",
            "Resource": FUNCTION,
            "Condition": {"ArnLike": {"AWS:SourceArn": f"arn:aws:events:us-east-1:{ACCOUNT}:rule/{rule}"}},
        }

    def test_a_rule_that_is_let_in(self, world: World) -> None:
        self.function(self.allow("beat"))
        world.rule("rate(1 minute)")
        world.pass_seconds(60)
        assert world.moments == [60]

    @pytest.mark.parametrize("rule", [None, "other"])
    def test_a_rule_that_is_not(self, world: World, capsys: pytest.CaptureFixture[str], rule: str | None) -> None:
        self.function(*([self.allow(rule)] if rule else []))
        world.rule("rate(1 minute)")
        world.pass_seconds(130)
        assert world.fired == []
        assert capsys.readouterr().err.count("does not let") == 1
        with request_scope(ACCOUNT, "us-east-1"):
            [(metric, points)] = cloudwatch._metrics.items()
        assert (metric, len(points)) == (("AWS/Events", "FailedInvocations", "RuleName=beat"), 2)


def test_the_part_runs_until_cancelled(world: World) -> None:
    world.rule("rate(1 minute)")

    world.clock.ends_at = world.start + 130
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(world.schedules.run())
    assert world.moments == [60, 120]


def test_ministack_fires_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("start_scheduler", "_cron_field", "_validate_schedule_expression"):
        monkeypatch.setattr(eventbridge, name, getattr(eventbridge, name))
    schedules.install()
    eventbridge.start_scheduler()
    assert eventbridge._scheduler_thread is None

"""Schedules fire by the emulator's clock, are tried again, and end in the dead letter queue."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from ministack.core.responses import get_account_id, request_scope
from ministack.services import cloudwatch, scheduler

from emulator.faults import ActiveFaults
from emulator.scheduler.calls import CallFailure
from emulator.scheduler.service import EventScheduler
from emulator.scheduler.targets import TargetCall
from tests.unit.emulator.time_machine import TimeMachine

REGION = "us-east-1"
EXPORT = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
QUEUE = "arn:aws:sqs:us-east-1:000000000000:lost"
BUSY = CallFailure("ThrottlingException", "Rate exceeded", passing=True)
DENIED = CallFailure("AccessDeniedException", "no", passing=False)


class SchedulerWorld:
    """One schedule, and the calls that it led to."""

    def __init__(self, scale: float = 1.0) -> None:
        self.clock, self.faults = TimeMachine(scale=scale), ActiveFaults()
        self.start = self.clock.time()
        self.answers: list[CallFailure | None] = []
        self.calls: list[tuple[float, TargetCall]] = []
        self.service = EventScheduler(clock=self.clock, faults=self.faults, make=self._make)

    def schedule(self, expression: str = "rate(1 minute)", **changes: Any) -> None:
        target = {
            "Arn": EXPORT,
            "RoleArn": "arn:aws:iam::000000000000:role/exporter",
            "Input": '{"ExportTime": "<aws.scheduler.scheduled-time>"}',
            "DeadLetterConfig": {"Arn": QUEUE},
            **changes.pop("target", {}),
        }
        with request_scope(get_account_id(), REGION):
            scheduler._schedules["default/daily"] = {
                "Arn": f"arn:aws:scheduler:{REGION}:000000000000:schedule/default/daily",
                "GroupName": "default",
                "ScheduleExpression": expression,
                "State": "ENABLED",
                "Target": target,
                "LastModificationDate": self.start,
                **changes,
            }

    def fire(self) -> None:
        for due in list(self.service.due()):
            asyncio.run(self.service.invoke(due))

    def pass_seconds(self, seconds: int) -> None:
        for _ in range(seconds):
            self.clock.advance(1)
            self.fire()

    def moments(self, service: str = "dynamodb") -> list[float]:
        return [round(moment) for moment, call in self.calls if call.service == service]

    def lost(self) -> list[dict[str, str]]:
        return [
            {name: value["StringValue"] for name, value in call.parameters["MessageAttributes"].items()}
            for _, call in self.calls
            if call.service == "sqs"
        ]

    def _make(self, call: TargetCall, **_role: str) -> CallFailure | None:
        self.calls.append(((self.clock.time() - self.start) * self.clock.scale, call))
        return self.answers.pop(0) if self.answers and call.service == "dynamodb" else None


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[SchedulerWorld]:
    monkeypatch.setattr(cloudwatch, "record_metric", lambda *_: None)
    scheduler._schedules.clear()
    yield SchedulerWorld()
    scheduler._schedules.clear()


def test_rate_fires_at_once_and_each_minute(world: SchedulerWorld) -> None:
    world.schedule()
    world.fire()
    world.pass_seconds(125)
    assert world.moments() == [0, 60, 120]


@pytest.mark.usefixtures("world")
def test_time_passes_as_fast_as_the_emulator() -> None:
    fast = SchedulerWorld(scale=64)
    fast.schedule()
    fast.fire()
    fast.pass_seconds(65)
    assert fast.moments() == [0, 60]


def test_scheduled_time_is_a_real_one(world: SchedulerWorld) -> None:
    world.schedule()
    world.fire()
    ((_, call),) = world.calls
    assert call.parameters == {"ExportTime": "2023-11-14T22:14:00Z"}


def test_nothing_fires_where_nothing_runs(world: SchedulerWorld) -> None:
    world.schedule()
    fault = world.faults.inject("region-down", region=REGION, mode="refuse")
    world.pass_seconds(61)
    world.faults.heal(fault.id)
    world.pass_seconds(30)
    assert world.moments() == []
    world.pass_seconds(30)
    assert world.moments() == [120]


@pytest.mark.parametrize("changes", [{"State": "DISABLED"}, {"EndDate": 1_700_000_000.0}])
def test_disabled_or_ended_schedule_does_not_fire(world: SchedulerWorld, changes: dict[str, Any]) -> None:
    world.schedule(**changes)
    world.fire()
    assert world.calls == []


def test_schedule_that_is_over_is_deleted_when_it_says_so(world: SchedulerWorld) -> None:
    world.schedule("at(2023-11-14T22:14:10)", ActionAfterCompletion="DELETE")
    world.pass_seconds(30)
    assert world.moments() == [10]
    assert not list(scheduler._schedules.all_items())


def test_what_may_pass_is_tried_again_with_longer_pauses(world: SchedulerWorld) -> None:
    world.schedule()
    world.answers = [BUSY, BUSY, BUSY]
    world.fire()
    assert world.moments() == [0, 1, 3, 7]
    assert world.lost() == []


def test_last_retry_leads_to_the_dead_letter_queue(world: SchedulerWorld) -> None:
    world.schedule(target={"RetryPolicy": {"MaximumRetryAttempts": 2}})
    world.answers = [BUSY] * 3
    world.fire()
    (attributes,) = world.lost()
    assert (attributes["ERROR_CODE"], attributes["RETRY_ATTEMPTS"]) == ("ThrottlingException", "2")
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumRetryAttempts"


def test_event_that_is_too_old_is_given_up(world: SchedulerWorld) -> None:
    world.schedule(target={"RetryPolicy": {"MaximumEventAgeInSeconds": 60}})
    world.answers = [BUSY] * 100
    world.fire()
    (attributes,) = world.lost()
    assert attributes["EXHAUSTED_RETRY_CONDITION"] == "MaximumEventAgeInSeconds"
    assert world.moments()[-1] <= 60


def test_what_cannot_pass_is_not_tried_again(world: SchedulerWorld) -> None:
    world.schedule()
    world.answers = [DENIED]
    world.fire()
    (attributes,) = world.lost()
    assert attributes["RETRY_ATTEMPTS"] == "0"
    assert "EXHAUSTED_RETRY_CONDITION" not in attributes

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Fires schedules by the emulator's clock, in the regions that run.

What would have been due while a region is down is not made up for. A call that fails is tried again, as long as its
retry policy lets it and the error may pass: throttling, an error of the service's, no answer. What is given up goes to
the dead letter queue, under the schedule's role as well.
https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
"""

import asyncio
import math
import sys
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from ministack.core.responses import new_uuid, request_scope
from ministack.services import cloudwatch, scheduler

from emulator.clock import EmulatorClock
from emulator.faults import ActiveFaults
from emulator.patching import silenced, wrap
from emulator.scheduler import requests
from emulator.scheduler.calls import CallFailure
from emulator.scheduler.requests import LONGEST_AGE_SECONDS, MOST_ATTEMPTS
from emulator.scheduler.schedule_times import times_of
from emulator.scheduler.targets import BadTargetError, ScheduledAttempt, TargetCall, call_of

_TICK_SECONDS: Final = 1
_LONGEST_PAUSE_SECONDS: Final = 300
_SERVICE: Final = "scheduler"

Key = tuple[str, str, str]
"""Account, region, and group and name of a schedule."""

Make = Callable[..., CallFailure | None]
"""`RoleCalls.make`."""


class DueSchedule(NamedTuple):
    """A schedule that is due, and the emulated moment for which it is."""

    key: Key
    schedule: Mapping[str, Any]
    moment: float

    @property
    def group_arn(self) -> str:
        """The ARN of its group, for which roles are assumed."""
        account, region, _ = self.key
        return f"arn:aws:scheduler:{region}:{account}:schedule-group/{self.schedule['GroupName']}"


def install() -> None:
    """Leave the firing to `EventScheduler`; MiniStack fires by the machine's clock, at fewer targets."""
    requests.install()
    wrap(scheduler, "start_scheduler", silenced)


class EventScheduler:
    """Fires what is due, and sees each invocation through.

    Args:
        clock: Whose time schedules go by.
        faults: Which regions run.
        make: Makes a call; it blocks.
    """

    name = "scheduler"

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults, make: Make) -> None:
        self._clock, self._faults, self._make = clock, faults, make
        self._looked: dict[Key, float] = {}
        """When each schedule was last looked at, in emulated time."""

    async def run(self) -> None:
        """Fire until cancelled."""
        async with asyncio.TaskGroup() as invocations:
            while True:
                for due in list(self.due()):
                    invocations.create_task(self.invoke(due))
                await self._clock.sleep(_TICK_SECONDS)

    def due(self) -> Iterator[DueSchedule]:
        """Yield what has become due since the last time; a schedule that is over is deleted when it says so."""
        now = self._clock.emulated(self._clock.time())
        looked: dict[Key, float] = {}
        for key, schedule in list(scheduler._schedules.all_items()):
            created = self._clock.emulated(schedule["LastModificationDate"])
            times = times_of(schedule, created=created)
            since = self._looked.get(key, math.nextafter(created, -math.inf))
            moment = times.due(max(since, math.nextafter(created, -math.inf)), now)
            looked[key] = now
            runs = schedule.get("State") == "ENABLED" and self._faults.reachable(key[1], _SERVICE)
            if moment is not None and runs:
                yield DueSchedule(key, schedule, moment)
            if times.is_over(now) and schedule.get("ActionAfterCompletion") == "DELETE":
                scheduler._schedules._data.pop(key, None)
        self._looked = looked

    async def invoke(self, due: DueSchedule) -> None:
        """Make the call of a schedule that is due, again and again if need be."""
        target, began = due.schedule["Target"], self._clock.monotonic()
        policy = target.get("RetryPolicy") or {}
        most = policy.get("MaximumRetryAttempts", MOST_ATTEMPTS)
        age = policy.get("MaximumEventAgeInSeconds", LONGEST_AGE_SECONDS)
        retries = 0
        while True:
            attempt = self._attempt(due, retries + 1)
            failure = await self._called(due, attempt)
            if failure is None:
                return
            self._count(due, "TargetErrorCount")
            exhausted = "MaximumRetryAttempts" if retries >= most else ""
            pause = min(2.0**retries, _LONGEST_PAUSE_SECONDS)
            if not exhausted and self._clock.monotonic() - began + pause > age:
                exhausted = "MaximumEventAgeInSeconds"
            if exhausted or not failure.passing:
                await self._give_up(due, attempt, failure, exhausted, retries)
                return
            retries += 1
            await self._clock.sleep(pause)

    async def _called(self, due: DueSchedule, attempt: ScheduledAttempt) -> CallFailure | None:
        target = due.schedule["Target"]
        while not self._faults.reachable(due.key[1], _SERVICE):
            await self._clock.sleep(_TICK_SECONDS)
        self._count(due, "InvocationAttemptCount")
        try:
            call = call_of(target["Arn"], attempt.filled_in(target.get("Input", "")))
        except BadTargetError as error:
            return CallFailure("ValidationException", str(error), passing=False)
        return await self._made(due, call)

    async def _made(self, due: DueSchedule, call: TargetCall) -> CallFailure | None:
        role, region = due.schedule["Target"]["RoleArn"], due.key[1]
        return await asyncio.to_thread(self._make, call, role_arn=role, group_arn=due.group_arn, region=region)

    async def _give_up(
        self, due: DueSchedule, attempt: ScheduledAttempt, failure: CallFailure, exhausted: str, retries: int
    ) -> None:
        self._count(due, "InvocationDroppedCount")
        _tell(f"{attempt.schedule_arn} gives up: {failure.code}: {failure.message}")
        target = due.schedule["Target"]
        queue = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            return
        attributes = {
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": failure.message or failure.code,
            "EXECUTION_ID": attempt.execution_id,
            "IS_PAYLOAD_TRUNCATED": "false",
            "RETRY_ATTEMPTS": str(retries),
            "SCHEDULE_ARN": attempt.schedule_arn,
            "SCHEDULED_TIME": attempt.scheduled_time,
            "TARGET_ARN": target["Arn"],
            **({"EXHAUSTED_RETRY_CONDITION": exhausted} if exhausted else {}),
        }
        message = call_of(queue, attempt.filled_in(target.get("Input", "")) or "{}")
        texts = {name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()}
        sending = message._replace(parameters={**message.parameters, "MessageAttributes": texts})
        refused = await self._made(due, sending)
        kind = "InvocationsSentToDeadLetterCount" if refused is None else "InvocationsFailedToBeSentToDeadLetterCount"
        self._count(due, kind)
        if refused is not None:
            _tell(f"{attempt.schedule_arn} cannot send to its dead letter queue: {refused.code}: {refused.message}")

    def _attempt(self, due: DueSchedule, number: int) -> ScheduledAttempt:
        moment = datetime.fromtimestamp(math.floor(self._clock.real(due.moment)), UTC)
        scheduled = moment.isoformat().replace("+00:00", "Z")
        return ScheduledAttempt(due.schedule["Arn"], scheduled, new_uuid().replace("-", "")[:16], number)

    @staticmethod
    def _count(due: DueSchedule, metric: str) -> None:
        account, region, _ = due.key
        with request_scope(account, region):
            dimensions = {"ScheduleGroup": due.schedule["GroupName"]}
            cloudwatch.record_metric("AWS/Scheduler", metric, 1, "Count", dimensions)


def _tell(line: str) -> None:
    print(f"emulator: {' '.join(line.split())}", file=sys.stderr, flush=True)

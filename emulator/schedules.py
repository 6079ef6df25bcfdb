# ruff: noqa: SLF001 — MiniStack offers no public seams
"""EventBridge's scheduled rules: they fire by the emulator's clock, in the regions that run, at targets that let them.

EventBridge Scheduler, a service of its own, stays as MiniStack has it.
"""

import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.core.responses import new_uuid, request_scope
from ministack.services import cloudwatch, eventbridge, lambda_svc

from emulator.clock import Clock
from emulator.faults import Faults
from emulator.patching import wrap

_TICK_SECONDS = 1
_SERVICE: Final = "events"

Key = tuple[str, str, str]
Rule = Mapping[str, Any]


def install() -> None:
    """Leave the firing to `Schedules`; MiniStack fires by the machine's clock, whatever is down."""
    wrap(eventbridge, "start_scheduler", _not_here)


def _not_here(_original: Callable[[], None]) -> Callable[[], None]:
    def nothing() -> None:
        return

    return nothing


class Schedules:
    """Fires `rate` and `cron` rules. What would have been due while a region is down is not made up for."""

    name = "schedules"

    def __init__(self, *, clock: Clock, faults: Faults) -> None:
        self._clock, self._faults = clock, faults
        self._started = clock.time()
        self._looked: dict[Key, float] = {}
        """When each rule was last looked at, in emulated time."""
        self._told: set[str] = set()

    async def run(self) -> None:
        """Fire until cancelled."""
        while True:
            self.fire_due()
            await self._clock.sleep(_TICK_SECONDS)

    def fire_due(self) -> None:
        """Fire every rule that has become due since the last time, once."""
        now = self._clock.emulated(self._clock.time())
        looked: dict[Key, float] = {}
        for key, rule in eventbridge._rules.all_items():
            account, region, _ = key
            created = self._clock.emulated(rule.get("CreationTime", self._started))
            since = max(self._looked.get(key, created), created)
            looked[key] = now
            if (
                rule.get("State") == "ENABLED"
                and is_due(rule.get("ScheduleExpression", ""), created, since, now)
                and self._faults.running(region)
                and self._faults.reachable(region, _SERVICE)
            ):
                with request_scope(account, region):
                    self._fire(account, region, rule, eventbridge._targets._data.get(key, []))
        self._looked = looked

    def _fire(self, account: str, region: str, rule: Rule, targets: list[dict[str, Any]]) -> None:
        event = {
            "EventId": new_uuid(),
            "Source": "aws.events",
            "DetailType": "Scheduled Event",
            "Detail": "{}",
            "EventBusName": rule.get("EventBusName", "default"),
            "Time": self._clock.time(),
            "Resources": [rule["Arn"]],
            "Account": account,
            "Region": region,
        }
        view = eventbridge._pattern_event_view(event)
        for target in targets:
            if not self._faults.reachable(region, target["Arn"].split(":")[2]):
                continue
            if _lets_in(target["Arn"], rule["Arn"], account, region):
                eventbridge._invoke_target(target, event, rule, view)
            else:
                self._refused(rule, target["Arn"])

    def _refused(self, rule: Rule, target: str) -> None:
        cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1, "Count", {"RuleName": rule["Name"]})
        if (line := f"emulator: {target} does not let {rule['Arn']} invoke it") not in self._told:
            self._told.add(line)
            print(line, file=sys.stderr, flush=True)


def is_due(expression: str, created: float, since: float, now: float) -> bool:
    """Return whether a schedule has been due after `since` and until `now`; a rate counts from the rule's creation."""
    interval: int | None = eventbridge._parse_rate_seconds(expression)
    if interval:
        return (now - created) // interval > (since - created) // interval
    fields = eventbridge._parse_cron_fields(expression)
    if fields is None:
        return False  # the rule waits for events, not for a time
    due: datetime | None = eventbridge._cron_next_fire(fields, datetime.fromtimestamp(since, UTC))
    return due is not None and due.timestamp() <= now


def _lets_in(target: str, rule: str, account: str, region: str) -> bool:
    """Return whether a function's policy lets the rule invoke it; other targets are MiniStack's to judge."""
    found = lambda_svc.function_policy_for_arn(target) if target.split(":")[2] == "lambda" else None
    if found is None:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=target,
        region=region,
        service_context={"aws:sourcearn": rule, "aws:sourceaccount": account},
    )
    policy, _ = found
    result = iam_evaluator.evaluate_resource_policy(policy, context, service="events.amazonaws.com")
    return bool(result.decision == "Allow")

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""EventBridge's scheduled rules: they fire by the emulator's clock, in the regions that run, at targets that let them.

EventBridge Scheduler is a service of its own: `emulator.scheduler`.
"""

import sys
from collections.abc import Callable, Mapping
from typing import Any, Final

from ministack.core.responses import new_uuid, request_scope
from ministack.services import cloudwatch, eventbridge

from emulator.clock import EmulatorClock
from emulator.events import schedule_expressions
from emulator.events.schedule_expressions import is_due
from emulator.faults import ActiveFaults
from emulator.functions import function_policies
from emulator.patching import silenced, wrap

_TICK_SECONDS = 1
_SERVICE: Final = "events"

Key = tuple[str, str, str]
Rule = Mapping[str, Any]


def install() -> None:
    """Leave the firing to `Schedules`; MiniStack fires by the machine's clock, whatever is down."""
    schedule_expressions.install()
    wrap(eventbridge, "start_scheduler", silenced)


class Schedules:
    """Fires `rate` and `cron` rules. What would have been due while a region is down is not made up for.

    Nor is what a busy machine cannot do in time: while a function still waits for a worker, a rule that is due skips
    it. Ticks that queue up would only keep the machine busy.

    Args:
        clock: Whose time rules go by.
        faults: Which regions run.
        waits: Whether invocations of a function wait, by its account, region and name.
    """

    name = "schedules"

    def __init__(
        self, *, clock: EmulatorClock, faults: ActiveFaults, waits: Callable[[str, str, str], bool] = lambda *_: False
    ) -> None:
        self._clock, self._faults, self._waits = clock, faults, waits
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
            looked[key] = now
            try:
                self._fire_if_due(key, rule, now)
            except Exception as error:  # noqa: BLE001 — a rule that cannot be evaluated is no end of the others
                self._tell(f"the rule {rule.get('Name')} of {key[1]} does not fire: {type(error).__name__}: {error}")
        self._looked = looked

    def _fire_if_due(self, key: Key, rule: Rule, now: float) -> None:
        account, region, _ = key
        created = self._clock.emulated(rule.get("CreationTime", self._started))
        since = max(self._looked.get(key, created), created)
        if (
            rule.get("State") == "ENABLED"
            and is_due(rule.get("ScheduleExpression", ""), created, since, now)
            and self._faults.reachable(region, _SERVICE)
        ):
            with request_scope(account, region):
                self._fire(account, region, rule, eventbridge._targets._data.get(key, []))

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
            if not self._faults.lets_through(region, target["Arn"].split(":")[2]) or self._skips(rule, target["Arn"]):
                continue
            if function_policies.lets_in(target["Arn"], service="events.amazonaws.com", source_arn=rule["Arn"]):
                eventbridge._invoke_target(target, event, rule, view)
            else:
                self._refused(rule, target["Arn"])

    def _skips(self, rule: Rule, target: str) -> bool:
        """Return whether a target is a function that waits."""
        _, _, service, region, account, kind, name, *_ = [*target.split(":"), "", ""]
        skips = (service, kind) == ("lambda", "function") and self._waits(account, region, name)
        if skips:
            self._tell(f"the machine is busy: {target} still waits for a process, and the rule {rule['Name']} skips it")
        return skips

    def _refused(self, rule: Rule, target: str) -> None:
        cloudwatch.record_metric("AWS/Events", "FailedInvocations", 1, "Count", {"RuleName": rule["Name"]})
        self._tell(f"{target} does not let {rule['Arn']} invoke it")

    def _tell(self, line: str) -> None:
        """Say something once."""
        if line not in self._told:
            self._told.add(line)
            print(f"emulator: {line}", file=sys.stderr, flush=True)

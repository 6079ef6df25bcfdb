# ruff: noqa: SLF001 — MiniStack offers no public seams
"""The part that evaluates the alarms of all regions, each against its own region's metrics (FACTS 1.2)."""

import contextvars
import json
import math
import sys
from collections.abc import Sequence
from typing import Any, Final

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from emulator.clock import EmulatorClock
from emulator.cloudwatch.alarms import definition, reasons
from emulator.cloudwatch.alarms.datapoints import Datapoint, Windows, datapoints, stored
from emulator.cloudwatch.alarms.definition import AlarmDefinition
from emulator.cloudwatch.alarms.evaluation import AlarmEvaluation, AlarmStateValue, evaluation_range, judge
from emulator.faults import ActiveFaults

_MINUTE, _HIGH_RESOLUTION = 60, 10
"""How often alarms are evaluated, in emulated seconds, those with shorter periods than a minute more often."""

_SERVICE: Final = "monitoring"

_FEWEST_TELLING = 10
"""How many values must lie beyond a percentile, or below one under p50, for it to mean something."""

Key = tuple[str, str, str]
Alarm = dict[str, Any]


class AlarmEvaluator:
    """Evaluates every alarm at the end of every emulated minute, while its region runs."""

    name = "alarms"

    def __init__(self, *, clock: EmulatorClock, faults: ActiveFaults) -> None:
        self._clock, self._faults = clock, faults
        self._evaluated: dict[Key, float] = {}
        self._defined: dict[Key, tuple[Alarm, AlarmDefinition]] = {}
        """What the alarms say, each as it was put: MiniStack replaces an alarm that is put again."""
        self._refused: set[str] = set()

    async def run(self) -> None:
        """Evaluate until cancelled."""
        while True:
            self.evaluate_due()
            await self._clock.sleep(_HIGH_RESOLUTION - self._now() % _HIGH_RESOLUTION)

    def report(self) -> dict[str, Any]:
        """Return the names of the alarms that are in ALARM, by region."""
        red: dict[str, list[str]] = {}
        for (_, region, name), alarm in _alarms():
            if alarm["StateValue"] == AlarmStateValue.ALARM:
                red.setdefault(region, []).append(name)
        return red

    def evaluate_due(self) -> None:
        """Evaluate each alarm for which a minute, or ten seconds, have come to an end."""
        evaluated: dict[Key, float] = {}
        known, self._defined = self._defined, {}
        for key, alarm in _alarms():
            account, region, _ = key
            # An alarm is gone with its region, and comes back with it.
            if not self._faults.reachable(region, _SERVICE):
                continue
            try:
                read = known.get(key)
                defined = read[1] if read and read[0] is alarm else definition.read(alarm)
                self._defined[key] = alarm, defined
                every = _HIGH_RESOLUTION if defined.period < _MINUTE else _MINUTE
                end = evaluated[key] = math.floor(self._now() / every) * every
                if self._evaluated.get(key) != end:
                    contextvars.copy_context().run(self._evaluate, account, region, alarm, defined, end)
            except Exception as error:  # noqa: BLE001 — one alarm that makes no sense is no end of the others
                self._refuse(alarm, error)
        self._evaluated = evaluated

    def _evaluate(self, account: str, region: str, alarm: Alarm, defined: AlarmDefinition, end: float) -> None:
        windows = Windows(end, defined.period, evaluation_range(defined.evaluation_periods), self._clock.real)
        with request_scope(account, region):
            seen = watched(defined, windows)
            verdict = judge(
                [None if point is None else defined.breaches(point.value) for point in seen],
                evaluation_periods=defined.evaluation_periods,
                datapoints_to_alarm=defined.datapoints_to_alarm,
                treatment=defined.treatment,
            )
            if verdict.state not in (None, alarm["StateValue"]) and not _too_few_samples(defined, verdict, seen):
                self._change(alarm, defined, verdict, seen)

    def _change(
        self, alarm: Alarm, defined: AlarmDefinition, verdict: AlarmEvaluation, seen: Sequence[Datapoint | None]
    ) -> None:
        now, old, new = self._clock.time(), alarm["StateValue"], verdict.state or AlarmStateValue.INSUFFICIENT_DATA
        data = reasons.reason_data(defined, verdict, seen, now)
        reason = reasons.reason(defined, new, verdict, seen)
        alarm.update(
            StateValue=str(new),
            StateReason=reason,
            StateReasonData=json.dumps(data),
            StateUpdatedTimestamp=round(now, 3),
            StateTransitionedTimestamp=round(now, 3),
        )
        cloudwatch._record_history(alarm["AlarmName"], old, str(new), reason, "MetricAlarm", data)
        cloudwatch._dispatch_alarm_actions(alarm, old, str(new), reason)
        cloudwatch._evaluate_parent_alarms(alarm)

    def _refuse(self, alarm: Alarm, error: Exception) -> None:
        """Say once that an alarm, which came past the API, is not evaluated."""
        if alarm["AlarmArn"] not in self._refused:
            self._refused.add(alarm["AlarmArn"])
            what = f"{type(error).__name__}: {error}"
            print(f"emulator: {alarm['AlarmArn']} is not evaluated: {what}", file=sys.stderr, flush=True)

    def _now(self) -> float:
        """Return the time in emulated seconds since the epoch: what minutes are counted by."""
        return self._clock.emulated(self._clock.time())


def watched(defined: AlarmDefinition, windows: Windows) -> list[Datapoint | None]:
    """Return what an alarm watches, one datapoint for each period, in the current account and region."""
    series = {name: datapoints(stored(query), query, windows) for name, query in defined.metrics.items()}
    if defined.formula is None:
        return next(iter(series.values()))
    values = {
        name: tuple(None if point is None else point.value for point in points) for name, points in series.items()
    }
    results = zip(windows.bounds[:-1], defined.formula.series(values), strict=True)
    return [None if value is None else Datapoint(start, value, 0) for start, value in results]


def _too_few_samples(defined: AlarmDefinition, verdict: AlarmEvaluation, seen: Sequence[Datapoint | None]) -> bool:
    """Return whether a percentile rests on too few values, and the alarm is told to ignore it then."""
    percent = next(iter(defined.metrics.values())).percentile
    beyond = min(percent, 100 - percent) if percent else 0.0
    if not (defined.ignores_low_samples and verdict.used and beyond):
        return False
    samples = sum(point.samples for position in verdict.used if (point := seen[position]) is not None)
    return samples * beyond / 100 < _FEWEST_TELLING


def _alarms() -> list[tuple[Key, Alarm]]:
    found: list[tuple[Key, Alarm]] = cloudwatch._alarms.all_items()
    return found

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What an alarm's data say now, for Route 53's checks of the type CLOUDWATCH_METRIC (FACTS 2.7).

They follow the alarm's metric, all of its evaluation periods, and neither its state nor how it treats missing data.
"""

import math
from typing import Final

from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from emulator.clock import EmulatorClock
from emulator.cloudwatch.alarms import definition
from emulator.cloudwatch.alarms.datapoints import Windows
from emulator.cloudwatch.alarms.evaluation import AlarmStateValue, Treatment, evaluation_range, judge
from emulator.cloudwatch.alarms.evaluator import watched
from emulator.faults import ActiveFaults
from emulator.route53.checks import AlarmData, AlarmDataOf

_MINUTE = 60
_UNKNOWN: Final = "INSUFFICIENT_DATA"


def alarm_data(*, clock: EmulatorClock, faults: ActiveFaults) -> AlarmDataOf:
    """Return what tells what an alarm's data say."""

    def said(account: str, region: str, name: str) -> AlarmData:
        if not faults.reachable(region, "monitoring"):
            return _UNKNOWN
        try:
            return judged(account, region, name)
        except Exception:  # noqa: BLE001 — the evaluator says what is wrong with an alarm; here, its data are unknown
            return _UNKNOWN

    def judged(account: str, region: str, name: str) -> AlarmData:
        with request_scope(account, region):
            alarm = cloudwatch._alarms.get(name)
            if alarm is None:
                return _UNKNOWN
            defined = definition.read(alarm)
            periods = defined.evaluation_periods
            end = math.floor(clock.emulated(clock.time()) / _MINUTE) * _MINUTE
            windows = Windows(end, defined.period, evaluation_range(periods), clock.real)
            state = judge(
                [None if point is None else defined.breaches(point.value) for point in watched(defined, windows)],
                evaluation_periods=periods,
                datapoints_to_alarm=periods,
                treatment=Treatment.MISSING,
            ).state
        match state:
            case AlarmStateValue.OK:
                return "OK"
            case AlarmStateValue.ALARM:
                return "ALARM"
            case AlarmStateValue.INSUFFICIENT_DATA | None:
                return _UNKNOWN

    return said

"""Why an alarm is in its state, in the words of CloudWatch."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from emulator.cloudwatch.alarms.datapoints import Datapoint
from emulator.cloudwatch.alarms.definition import COMPARISONS, AlarmDefinition
from emulator.cloudwatch.alarms.evaluation import AlarmEvaluation, AlarmStateValue, Treatment

_MOST_SHOWN = 5


def timestamp(moment: float) -> str:
    """Return a moment as alarms' messages and data write it."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def reason(
    definition: AlarmDefinition,
    state: AlarmStateValue,
    verdict: AlarmEvaluation,
    datapoints: Sequence[Datapoint | None],
) -> str:
    """Return the text of an alarm's `StateReason`."""
    if state is AlarmStateValue.INSUFFICIENT_DATA:
        were = "was" if verdict.filled == 1 else "were"
        return f"Insufficient Data: {_counted(verdict.filled, 'datapoint')} {were} unknown."
    used = [point for position in reversed(verdict.used) if (point := datapoints[position]) is not None]
    if verdict.filled and definition.treatment in (Treatment.BREACHING, Treatment.NOT_BREACHING):
        return _with_gaps(definition, len(used), verdict.filled)
    wrong = state is AlarmStateValue.ALARM
    telling = [point for point in used if definition.breaches(point.value) is wrong]
    periods, needed = definition.evaluation_periods, definition.datapoints_to_alarm
    values = ", ".join(f"{point.value} ({_short(point.start)})" for point in telling[:_MOST_SHOWN])
    more = ", ..." if len(telling) > _MOST_SHOWN else ""
    were = ("was" if len(telling) == 1 else "were") + ("" if wrong else " not")
    minimum, change = (needed, "OK -> ALARM") if wrong else (periods - needed + 1, "ALARM -> OK")
    return (
        f"Threshold Crossed: {len(telling)} out of the last {periods} datapoints [{values}{more}] {were} "
        f"{COMPARISONS[definition.comparison]} the threshold ({definition.threshold}) "
        f"(minimum {_counted(minimum, 'datapoint')} for {change} transition)."
    )


def reason_data(
    definition: AlarmDefinition, verdict: AlarmEvaluation, datapoints: Sequence[Datapoint | None], at: float
) -> dict[str, Any]:
    """Return what `StateReasonData` holds as JSON: what was seen, and when."""
    used = [point for position in verdict.used if (point := datapoints[position]) is not None]
    data: dict[str, Any] = {"version": "1.0", "queryDate": timestamp(at)}
    if used:
        data["startDate"] = timestamp(used[0].start)
    if definition.statistic:
        data["statistic"] = definition.statistic
    evaluated = [
        {"timestamp": timestamp(point.start), "sampleCount": point.samples, "value": point.value}
        for point in reversed(used)
    ]
    return {
        **data,
        "period": definition.period,
        "recentDatapoints": [point.value for point in used],
        "threshold": definition.threshold,
        "evaluatedDatapoints": evaluated,
    }


def _with_gaps(definition: AlarmDefinition, received: int, missing: int) -> str:
    periods = _counted(definition.evaluation_periods, "period")
    were, treated = ("was" if count == 1 else "were" for count in (received, missing))
    as_what = "Breaching" if definition.treatment is Treatment.BREACHING else "NonBreaching"
    return (
        f"Threshold Crossed: {_counted(received, 'datapoint')} {were} received for {periods} "
        f"and {_counted(missing, 'missing datapoint')} {treated} treated as [{as_what}]."
    )


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _short(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d/%m/%y %H:%M:%S")

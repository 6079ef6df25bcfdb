"""From datapoints to an alarm's state: M of N, and what silence means.

The rules and the tables they are tested against are those of the CloudWatch user guide, "Configuring how CloudWatch
alarms treat missing data" and "Avoiding premature transitions to alarm state"
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

_EXTRA_DATAPOINTS = 2
"""AWS retrieves "a higher number of data points" than it needs; its one published example is 5 for 3."""


class AlarmStateValue(StrEnum):
    """What an alarm says."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class Treatment(StrEnum):
    """What a datapoint that is missing counts as, where there are too few others."""

    MISSING = "missing"
    IGNORE = "ignore"
    BREACHING = "breaching"
    NOT_BREACHING = "notBreaching"


@dataclass(frozen=True)
class AlarmEvaluation:
    """What an evaluation found."""

    state: AlarmStateValue | None
    """None: the alarm stays in its state."""
    used: tuple[int, ...]
    """The positions of the existing datapoints that were evaluated, oldest first."""
    filled: int
    """How many datapoints were missing for an evaluation."""


def evaluation_range(evaluation_periods: int) -> int:
    """Return how many datapoints an evaluation looks at, so that gaps can be bridged with older ones."""
    return evaluation_periods + _EXTRA_DATAPOINTS


def judge(
    breaching: Sequence[bool | None], *, evaluation_periods: int, datapoints_to_alarm: int, treatment: Treatment
) -> AlarmEvaluation:
    """Evaluate the datapoints of the evaluation range, oldest first; None is a datapoint that is missing."""
    used = [position for position, each in enumerate(breaching) if each is not None][-evaluation_periods:]
    filled = evaluation_periods - len(used)
    bad = [position for position in used if breaching[position]]
    counted = len(bad) + (filled if treatment is Treatment.BREACHING else 0)
    if counted >= datapoints_to_alarm:
        state: AlarmStateValue | None = AlarmStateValue.ALARM
    elif not filled or treatment in (Treatment.BREACHING, Treatment.NOT_BREACHING) or len(bad) < len(used):
        state = AlarmStateValue.OK
    elif treatment is Treatment.IGNORE:
        state = None
    else:
        # Nothing speaks against an alarm, yet less than it takes speaks for it: it waits until the oldest breaching
        # datapoint is as old as the breaches that it takes. The guide leaves open what it is while it waits; the
        # edition of 2018 has a row for it ("- - - - X": INSUFFICIENT_DATA).
        waited = bool(bad) and len(breaching) - bad[0] >= datapoints_to_alarm
        state = AlarmStateValue.ALARM if waited else AlarmStateValue.INSUFFICIENT_DATA
    return AlarmEvaluation(state, tuple(used), filled)

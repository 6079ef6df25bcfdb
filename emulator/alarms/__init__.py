"""CloudWatch alarms that evaluate: dimensions, periods, M of N, missing data, metric math, notifications."""

from emulator.alarms.evaluator import AlarmEvaluator
from emulator.alarms.takeover import install

__all__ = ["AlarmEvaluator", "install"]

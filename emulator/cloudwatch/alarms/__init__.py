"""CloudWatch alarms that evaluate: dimensions, periods, M of N, missing data, metric math, notifications."""

from emulator.cloudwatch.alarms.evaluator import AlarmEvaluator
from emulator.cloudwatch.alarms.takeover import install

__all__ = ["AlarmEvaluator", "install"]

"""CloudWatch's embedded metric format: log lines of functions that carry metrics. MiniStack knows nothing of it.

The translation is pure; `function_logs` feeds it what functions print.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Datum = dict[str, Any]

MOST_VALUE = 2.0**360
"""CloudWatch takes values from this one's negative to it."""


def metric_data(line: str) -> Iterator[tuple[str, Datum]]:
    """Yield the namespace and the `PutMetricData` entry of every metric in a log line; most lines carry none.

    What does not follow the format is skipped, as CloudWatch does: the line stays a log line.
    """
    if '"_aws"' not in line:
        return
    try:
        root = json.loads(line)
        metadata = root["_aws"]
        seconds = metadata["Timestamp"] / 1000
        directives = metadata["CloudWatchMetrics"]
    except (ValueError, KeyError, TypeError, OverflowError):
        return
    for directive in _dicts(directives):
        if isinstance(directive.get("Namespace"), str):
            for datum in _directive_data(root, directive):
                yield directive["Namespace"], {**datum, "Timestamp": seconds}


def _directive_data(root: Mapping[str, Any], directive: Mapping[str, Any]) -> Iterator[Datum]:
    """Yield one entry for each metric under each of the directive's sets of dimensions."""
    for names in _list(directive.get("Dimensions")) or [[]]:
        if not isinstance(names, list) or not all(isinstance(_member(root, name), str) for name in names):
            continue
        dimensions = [{"Name": name, "Value": root[name]} for name in names]
        for metric in _dicts(directive.get("Metrics")):
            values = _numbers(_member(root, metric.get("Name")))
            if values:
                unit = metric.get("Unit", "None")
                yield {"MetricName": metric["Name"], "Dimensions": dimensions, "Unit": unit, "Values": values}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _dicts(value: object) -> list[dict[str, Any]]:
    return [each for each in _list(value) if isinstance(each, dict)]


def _member(root: Mapping[str, Any], name: object) -> object:
    return root.get(name) if isinstance(name, str) else None


def _numbers(value: object) -> list[float]:
    values = value if isinstance(value, list) else [value]
    numbers = [each for each in values if isinstance(each, int | float) and not isinstance(each, bool)]
    return [float(each) for each in numbers if abs(each) <= MOST_VALUE] if len(numbers) == len(values) else []

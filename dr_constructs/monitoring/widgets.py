"""Dashboard widgets and their layout: rows that share the 24 columns of a CloudWatch dashboard evenly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from dr_constructs.monitoring.watched import WatchedMetric

GRID_COLUMNS = 24
PERIOD_SECONDS = 60

Statistic = Literal["Average", "Maximum", "Minimum", "Sum", "p99"]


@dataclass(frozen=True)
class Widget:
    """One widget without its place; `properties` are those of CloudWatch's dashboard body."""

    kind: Literal["text", "alarm", "metric"]
    height: int
    properties: dict[str, Any]


@dataclass(frozen=True)
class GraphLine:
    """One line of a graph."""

    metric: WatchedMetric
    label: str
    statistic: Statistic


@dataclass(frozen=True)
class Threshold:
    """A horizontal line: above it, or below it, an alarm fires."""

    label: str
    value: float


def text(markdown: str, *, height: int) -> Widget:
    """Return a widget of Markdown."""
    return Widget("text", height, {"markdown": markdown})


def alarm_status(title: str, arns: Sequence[str], *, height: int) -> Widget:
    """Return the states of alarms, those that changed last in front."""
    return Widget("alarm", height, {"title": title, "alarms": list(arns), "sortBy": "stateUpdatedTimestamp"})


def graph(title: str, unit: str, series: Sequence[GraphLine], *, threshold: Threshold | None = None) -> Widget:
    """Return lines over time from zero upwards; a gap is missing data and is never drawn as zero."""
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "stacked": False,
        "period": PERIOD_SECONDS,
        # The console wants a region for the widget; each line names its own beside it.
        "region": series[0].metric.region,
        "metrics": [_line(one) for one in series],
        "yAxis": {"left": {"min": 0, "label": unit, "showUnits": False}},
    }
    if threshold is not None:
        properties["annotations"] = {"horizontal": [{"label": threshold.label, "value": threshold.value}]}
    return Widget("metric", 6, properties)


def lay_out(rows: Sequence[Sequence[Widget]]) -> list[dict[str, Any]]:
    """Return the widgets of a dashboard body, row under row, each row as high as its highest widget."""
    placed: list[dict[str, Any]] = []
    y = 0
    for row in rows:
        width, height = GRID_COLUMNS // len(row), max(widget.height for widget in row)
        placed += [
            {
                "type": widget.kind,
                "x": column * width,
                "y": y,
                "width": width,
                "height": height,
                "properties": widget.properties,
            }
            for column, widget in enumerate(row)
        ]
        y += height
    return placed


def _line(series: GraphLine) -> list[Any]:
    """Write a series as CloudWatch does: namespace, name, dimension names and values in turn, options last."""
    metric = series.metric
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    options = {"label": series.label, "stat": series.statistic, "region": metric.region}
    return [metric.namespace, metric.name, *dimensions, options]

"""Reads the answers to payers, by region and minute, from the metrics of the functions and API Gateway.

IAM: cloudwatch:GetMetricData.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from contract.environment import REGION_DIMENSION, Function, Metric, metrics_namespace
from contract.names import api_name
from operations.aws import Aws
from operations.evidence.move_record import EvidenceModel
from operations.site import RegionSite, Site
from operations.topology.asking import UNREADABLE, UnknownError, reason
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import SiteClock

MINUTE_SECONDS = 60
"""The functions publish at standard resolution, and CloudWatch keeps API Gateway's metrics no finer."""

ARRIVES_WITHIN_SECONDS = 180
"""How long after its end a minute may be incomplete: CloudWatch may show data two minutes late."""

_PAYMENT_METRICS = {
    "stored": (Metric.PAYMENT_STORED, Metric.PAYMENT_REPLAYED),
    "queued": (Metric.PAYMENT_QUEUED,),
    "refused": (Metric.PAYMENT_REFUSED,),
    "declined": (Metric.PAYMENT_REJECTED, Metric.PAYMENT_CONFLICT),
}
_ERRORS, _REQUESTS, _ALIVE = "errors", "requests", "alive"
_OF_THE_API = {_ERRORS, _REQUESTS}
"""API Gateway's series, which do not show whether the functions' own metrics arrive."""

_FAILED = {"InternalError", "Forbidden"}
"""CloudWatch's status codes for a metric that it could not read."""


class PaymentMinute(EvidenceModel):
    """One minute of one region; the numbers count answers."""

    at: float
    """When it began, in seconds since the epoch."""
    answered: int
    """201 and 200: the payment is stored."""
    queued: int
    """202."""
    refused: int
    """503 by the payment function."""
    declined: int
    """400 and 409: the payer's own mistakes."""
    api_errors: int | None
    """5xx of the whole API as API Gateway counts them: with those that no function answered, and with `/health` and
    `/writer`. None where it published nothing."""

    @property
    def taken(self) -> int:
        """Return how many payments were acknowledged."""
        return self.answered + self.queued


Minutes = Mapping[float, PaymentMinute]
"""Minutes by their beginning; a missing one is unknown: the functions published nothing, or it has not arrived."""


@dataclass(frozen=True)
class MinuteRange:
    """Whole minutes, each of `period` real seconds: an emulator that runs faster has shorter ones."""

    first: float
    end: float
    period: int

    @classmethod
    def around(cls, begin: float, end: float, *, scale: float) -> "MinuteRange":
        """Return the whole minutes that cover a period."""
        period = max(1, round(MINUTE_SECONDS / scale))
        return cls(begin // period * period, -(-end // period) * period, period)

    def __iter__(self) -> Iterator[float]:
        """Return each minute's beginning."""
        return (self.first + index * self.period for index in range(round((self.end - self.first) / self.period)))

    @property
    def arrives_within(self) -> float:
        """Return how long after its end a minute may be incomplete, in real seconds."""
        return ARRIVES_WITHIN_SECONDS * self.period / MINUTE_SECONDS


def read_minutes(site: Site, aws: Aws, asked: MinuteRange, *, clock: SiteClock) -> dict[str, Reading[Minutes]]:
    """Return each region's minutes that have arrived by the clock, which the answers set."""
    return {region.name: _read_region(site.suffix, region, aws, asked, clock) for region in site.regions.values()}


def _read_region(suffix: str, region: RegionSite, aws: Aws, asked: MinuteRange, clock: SiteClock) -> Reading[Minutes]:
    try:
        series = _series(aws.client("cloudwatch", region.name), _queries(suffix, region, asked.period), asked)
    except UNREADABLE as error:
        return Unknown(reason(error))
    if isinstance(clock.ahead, Unknown):  # a minute that has not arrived would count as known
        return clock.ahead
    now = clock.time()
    found: dict[float, PaymentMinute] = {}
    for at in asked:
        has_arrived = at + asked.period + asked.arrives_within <= now
        if has_arrived and any(at in values for name, values in series.items() if name[:-1] not in _OF_THE_API):
            found[at] = _minute(at, series)
    return Known(found)


def _minute(at: float, series: Mapping[str, Mapping[float, float]]) -> PaymentMinute:
    def count(name: str) -> int:
        """Return a counter's sum; no datapoint means 0, because other metrics were published in the minute."""
        return round(sum(series.get(f"{name}{index}", {}).get(at, 0.0) for index in range(2)))

    has_requests = at in series.get(f"{_REQUESTS}0", {})
    return PaymentMinute(
        at=at,
        answered=count("stored"),
        queued=count("queued"),
        refused=count("refused"),
        declined=count("declined"),
        api_errors=count(_ERRORS) if has_requests else None,
    )


def _queries(suffix: str, region: RegionSite, period: int) -> list[dict[str, Any]]:
    def query(id_: str, namespace: str, name: str, dimensions: Mapping[str, str], statistic: str) -> dict[str, Any]:
        named = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        metric = {"Namespace": namespace, "MetricName": name, "Dimensions": named}
        return {"Id": id_, "MetricStat": {"Metric": metric, "Period": period, "Stat": statistic}}

    def own(function: Function) -> dict[str, str]:
        return {"service": function, REGION_DIMENSION: region.name}

    namespace = metrics_namespace(suffix)
    api = {"ApiName": api_name(region.name, suffix), "Stage": region.execute_api_url.rpartition("/")[2]}
    return [
        *(
            query(f"{name}{index}", namespace, metric, own(Function.PAYMENT_API), "Sum")
            for name, metrics in _PAYMENT_METRICS.items()
            for index, metric in enumerate(metrics)
        ),
        # The ticker publishes it every few seconds, with or without payments.
        query(f"{_ALIVE}0", namespace, Metric.WRITER_UNKNOWN, own(Function.TICKER), "SampleCount"),
        query(f"{_REQUESTS}0", "AWS/ApiGateway", "Count", api, "Sum"),
        query(f"{_ERRORS}0", "AWS/ApiGateway", "5XXError", api, "Sum"),
    ]


def _series(
    client: Any,  # noqa: ANN401 — boto3 makes its classes at run time
    queries: list[dict[str, Any]],
    asked: MinuteRange,
) -> dict[str, dict[float, float]]:
    request: dict[str, Any] = {
        "MetricDataQueries": queries,
        "StartTime": datetime.fromtimestamp(asked.first, UTC),
        "EndTime": datetime.fromtimestamp(asked.end, UTC),
    }
    series: dict[str, dict[float, float]] = {}
    while True:
        answer = client.get_metric_data(**request)
        for each in answer["MetricDataResults"]:
            if each.get("StatusCode") in _FAILED:
                raise UnknownError(f"CloudWatch: {each['StatusCode']}")
            values = series.setdefault(each["Id"], {})
            for at, value in zip(each["Timestamps"], each["Values"], strict=True):
                minute = at.timestamp() // asked.period * asked.period
                values[minute] = values.get(minute, 0.0) + value
        if not answer.get("NextToken"):
            return series
        request["NextToken"] = answer["NextToken"]

"""A deployment whose CloudWatch and transaction logs tell what a test made up."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError

from contract.environment import Function, Metric
from handlers.runtime import timestamp
from tests.unit.operations.fakes import FakeAws

OTHER_DEPLOYMENT = "PaymentsDR/other"


@dataclass
class Observed:
    """Counts by region and minute, and the moments at which payments were stored by region; both in real seconds."""

    counts: dict[str, dict[Metric, dict[float, int]]] = field(default_factory=dict)
    alive: dict[str, set[float]] = field(default_factory=dict)
    """The minutes in which a region's ticker published."""
    requests: dict[str, dict[float, tuple[int, int]]] = field(default_factory=dict)
    """API Gateway's requests, and those that ended with 5xx."""
    stored: dict[str, list[float]] = field(default_factory=dict)
    lost: set[str] = field(default_factory=set)
    """Regions whose AWS does not connect."""
    page: int = 1000
    asked: list[Mapping[str, Any]] = field(default_factory=list)
    denied: bool = False

    def count(self, region: str, metric: Metric, **minutes: int) -> None:
        """Count so many in minutes that are named `m0`, `m1` … from the first one on."""
        self.counts.setdefault(region, {})[metric] = {60.0 * int(name[1:]): value for name, value in minutes.items()}

    @property
    def aws(self) -> FakeAws:
        """Return clients that tell it."""
        answers: dict[tuple[str, ...], Any] = {}
        for region in {*self.counts, *self.alive, *self.requests} - self.lost:
            answers["cloudwatch", region, "get_metric_data"] = self._metrics_of(region)
        return _Observing(answers, logs=_Logs(self))

    def _metrics_of(self, region: str) -> Any:
        def answer(**request: Any) -> Any:
            self.asked.append(request)
            if self.denied:
                raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetMetricData")
            first, end = request["StartTime"].timestamp(), request["EndTime"].timestamp()
            rows = [
                (query["Id"], minute, value)
                for query in request["MetricDataQueries"]
                for minute, value in self._values(region, query["MetricStat"]).items()
                if first <= minute < end
            ]
            begin = int(request.get("NextToken", "0"))
            shown = rows[begin : begin + self.page]
            results = [
                {
                    "Id": id_,
                    "Timestamps": [datetime.fromtimestamp(at, UTC)],
                    "Values": [value],
                    "StatusCode": "Complete",
                }
                for id_, at, value in shown
            ]
            more = {"NextToken": str(begin + self.page)} if begin + self.page < len(rows) else {}
            return {"MetricDataResults": results, **more}

        return answer

    def _values(self, region: str, wanted: Mapping[str, Any]) -> dict[float, float]:
        metric = wanted["Metric"]
        dimensions = {each["Name"]: each["Value"] for each in metric["Dimensions"]}
        if metric["Namespace"] == "AWS/ApiGateway":
            assert dimensions == {"ApiName": f"payments-{region}-dev", "Stage": "live"}
            index = ("Count", "5XXError").index(metric["MetricName"])
            return {at: float(counts[index]) for at, counts in self.requests.get(region, {}).items()}
        assert metric["Namespace"] == "PaymentsDR/dev"
        assert dimensions["Region"] == region
        if dimensions["service"] == Function.TICKER:
            assert (metric["MetricName"], wanted["Stat"]) == (Metric.WRITER_UNKNOWN, "SampleCount")
            return dict.fromkeys(self.alive.get(region, ()), 12.0)
        assert (dimensions["service"], wanted["Stat"]) == (Function.PAYMENT_API, "Sum")
        found = self.counts.get(region, {}).get(Metric(metric["MetricName"]), {})
        return {at: float(value) for at, value in found.items()}


class _Observing(FakeAws):
    def __init__(self, answers: Mapping[tuple[str, ...], Any], logs: "_Logs") -> None:
        super().__init__(answers)
        self._logs = logs

    def client(self, service: str, region: str) -> Any:
        return self._logs if service == "s3" else super().client(service, region)


class _Logs:
    """S3 as reading logs uses it: an object a payment, written two seconds after it."""

    def __init__(self, observed: Observed) -> None:
        self._lost = observed.lost
        self._objects = {
            f"transaction-logs/{region}/{datetime.fromtimestamp(at, UTC):%Y/%m/%d}/{index}.jsonl": (region, at)
            for region, moments in observed.stored.items()
            for index, at in enumerate(moments)
        }

    def get_paginator(self, operation: str) -> "_Logs":
        assert operation == "list_objects_v2"
        return self

    def paginate(self, *, Bucket: str, Prefix: str) -> Iterator[Any]:  # noqa: N803 — AWS's names
        if Bucket in {f"bucket-{region}" for region in self._lost}:
            raise EndpointConnectionError(endpoint_url="https://s3")
        yield {
            "Contents": [
                {"Key": key, "LastModified": datetime.fromtimestamp(at + 2, UTC)}
                for key, (region, at) in self._objects.items()
                if key.startswith(Prefix) and Bucket == f"bucket-{region}"
            ]
        }

    def get_object(self, *, Bucket: str, Key: str) -> Any:  # noqa: N803
        region, at = self._objects[Key]
        assert Bucket == f"bucket-{region}"
        lines = (json.dumps({"id": Key, "region": region, "storedAt": timestamp(at)}), "not a line")
        return {"Body": io.BytesIO("\n".join(lines).encode())}

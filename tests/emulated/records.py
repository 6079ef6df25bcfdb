"""What the deployment writes down: logs, metrics and objects."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from contract.environment import LOG_PREFIX, Function, Metric
from contract.names import access_log_group
from handlers.payments import exact_json
from handlers.payments.logged_payment import LoggedPayment
from handlers.payments.model import StoredPayment
from tests.emulated.site import Site


def log_lines(site: Site, function: Function, region: str) -> list[str]:
    """Return everything that a function's log group holds."""
    pages = (
        site.aws("logs", region)
        .get_paginator("filter_log_events")
        .paginate(logGroupName=f"/aws/lambda/{site.name(function, region)}")
    )
    return [line for page in pages for event in page["events"] for line in event["message"].splitlines()]


def access_lines(site: Site, region: str) -> list[dict[str, str]]:
    """Return the lines of a region's access log."""
    group = access_log_group(region, site.suffix)
    pages = site.aws("logs", region).get_paginator("filter_log_events").paginate(logGroupName=group)
    return [json.loads(event["message"]) for page in pages for event in page["events"]]


def log_records(site: Site, function: Function, region: str) -> list[dict[str, Any]]:
    """Return the structured lines of a function's log group, metrics among them."""
    lines = log_lines(site, function, region)
    return [json.loads(line) for line in lines if line.startswith("{")]


def metric_values(
    site: Site, metric: Metric, service: Function, region: str, statistic: Literal["Maximum", "Sum"] = "Maximum"
) -> list[float]:
    """Return a statistic of a function's metric for each of the last minutes."""
    now = datetime.now(UTC)
    points = site.aws("cloudwatch", region).get_metric_statistics(
        Namespace=site.environment(service, region)["POWERTOOLS_METRICS_NAMESPACE"],
        MetricName=metric,
        Dimensions=[{"Name": "service", "Value": service}, {"Name": "Region", "Value": region}],
        StartTime=now - timedelta(minutes=30),
        EndTime=now + timedelta(minutes=1),
        Period=60,
        Statistics=[statistic],
    )["Datapoints"]
    return [point[statistic] for point in points]


def keys(site: Site, region: str, prefix: str) -> list[str]:
    """Return the keys of a region's bucket under a prefix."""
    bucket = site.output("bucket_names", region)
    pages = site.aws("s3", region).get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def read(site: Site, region: str, key: str) -> bytes:
    """Return an object of a region's bucket."""
    body: bytes = site.aws("s3", region).get_object(Bucket=site.output("bucket_names", region), Key=key)["Body"].read()
    return body


def logged(site: Site, transaction_id: str, *, began_in: str, bucket_of: str) -> list[dict[str, Any]]:
    """Return one payment as a region's transaction logs tell of it, in the shape of the API, line by line.

    The logs are those that one region wrote, as another's bucket holds them.
    """
    objects = [read(site, bucket_of, key) for key in keys(site, bucket_of, f"{LOG_PREFIX}{began_in}/")]
    lines = [LoggedPayment.from_line(line) for body in objects for line in body.decode().splitlines()]
    found = [StoredPayment.from_item(line.item()) for line in lines if line.transaction_id == transaction_id]
    documents: list[dict[str, Any]] = [json.loads(exact_json.dumps(payment.document())) for payment in found]
    return documents

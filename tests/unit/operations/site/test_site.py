"""The site as the stack's outputs tell it."""

from typing import Any

import pytest

from contract.outputs import QueueKind
from contract.parameters import ParameterPath
from contract.roles import Role
from operations.errors import OperationError
from operations.site import Site
from tests.unit.operations.site.outputs import outputs


def test_both_regions() -> None:
    site = Site.from_outputs(outputs())
    assert (site.suffix, site.table_name) == ("dev", "payments-dev")
    assert (site.control_table_name, site.witness_region) == ("payments-control-dev", "us-west-2")
    assert (site.primary.name, site.standby.name) == ("us-east-1", "us-east-2")
    assert site.standby.queue_urls[QueueKind.DEAD_LETTER] == "https://sqs/dead_letter-standby"
    assert site.parameter(ParameterPath.OPERATIONS_SITE, Role.STANDBY) == "/payments-us-east-2-dev/operations/site"


@pytest.mark.parametrize("ending", ["", "-{region}-dev"])
def test_alarms_by_arn_or_by_name(ending: str) -> None:
    by_arn = outputs()
    by_name = {name: value for name, value in by_arn.items() if name != "alarm_arns"}
    by_name["alarm_names"] = {region: [f"lag{ending.format(region=region)}"] for region in ("us-east-1", "us-east-2")}
    assert Site.from_outputs(by_arn) == Site.from_outputs(by_name)
    assert Site.from_outputs(by_arn).primary.alarm_names == ("lag-us-east-1-dev",)


def test_without_a_domain() -> None:
    told = outputs()
    del told["failover_endpoint_url"], told["health_check_ids"]
    site = Site.from_outputs(told)
    assert site.failover_endpoint_url is None
    assert site.health_check_ids is None


def test_thresholds_are_the_deployed_ones() -> None:
    told = outputs()
    assert Site.from_outputs(told).replication_lag_threshold_seconds == 20
    del told["replication_lag_threshold_seconds"]
    assert Site.from_outputs(told).replication_lag_threshold_seconds == 30


@pytest.mark.parametrize(
    "missing",
    ["table_name", "control_table_name", "witness_region", "regions", "retry_queue_urls", "standby_endpoint_url"],
)
def test_what_is_missing_is_named(missing: str) -> None:
    told = outputs()
    del told[missing]
    with pytest.raises(OperationError, match=f"must hold '?{missing}"):
        Site.from_outputs(told)


@pytest.mark.parametrize("missing", ["regions", "bucket_names", "alarm_arns"])
def test_so_is_what_is_missing_in_it(missing: str) -> None:
    with pytest.raises(OperationError, match=rf"must hold '?{missing}\.(primary|us-east-1)"):
        Site.from_outputs({**outputs(), missing: {}})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("table_name", 7),
        ("regions", "us-east-1"),
        ("regions", {"primary": 1, "standby": 2}),
        ("execute_api_urls", ["https://a"]),
        ("bucket_names", None),
        ("retry_queue_urls", 7),
        ("function_names", {"primary": {"x": "y"}}),
        ("function_names", {"primary": 7, "standby": 7}),
        ("alarm_arns", "arn:aws:cloudwatch:us-east-1:1:alarm:lag"),
        ("alarm_arns", {"us-east-1": 7, "us-east-2": 7}),
        ("alarm_arns", {"us-east-1": "arn", "us-east-2": "arn"}),
        ("alarm_arns", {"us-east-1": [7], "us-east-2": [7]}),
        ("health_check_ids", "id"),
        ("replication_lag_threshold_seconds", "soon"),
        ("health_check_ids", {"takeover": "id"}),
    ],
)
def test_what_is_something_else_is_named(name: str, value: Any) -> None:
    with pytest.raises(OperationError, match=r"^the stack's output"):
        Site.from_outputs({**outputs(), name: value})


@pytest.mark.parametrize("told", ["payments-dev", ["table_name"], 7, None])
def test_outputs_that_are_none(told: object) -> None:
    with pytest.raises(OperationError, match="the stack's outputs must be an object by name, got"):
        Site.from_outputs(told)


def test_regions_have_roles() -> None:
    site = Site.from_outputs(outputs())
    assert site.role_of("us-east-2") is Role.STANDBY
    assert site.role_of("us-west-2") is None


def test_roles_have_peers() -> None:
    assert [role.peer for role in Role] == [Role.STANDBY, Role.PRIMARY]

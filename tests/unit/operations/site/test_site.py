"""The site as the stack's outputs tell it."""

from typing import Any

import pytest

from operations.errors import OperationError
from operations.site import QueueKind, Role, Site
from tests.unit.operations.site.outputs import outputs


def test_both_regions() -> None:
    site = Site.from_outputs(outputs())
    assert (site.suffix, site.table_name) == ("dev", "payments-dev")
    assert (site.primary.name, site.standby.name) == ("us-east-1", "us-east-2")
    assert site.standby.queue_urls[QueueKind.DEAD_LETTER] == "https://sqs/dead_letter-standby"
    assert site.parameter("operations/site", Role.STANDBY) == "/payments-us-east-2-dev/operations/site"


def test_alarms_by_arn_or_by_name() -> None:
    by_arn = outputs()
    by_name = {name: value for name, value in by_arn.items() if name != "alarm_arns"}
    by_name["alarm_names"] = {"us-east-1": ["lag-us-east-1-dev"], "us-east-2": ["lag-us-east-2-dev"]}
    assert Site.from_outputs(by_arn) == Site.from_outputs(by_name)
    assert Site.from_outputs(by_arn).primary.alarm_names == ("lag-us-east-1-dev",)


def test_without_a_domain() -> None:
    told = outputs()
    del told["failover_endpoint_url"], told["health_check_ids"]
    site = Site.from_outputs(told)
    assert site.failover_endpoint_url is None
    assert site.health_check_ids is None


@pytest.mark.parametrize("missing", ["table_name", "regions", "retry_queue_urls", "standby_endpoint_url"])
def test_what_is_missing_is_named(missing: str) -> None:
    told = outputs()
    del told[missing]
    with pytest.raises(OperationError, match=f"must hold '?{missing}"):
        Site.from_outputs(told)


@pytest.mark.parametrize(("name", "value"), [("table_name", 7), ("function_names", {"primary": {"x": "y"}})])
def test_what_is_something_else_is_named(name: str, value: Any) -> None:
    with pytest.raises(OperationError, match=r"^the stack's output"):
        Site.from_outputs({**outputs(), name: value})


def test_roles_have_peers() -> None:
    assert [role.peer for role in Role] == [Role.STANDBY, Role.PRIMARY]

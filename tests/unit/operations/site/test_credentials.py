"""Rights come within seconds, and from any region that answers."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
)

from operations.aws import Aws
from operations.errors import OperationError
from tests.unit.operations.site.network import Network, connected, raising, refusal

ROLE = "arn:aws:iam::123456789012:role/dr-operations-dev"
STANDBY, PRIMARY = "us-east-2", "us-east-1"
STS = {region: f"sts.{region}.amazonaws.com" for region in (STANDBY, PRIMARY)}


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    return connected(monkeypatch)


def assumed() -> Aws:
    return Aws(session=boto3.Session()).assuming(ROLE, STANDBY, PRIMARY)


class TestAssuming:
    """The standby's STS is asked, the primary's where that one does not answer."""

    def test_the_first_answers(self, network: Network) -> None:
        assumed()
        assert network.hosts == [STS[STANDBY]]

    @pytest.mark.parametrize(
        "trouble",
        [
            raising(ConnectTimeoutError(endpoint_url="")),
            raising(EndpointConnectionError(endpoint_url="")),
            raising(ReadTimeoutError(endpoint_url="")),
            raising(ConnectionClosedError(endpoint_url="")),
            refusal(500, "InternalFailure"),
            refusal(503, "ServiceUnavailable"),
            refusal(400, "Throttling"),
        ],
        ids=["no connection", "no route", "no answer", "cut off", "500", "503", "throttled"],
    )
    def test_the_other_is_asked_after_a_second_try(self, network: Network, trouble: Callable[[], Any]) -> None:
        network.troubles[STS[STANDBY]] = trouble
        assumed()
        assert network.hosts == [STS[STANDBY], STS[STANDBY], STS[PRIMARY]]

    def test_so_it_is_where_sts_is_switched_off(self, network: Network) -> None:
        network.troubles[STS[STANDBY]] = refusal(403, "RegionDisabledException")
        assumed()
        assert network.hosts == [STS[STANDBY], STS[PRIMARY]]

    def test_a_refusal_is_everywhere_the_same(self, network: Network) -> None:
        network.troubles[STS[STANDBY]] = refusal(403, "AccessDenied")
        with pytest.raises(OperationError, match=rf"^--role {ROLE} cannot be assumed: .*AccessDenied.*"):
            assumed()
        assert network.hosts == [STS[STANDBY]]

    def test_both_are_lost(self, network: Network) -> None:
        network.troubles = dict.fromkeys(STS.values(), raising(ConnectTimeoutError(endpoint_url="https://sts")))
        with pytest.raises(OperationError, match=rf"^--role {ROLE} cannot be assumed: Connect timeout"):
            assumed()

    def test_the_environment_cannot_send_it_to_one_place_for_all(
        self, network: Network, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", "legacy")
        assumed()
        assert network.hosts == [STS[STANDBY]]

    def test_each_try_is_short(self, network: Network) -> None:
        assumed()
        assert {each.seconds for each in network.sent} == {(1, 2)}

    def test_the_regions_are_asked_anew_when_the_rights_are_renewed(self, network: Network) -> None:
        credentials: Any = assumed()._session.get_credentials()
        network.troubles[STS[STANDBY]] = raising(ConnectTimeoutError(endpoint_url=""))
        credentials._expiry_time = credentials._time_fetcher()
        credentials.get_frozen_credentials()
        assert network.hosts[-1] == STS[PRIMARY]

"""Where both regions' endpoints come from, whatever is out of reach."""

from pathlib import Path

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from client.endpoints import Endpoints, EndpointsUnknownError, find_endpoints

EAST, WEST = "https://east.example.com", "https://west.example.com"
PARAMETERS = {
    "/payments-us-east-1-dev/endpoints/own": EAST,
    "/payments-us-east-1-dev/endpoints/peer": WEST,
    "/payments-us-west-2-dev/endpoints/own": WEST,
    "/payments-us-west-2-dev/endpoints/peer": EAST,
}


class Ssm:
    """Knows the parameters of the regions that are up."""

    def __init__(self, *down: str) -> None:
        self.down = down
        self.asked: list[str] = []

    def read(self, region: str, name: str) -> str:
        self.asked.append(region)
        if region in self.down:
            raise EndpointConnectionError(endpoint_url=f"https://ssm.{region}.amazonaws.com")
        if name not in PARAMETERS:
            raise ClientError({"Error": {"Code": "ParameterNotFound", "Message": name}}, "GetParameter")
        return PARAMETERS[name]


def find(ssm: Ssm, kept: Path | None = None, suffix: str = "dev") -> Endpoints:
    return find_endpoints(suffix, "us-east-1", "us-west-2", kept=kept, read=ssm.read)


@pytest.mark.parametrize("down", [(), ("us-east-1",), ("us-west-2",)])
def test_one_region_is_enough(down: tuple[str, ...]) -> None:
    assert find(Ssm(*down)) == Endpoints(EAST, WEST)


def test_the_standby_is_asked_first() -> None:
    ssm = Ssm()
    find(ssm)
    assert set(ssm.asked) == {"us-west-2"}


def test_what_was_found_is_kept(tmp_path: Path) -> None:
    kept = tmp_path / "endpoints.json"
    find(Ssm(), kept)
    assert find(Ssm("us-east-1", "us-west-2"), kept) == Endpoints(EAST, WEST)


def test_what_was_found_counts_even_if_it_cannot_be_kept(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert find(Ssm(), tmp_path / "missing" / "endpoints.json") == Endpoints(EAST, WEST)
    assert "the endpoints could not be kept in" in caplog.text


def test_without_either_both_regions_are_quoted() -> None:
    with pytest.raises(EndpointsUnknownError, match=r"of dev: us-west-2: .*us-west-2.*; us-east-1: .*us-east-1"):
        find(Ssm("us-east-1", "us-west-2"))


def test_another_environment_has_others() -> None:
    with pytest.raises(EndpointsUnknownError, match=r"no region returned the endpoints of prod: .*ParameterNotFound"):
        find(Ssm(), suffix="prod")


@pytest.mark.parametrize("content", [None, "", "[]", '{"primary": "https://x"}', "\xff"])
def test_what_is_kept_may_be_spoilt(tmp_path: Path, content: str | None) -> None:
    kept = tmp_path / "endpoints.json"
    if content is not None:
        kept.write_bytes(content.encode("latin-1"))
    with pytest.raises(EndpointsUnknownError, match=r"none are kept in .*endpoints.json"):
        find(Ssm("us-east-1", "us-west-2"), kept)

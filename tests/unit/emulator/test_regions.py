"""Addresses by region, and the region that a host name belongs to."""

import ipaddress

import pytest

from emulator.regions import ADDRESSES, region_of_address, region_of_host


class TestAddresses:
    """Every region's own loopback address."""

    @pytest.mark.parametrize(
        ("region", "address"), [("us-east-1", "127.0.1.1"), ("us-east-2", "127.0.1.2"), ("us-west-2", "127.0.1.3")]
    )
    def test_they_never_change(self, region: str, address: str) -> None:
        assert ADDRESSES[region] == address
        assert region_of_address(address) == region

    def test_each_region_has_its_own_on_loopback(self) -> None:
        assert len(set(ADDRESSES.values())) == len(ADDRESSES)
        assert all(ipaddress.ip_address(address).is_loopback for address in ADDRESSES.values())


@pytest.mark.parametrize(
    ("host", "region"),
    [
        ("us-east-1.api.payments.example.com", "us-east-1"),
        ("US-East-2.API.payments.example.com:8443", "us-east-2"),
        ("0a1b2c3d4e.execute-api.us-west-2.amazonaws.com", "us-west-2"),
        ("abcdefgh.lambda-url.us-east-1.on.aws", "us-east-1"),
        ("api.payments.example.com", None),
        ("nowhere-1.api.payments.example.com", None),
        ("dynamodb.us-east-1.amazonaws.com", None),
        ("x.execute-api.us-east-1.amazonaws.com.evil.example", None),
        ("127.0.0.1:4566", None),
        ("", None),
    ],
)
def test_a_host_belongs_to_one_region_or_to_none(host: str, region: str | None) -> None:
    assert region_of_host(host) == region

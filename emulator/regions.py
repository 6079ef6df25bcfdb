"""Regions on one machine: each has a loopback address, so that names resolve by region (FACTS 11.5)."""

import re

DEFAULT_REGION = "us-east-1"
"""The region of a request that names none."""

# The position is the last octet of the region's address: append, never reorder.
REGIONS = (
    *("us-east-1", "us-east-2", "us-west-2", "us-west-1", "ca-central-1", "ca-west-1", "mx-central-1", "sa-east-1"),
    *("eu-west-1", "eu-west-2", "eu-west-3", "eu-central-1", "eu-central-2", "eu-north-1", "eu-south-1", "eu-south-2"),
    *("ap-south-1", "ap-south-2", "ap-east-1", "ap-east-2", "ap-northeast-1", "ap-northeast-2", "ap-northeast-3"),
    *("ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4", "ap-southeast-5", "ap-southeast-6"),
    *("ap-southeast-7", "af-south-1", "il-central-1", "me-central-1", "me-south-1"),
)

CHECKER_REGIONS = (
    *("us-east-1", "us-west-1", "us-west-2", "eu-west-1"),
    *("ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "sa-east-1"),
)
"""Where Route 53 has checkers; a check that names no regions is checked from all of them."""

ADDRESSES = {region: f"127.0.1.{position}" for position, region in enumerate(REGIONS, start=1)}
"""The data plane's address of every region."""

CALLER_ADDRESSES = {region: f"127.0.2.{position}" for position, region in enumerate(REGIONS, start=1)}
"""Where a region's functions call from, so that a partition can tell them from other callers."""

_REGION_OF_ADDRESS = {address: region for region, address in ADDRESSES.items()}
_REGION_OF_CALLER = {address: region for region, address in CALLER_ADDRESSES.items()}

HOST_PATTERN = (
    r"(?:(?P<own>[a-z0-9-]+)\.api\."
    r"|[a-z0-9-]+\.execute-api\.(?P<api>[a-z0-9-]+)\.amazonaws\.com$"
    r"|[a-z0-9]+\.lambda-url\.(?P<url>[a-z0-9-]+)\.on\.aws$)"
)
"""Host names that belong to one region: a region's own custom domain, an API's default endpoint, a function URL."""


def region_of_address(address: str) -> str:
    """Return the region whose data plane listens on an address."""
    return _REGION_OF_ADDRESS[address]


def region_of_caller(address: str) -> str | None:
    """Return the region whose functions call from an address, or None for callers outside."""
    return _REGION_OF_CALLER.get(address)


def region_of_host(host: str) -> str | None:
    """Return the region that a host name belongs to, or None for a name that several regions share."""
    match = re.match(HOST_PATTERN, host.partition(":")[0].lower())
    region = match and (match["own"] or match["api"] or match["url"])
    return region if region in ADDRESSES else None

"""A region as a value: its name, its role and the provider that its resources use."""

from dataclasses import dataclass
from enum import StrEnum

from cdktf_cdktf_provider_aws.provider import AwsProvider


class Role(StrEnum):
    """What a region is for; also the value of its `DR-Role` tag."""

    PRIMARY = "primary"
    STANDBY = "standby"


@dataclass(frozen=True)
class Region:
    """One of the two regions of a deployment."""

    name: str
    role: Role
    provider: AwsProvider

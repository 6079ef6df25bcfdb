"""A region as a value: its name, its role and the provider that its resources use."""

from dataclasses import dataclass

from cdktf_cdktf_provider_aws.provider import AwsProvider

from contract.roles import Role


@dataclass(frozen=True)
class Region:
    """One of the two regions of a deployment."""

    name: str
    role: Role
    provider: AwsProvider
    account_id: str | None = None
    """The account, once something of the region tells it; no data source does, which a lost region would block."""

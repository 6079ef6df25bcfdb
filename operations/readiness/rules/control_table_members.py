"""Each region sees the control table strongly consistent, with its other replica and the witness (FACTS 1.10).

Terraform's provider does not detect drift of the members (FACTS 12.1).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from operations.readiness.rule import DEPLOY, Readable, ReadinessRule

if TYPE_CHECKING:
    from operations.aws import Aws
    from operations.site import RegionSite, Site

_ACTIVE = "ACTIVE"


@dataclass(frozen=True)
class ControlTableMembers:
    """The control table as one region describes it, and the members that it must have."""

    active: bool
    consistency: str
    """STRONG is multi-Region strong consistency (FACTS 1.10)."""
    replicas: Mapping[str, str]
    """The status of the other replicas by region."""
    witnesses: Mapping[str, str]
    """The status of the witness by region."""
    peer: str
    witness: str


def read(site: "Site", region: "RegionSite", aws: "Aws") -> ControlTableMembers:
    """Read the control table's consistency and its members."""
    table = aws.client("dynamodb", region.name).describe_table(TableName=site.control_table_name)["Table"]
    replicas = {each["RegionName"]: each["ReplicaStatus"] for each in table.get("Replicas", [])}
    return ControlTableMembers(
        active=table["TableStatus"] == _ACTIVE,
        consistency=table.get("MultiRegionConsistency", ""),
        replicas={name: status for name, status in replicas.items() if name != region.name},
        witnesses={each["RegionName"]: each["WitnessStatus"] for each in table.get("GlobalTableWitnesses", [])},
        peer=site.regions[region.role.peer].name,
        witness=site.witness_region,
    )


def problem(table: ControlTableMembers) -> str:
    """Return what differs from one active replica, one active witness and strong consistency."""
    problems = (
        "" if table.active else "must be ACTIVE",
        "" if table.consistency == "STRONG" else f"must be STRONG, is {table.consistency or 'EVENTUAL'}",
        _member_problem("replica", table.peer, table.replicas),
        _member_problem("witness", table.witness, table.witnesses),
    )
    return "; ".join(filter(None, problems))


def _member_problem(kind: str, region: str, members: Mapping[str, str]) -> str:
    if members.get(region) == _ACTIVE and len(members) == 1:
        return ""
    found = ", ".join(f"{name} {status}" for name, status in members.items())
    return f"must have an ACTIVE {kind} in {region}, has {found or 'none'}"


RULE = ReadinessRule(
    check="control table",
    read=read,
    problem=problem,
    fine=lambda table: f"STRONG with {', '.join((*table.replicas, *table.witnesses))}",
    remedy=f"wait until DynamoDB has updated it; if a member is absent, {DEPLOY}",
    rights={"dynamodb:DescribeTable": Readable.CONTROL_TABLE},
)

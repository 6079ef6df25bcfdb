"""The documents with which Cloud Control makes `AWS::DynamoDB::GlobalTable`: read and checked, pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-dynamodb-globaltable.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from emulator.dynamodb.strong_consistency.members import Members, UnsupportedMembersError, members_of

_REPLICA: Final = {"Region", "PointInTimeRecoverySpecification", "DeletionProtectionEnabled", "Tags"}
_TABLE: Final = {
    *("TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "SSESpecification"),
    *("Replicas", "GlobalTableWitnesses", "MultiRegionConsistency"),
}

Document = Mapping[str, Any]


class BadDesiredStateError(ValueError):
    """Such a table cannot be made; the message is one line that says why."""


@dataclass(frozen=True)
class ReplicaSettings:
    """What is set for each replica alone: it is not carried to the others (FACTS 1.7)."""

    region: str
    point_in_time_recovery: bool
    deletion_protection: bool
    tags: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DesiredTable:
    """A table to be made, with all its members."""

    name: str
    members: Members
    replicas: tuple[ReplicaSettings, ...]
    create_table: Mapping[str, Any]
    """The request with which DynamoDB makes the table in one region."""


def read(document: Document, *, region: str) -> DesiredTable:
    """Return what a document asks for.

    Args:
        document: The desired state.
        region: Where Cloud Control is asked: one of the replicas must be there.

    Raises:
        BadDesiredStateError: It asks for what AWS refuses, or for what the emulator does not know.
    """
    _check_names(document, _TABLE, "a global table")
    missing = [
        name for name in ("TableName", "AttributeDefinitions", "KeySchema", "Replicas") if not document.get(name)
    ]
    if missing:
        raise BadDesiredStateError(f"required key [{missing[0]}] not found")
    if document.get("MultiRegionConsistency") != "STRONG":
        raise BadDesiredStateError("the emulator's Cloud Control makes global tables with strong consistency only")
    if document.get("BillingMode") != "PAY_PER_REQUEST":
        raise BadDesiredStateError("the emulator's Cloud Control makes global tables billed PAY_PER_REQUEST only")
    replicas = tuple(_replica(each) for each in document["Replicas"])
    try:
        members = members_of(
            [each.region for each in replicas],
            [str(each.get("Region")) for each in document.get("GlobalTableWitnesses") or []],
        )
    except UnsupportedMembersError as error:
        raise BadDesiredStateError(str(error)) from None
    if region not in members.replicas:
        raise BadDesiredStateError(f"Replicas must include the Region in which the table is made, {region}")
    sse = document.get("SSESpecification") or {}
    return DesiredTable(
        name=str(document["TableName"]),
        members=members,
        replicas=replicas,
        create_table={
            **{name: document[name] for name in ("TableName", "AttributeDefinitions", "KeySchema", "BillingMode")},
            **({"SSESpecification": {"Enabled": True, "SSEType": "KMS"}} if sse.get("SSEEnabled") else {}),
        },
    )


def _replica(replica: Document) -> ReplicaSettings:
    _check_names(replica, _REPLICA, "a replica")
    recovery = replica.get("PointInTimeRecoverySpecification") or {}
    return ReplicaSettings(
        region=str(replica.get("Region")),
        point_in_time_recovery=recovery.get("PointInTimeRecoveryEnabled") is True,
        deletion_protection=replica.get("DeletionProtectionEnabled") is True,
        tags=tuple((str(tag["Key"]), str(tag["Value"])) for tag in replica.get("Tags") or []),
    )


def _check_names(document: Document, known: set[str], what: str) -> None:
    if unknown := sorted(set(document) - known):
        raise BadDesiredStateError(f"the emulator does not know {', '.join(unknown)} of {what}")

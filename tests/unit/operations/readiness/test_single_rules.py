"""What the rules of the folder `rules` read."""

from typing import Any

import pytest

from contract.roles import Role
from operations.readiness.rules import RULES
from operations.readiness.rules.control_table_members import ControlTableMembers
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE


def read(rule: str, **answers: Any) -> Any:
    """Return what a rule reads in the standby, from DynamoDB's answers by operation."""
    aws = FakeAws({("dynamodb", operation): answer for operation, answer in answers.items()})
    return RULES[rule].read(SITE, SITE.regions[Role.STANDBY], aws)


def test_control_table_members() -> None:
    table = {
        "TableStatus": "ACTIVE",
        "MultiRegionConsistency": "STRONG",
        "Replicas": [{"RegionName": name, "ReplicaStatus": "ACTIVE"} for name in ("us-east-1", "us-east-2")],
        "GlobalTableWitnesses": [{"RegionName": "us-west-2", "WitnessStatus": "ACTIVE"}],
    }
    asked: list[str] = []

    def describe(*, TableName: str) -> dict[str, Any]:  # noqa: N803 — as boto3 has it
        asked.append(TableName)
        return {"Table": table}

    assert read("control_table_members", describe_table=describe) == ControlTableMembers(
        active=True,
        consistency="STRONG",
        replicas={"us-east-1": "ACTIVE"},
        witnesses={"us-west-2": "ACTIVE"},
        peer="us-east-1",
        witness="us-west-2",
    )
    assert asked == [SITE.control_table_name]


def test_table_of_another_mode_has_no_witness() -> None:
    table = read("control_table_members", describe_table={"Table": {"TableStatus": "ACTIVE"}})
    assert (table.consistency, table.replicas, table.witnesses) == ("", {}, {})


@pytest.mark.parametrize(("described", "kind"), [({"SSEDescription": {"SSEType": "KMS"}}, "KMS"), ({}, "")])
def test_control_table_encryption(described: dict[str, Any], kind: str) -> None:
    assert read("control_table_encryption", describe_table={"Table": described}) == kind


@pytest.mark.parametrize("lacking", [(), (SITE.table_name,), (SITE.control_table_name,)])
def test_point_in_time_recovery_of_both_tables(lacking: tuple[str, ...]) -> None:
    def describe(*, TableName: str) -> dict[str, Any]:  # noqa: N803 — as boto3 has it
        status = "DISABLED" if TableName in lacking else "ENABLED"
        recovery = {"PointInTimeRecoveryDescription": {"PointInTimeRecoveryStatus": status}}
        return {"ContinuousBackupsDescription": recovery}

    assert read("table_recovery", describe_continuous_backups=describe) == lacking

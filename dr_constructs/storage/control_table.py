"""The control table: strongly consistent in all regions, for the writer item, proofs of fitness and tickers' memory.

The provider's own resource for tables cannot make one, so Cloud Control does (FACTS 1.10, 12.1).
"""

import json
from dataclasses import dataclass
from typing import Any

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudcontrolapi_resource import CloudcontrolapiResource
from constructs import Construct

from contract.environment import PARTITION_KEY
from contract.names import global_name, resource_tags
from dr_constructs.region import Region

CONTROL_TABLE_KIND = "payments-control"

TYPE_NAME = "AWS::DynamoDB::GlobalTable"

# Without a schema every plan asks CloudFormation in the primary's region for it, which may be down (FACTS 12.1). A
# change of what `createOnlyProperties` names replaces the table; the provider compares whole paths, so lists are named
# by their elements. All else is left to DynamoDB's own judgement.
_SCHEMA = {
    "typeName": TYPE_NAME,
    "description": "A DynamoDB global table",
    "additionalProperties": True,
    "properties": {
        "TableName": {"type": "string"},
        "KeySchema": {"type": "array", "items": {"type": "object"}},
        "AttributeDefinitions": {"type": "array", "items": {"type": "object"}},
        "BillingMode": {"type": "string"},
        "MultiRegionConsistency": {"type": "string"},
        "GlobalTableWitnesses": {"type": "array", "items": {"type": "object"}},
        "SSESpecification": {"type": "object"},
        "Replicas": {"type": "array", "items": {"type": "object"}},
        "Arn": {"type": "string"},
        "TableId": {"type": "string"},
    },
    "required": ["TableName", "KeySchema", "AttributeDefinitions", "Replicas"],
    "createOnlyProperties": [
        "/properties/TableName",
        "/properties/KeySchema/0/AttributeName",
        "/properties/MultiRegionConsistency",
        "/properties/Replicas/0/Region",
        "/properties/Replicas/1/Region",
        "/properties/GlobalTableWitnesses/0/Region",
    ],
    "readOnlyProperties": ["/properties/Arn", "/properties/TableId"],
    "primaryIdentifier": ["/properties/TableName"],
}


@dataclass(frozen=True)
class ControlReplica:
    """The control table as the functions of one region see it."""

    name: str
    arn: str
    table: ITerraformDependable
    """What a function waits for: started earlier, it would find no writer."""


class ControlTable(Construct):
    """Holds replicas in the two regions and a witness in a third; the primary's provider makes all of it."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        primary: Region,
        standby: Region,
        witness_region: str,
        suffix: str,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self.name = global_name(CONTROL_TABLE_KIND, suffix)
        self.witness_region = witness_region
        self._table = CloudcontrolapiResource(
            self,
            "table",
            provider=primary.provider,
            type_name=TYPE_NAME,
            schema=json.dumps(_SCHEMA),
            desired_state=json.dumps(
                {
                    "TableName": self.name,
                    "AttributeDefinitions": [{"AttributeName": PARTITION_KEY, "AttributeType": "S"}],
                    "KeySchema": [{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
                    "BillingMode": "PAY_PER_REQUEST",
                    "MultiRegionConsistency": "STRONG",
                    "GlobalTableWitnesses": [{"Region": witness_region}],
                    # Without a key of its own: the AWS managed one in each region (FACTS 1.8).
                    "SSESpecification": {"SSEEnabled": True, "SSEType": "KMS"},
                    "Replicas": [_replica(region, suffix, protected=protected) for region in (primary, standby)],
                }
            ),
        )

    def replica(self, region: Region, account_id: str) -> ControlReplica:
        """Return the table in one region; its ARN is put together, since Cloud Control knows the primary's alone."""
        return ControlReplica(
            name=self.name,
            arn=f"arn:aws:dynamodb:{region.name}:{account_id}:table/{self.name}",
            table=self._table,
        )


def _replica(region: Region, suffix: str, *, protected: bool) -> dict[str, Any]:
    """Return one replica's settings, which replication does not carry (FACTS 1.7)."""
    # Cloud Control knows nothing of the provider's default tags.
    tags = resource_tags(region.name, region.role, suffix)
    return {
        "Region": region.name,
        "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
        "DeletionProtectionEnabled": protected,
        "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
    }

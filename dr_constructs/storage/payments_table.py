"""The DynamoDB global table: payments and control items, one replica a region."""

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.dynamodb_resource_policy import DynamodbResourcePolicy
from cdktf_cdktf_provider_aws.dynamodb_table import (
    DynamodbTable,
    DynamodbTableAttribute,
    DynamodbTablePointInTimeRecovery,
    DynamodbTableReplica,
    DynamodbTableReplicaOutputReference,
    DynamodbTableServerSideEncryption,
)
from constructs import Construct

from contract.environment import PARTITION_KEY
from contract.names import global_name
from contract.roles import Role
from dr_constructs.region import Region


class PaymentsTable(Construct):
    """Keeps every payment in both regions; the primary owns the resource, the standby is its replica.

    The replica block never lists the primary itself, and it repeats what replication does not carry: point-in-time
    recovery and tags (FACTS 1.7).
    """

    def __init__(
        self, scope: Construct, id_: str, *, primary: Region, standby: Region, suffix: str, protected: bool
    ) -> None:
        super().__init__(scope, id_)
        self.table = DynamodbTable(
            self,
            "table",
            provider=primary.provider,
            name=global_name("payments", suffix),
            billing_mode="PAY_PER_REQUEST",
            hash_key=PARTITION_KEY,
            attribute=[DynamodbTableAttribute(name=PARTITION_KEY, type="S")],
            stream_enabled=True,
            stream_view_type="NEW_AND_OLD_IMAGES",
            point_in_time_recovery=DynamodbTablePointInTimeRecovery(enabled=True),
            # Enabled without a key: the AWS managed key, the same type on every replica (FACTS 1.8).
            server_side_encryption=DynamodbTableServerSideEncryption(enabled=True),
            deletion_protection_enabled=protected,
            replica=[
                DynamodbTableReplica(region_name=standby.name, point_in_time_recovery=True, propagate_tags=True),
            ],
            # The tags reach the replica as they are, so they must be true in both regions.
            tags={"Region": f"{primary.name} {standby.name}", "DR-Role": "global"},
            # Where the provider cannot look the replica's key up in a refresh, it plans to put another in its place:
            # it would delete the standby's data, though nothing here may ever change a replica (FACTS 1.8).
            lifecycle=TerraformResourceLifecycle(ignore_changes=["replica"]),
        )
        if protected:
            self._protect_replica(standby)

    def _protect_replica(self, standby: Region) -> None:
        # Deletion protection is not shared with replicas (FACTS 1.7), and the provider sets it on none: a policy of the
        # replica's own denies the same (FACTS 1.21).
        document = DataAwsIamPolicyDocument(
            self,
            "replica-protection",
            provider=standby.provider,
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="NobodyDeletesTheReplica",
                    effect="Deny",
                    principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="*", identifiers=["*"])],
                    actions=["dynamodb:DeleteTable"],
                    resources=[self._replica.arn],
                )
            ],
        )
        DynamodbResourcePolicy(
            self,
            "replica-policy",
            provider=standby.provider,
            resource_arn=self._replica.arn,
            policy=document.json,
        )

    def arn(self, region: Region) -> str:
        """Return the ARN of the table in `region`."""
        return self.table.arn if region.role is Role.PRIMARY else self._replica.arn

    def stream_arn(self, region: Region) -> str:
        """Return the ARN of the stream of the table in `region`."""
        return self.table.stream_arn if region.role is Role.PRIMARY else self._replica.stream_arn

    @property
    def _replica(self) -> DynamodbTableReplicaOutputReference:
        return self.table.replica.get(0)

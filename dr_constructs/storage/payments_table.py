"""The DynamoDB global table: payments and control items, one replica a region."""

from cdktf import Postcondition, TerraformResourceLifecycle
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
        self._standby = standby
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
            # it would delete the standby's data, though nothing here may ever change a replica (FACTS 1.8). So it makes
            # no lost replica again either, and must say that there is none.
            lifecycle=TerraformResourceLifecycle(
                ignore_changes=["replica"], postcondition=[_replica_is_there(standby)]
            ),
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
                    resources=[self.arn(standby)],
                )
            ],
        )
        DynamodbResourcePolicy(
            self,
            "replica-policy",
            provider=standby.provider,
            resource_arn=self.arn(standby),
            policy=document.json,
        )

    def arn(self, region: Region) -> str:
        """Return the ARN of the table in `region`."""
        return self.table.arn if region.role is Role.PRIMARY else self._of_replica("arn")

    def stream_arn(self, region: Region) -> str:
        """Return the ARN of the stream of the table in `region`."""
        return self.table.stream_arn if region.role is Role.PRIMARY else self._of_replica("stream_arn")

    def _of_replica(self, attribute: str) -> str:
        """Return an attribute of the standby's replica, found by its region: replicas have no order."""
        replicas = f"{self.table.fqn}.replica"
        return f'${{one([for each in {replicas} : each.{attribute} if each.region_name == "{self._standby.name}"])}}'


def _replica_is_there(standby: Region) -> Postcondition:
    found = f'[for each in self.replica : each if each.region_name == "{standby.name}"]'
    return Postcondition(
        condition=f"${{length({found}) == 1}}",
        error_message=f"The payments table must have a replica in {standby.name} and has none. If `standby_region` was "
        "changed, change it back: it is fixed once deployed. If it was not, the replica is gone: see the section "
        '"The replica is gone" of docs/runbook.md.',
    )

"""Replication of one bucket into another; two of them make it two-way (FACTS 5.4)."""

from cdktf_cdktf_provider_aws.s3_bucket_replication_configuration import (
    S3BucketReplicationConfigurationA,
    S3BucketReplicationConfigurationRule,
    S3BucketReplicationConfigurationRuleDeleteMarkerReplication,
    S3BucketReplicationConfigurationRuleDestination,
    S3BucketReplicationConfigurationRuleDestinationMetrics,
    S3BucketReplicationConfigurationRuleDestinationMetricsEventThreshold,
    S3BucketReplicationConfigurationRuleDestinationReplicationTime,
    S3BucketReplicationConfigurationRuleDestinationReplicationTimeTime,
    S3BucketReplicationConfigurationRuleFilter,
)
from constructs import Construct

from contract.names import regional_name
from dr_constructs.policies import ServiceRole, allow
from dr_constructs.storage.payments_bucket import PaymentsBucket

RULE_ID = "everything"
"""A dimension of the replication metrics (FACTS 5.2)."""

REPLICATION_TIME_MINUTES = 15
"""The only value S3 has: it promises no recovery point of five minutes, so alarms watch the real one (FACTS 5.3)."""


class BucketReplication(Construct):
    """Copies every new object of the source bucket, with replication time control and its metrics."""

    def __init__(
        self, scope: Construct, id_: str, *, source: PaymentsBucket, destination: PaymentsBucket, suffix: str
    ) -> None:
        super().__init__(scope, id_)
        self._build_configuration(source, destination, self._build_role(source, destination, suffix))

    def _build_role(self, source: PaymentsBucket, destination: PaymentsBucket, suffix: str) -> ServiceRole:
        # FACTS 5.1: these and nothing more, but for what locked objects need (FACTS 5.7).
        locks = ["s3:GetObjectLegalHold", "s3:GetObjectRetention"] if source.lock is not None else []
        return ServiceRole(
            self,
            "role",
            region=source.region,
            name=regional_name("replication", source.region.name, suffix),
            service="s3.amazonaws.com",
            statements=[
                allow(["s3:GetReplicationConfiguration", "s3:ListBucket"], [source.bucket.arn]),
                allow(
                    [
                        "s3:GetObjectVersionForReplication",
                        "s3:GetObjectVersionAcl",
                        "s3:GetObjectVersionTagging",
                        *locks,
                    ],
                    [f"{source.bucket.arn}/*"],
                ),
                allow(
                    ["s3:ReplicateObject", "s3:ReplicateDelete", "s3:ReplicateTags"], [f"{destination.bucket.arn}/*"]
                ),
            ],
        )

    def _build_configuration(self, source: PaymentsBucket, destination: PaymentsBucket, role: ServiceRole) -> None:
        S3BucketReplicationConfigurationA(
            self,
            "configuration",
            provider=source.region.provider,
            bucket=source.bucket.id,
            role=role.role.arn,
            rule=[
                S3BucketReplicationConfigurationRule(
                    id=RULE_ID,
                    status="Enabled",
                    priority=0,
                    filter=S3BucketReplicationConfigurationRuleFilter(prefix=""),
                    delete_marker_replication=S3BucketReplicationConfigurationRuleDeleteMarkerReplication(
                        status="Enabled"
                    ),
                    destination=S3BucketReplicationConfigurationRuleDestination(
                        bucket=destination.bucket.arn,
                        storage_class="STANDARD",
                        replication_time=S3BucketReplicationConfigurationRuleDestinationReplicationTime(
                            status="Enabled",
                            time=S3BucketReplicationConfigurationRuleDestinationReplicationTimeTime(
                                minutes=REPLICATION_TIME_MINUTES
                            ),
                        ),
                        metrics=S3BucketReplicationConfigurationRuleDestinationMetrics(
                            status="Enabled",
                            event_threshold=S3BucketReplicationConfigurationRuleDestinationMetricsEventThreshold(
                                minutes=REPLICATION_TIME_MINUTES
                            ),
                        ),
                    ),
                )
            ],
            # S3 refuses the rule until both sides keep versions, and versions take a while to be known in the other
            # region: the lifecycle rules, which come after them and are waited for, give them that.
            depends_on=[
                source.lifecycle_rules,
                destination.lifecycle_rules,
                *(bucket.lock for bucket in (source, destination) if bucket.lock is not None),
                role.policy,
            ],
        )

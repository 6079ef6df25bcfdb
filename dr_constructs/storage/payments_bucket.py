"""The bucket of one region: transaction logs, receipts and backups."""

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
    S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration,
    S3BucketLifecycleConfigurationRuleTransition,
)
from cdktf_cdktf_provider_aws.s3_bucket_object_lock_configuration import (
    S3BucketObjectLockConfigurationA,
    S3BucketObjectLockConfigurationRuleA,
    S3BucketObjectLockConfigurationRuleDefaultRetentionA,
)
from cdktf_cdktf_provider_aws.s3_bucket_ownership_controls import (
    S3BucketOwnershipControls,
    S3BucketOwnershipControlsRule,
)
from cdktf_cdktf_provider_aws.s3_bucket_policy import S3BucketPolicy
from cdktf_cdktf_provider_aws.s3_bucket_public_access_block import S3BucketPublicAccessBlock
from cdktf_cdktf_provider_aws.s3_bucket_server_side_encryption_configuration import (
    S3BucketServerSideEncryptionConfigurationA,
    S3BucketServerSideEncryptionConfigurationRuleA,
    S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA,
)
from cdktf_cdktf_provider_aws.s3_bucket_versioning import (
    S3BucketVersioningA,
    S3BucketVersioningVersioningConfiguration,
)
from constructs import Construct

from contract.environment import BACKUP_PREFIX, LOG_PREFIX, RECEIPT_PREFIX
from contract.names import bucket_prefix
from dr_constructs.region import Region


class PaymentsBucket(Construct):
    """Keeps one region's objects versioned, encrypted, private, and for as long as the settings say."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        log_archive_days: int,
        log_expiration_days: int,
        backup_expiration_days: int,
        noncurrent_version_expiration_days: int,
        locked_days: int | None,
    ) -> None:
        """`locked_days` keeps every version for so long, and the bucket from being destroyed with what it holds."""
        super().__init__(scope, id_)
        self.region = region
        # The provider completes the prefix to a globally unique name, without a look-up of the account.
        self.bucket = S3Bucket(
            self,
            "bucket",
            provider=region.provider,
            bucket_prefix=bucket_prefix(region.name, suffix),
            force_destroy=locked_days is None,  # versioned buckets cannot be destroyed otherwise (FACTS 5.6)
        )
        self.versioning = self._build_versioning()
        self.lock = None if locked_days is None else self._build_lock(locked_days)
        """Absent where versions may be deleted; replication needs it on both sides (FACTS 5.7)."""
        self._build_encryption()
        self._build_privacy()
        self.lifecycle_rules = self._build_lifecycle(
            log_archive_days, log_expiration_days, backup_expiration_days, noncurrent_version_expiration_days
        )

    def _build_versioning(self) -> S3BucketVersioningA:
        return S3BucketVersioningA(
            self,
            "versioning",
            provider=self.region.provider,
            bucket=self.bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )

    def _build_lock(self, days: int) -> S3BucketObjectLockConfigurationA:
        # Beside the bucket: its own argument would replace a bucket when the setting changes (FACTS 5.7).
        return S3BucketObjectLockConfigurationA(
            self,
            "lock",
            provider=self.region.provider,
            bucket=self.bucket.id,
            rule=S3BucketObjectLockConfigurationRuleA(
                default_retention=S3BucketObjectLockConfigurationRuleDefaultRetentionA(mode="GOVERNANCE", days=days)
            ),
            depends_on=[self.versioning],
        )

    def _build_encryption(self) -> None:
        by_default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256"  # the one that replicates without a customer key (FACTS 5.5)
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            provider=self.region.provider,
            bucket=self.bucket.id,
            rule=[
                S3BucketServerSideEncryptionConfigurationRuleA(apply_server_side_encryption_by_default=by_default),
            ],
        )

    def _build_privacy(self) -> None:
        S3BucketOwnershipControls(
            self,
            "ownership",
            provider=self.region.provider,
            bucket=self.bucket.id,
            rule=S3BucketOwnershipControlsRule(object_ownership="BucketOwnerEnforced"),
        )
        public_access_block = S3BucketPublicAccessBlock(
            self,
            "public-access",
            provider=self.region.provider,
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        tls_only = DataAwsIamPolicyDocument(
            self,
            "tls-only",
            provider=self.region.provider,
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="TlsOnly",
                    effect="Deny",
                    principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="*", identifiers=["*"])],
                    actions=["s3:*"],
                    resources=[self.bucket.arn, f"{self.bucket.arn}/*"],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="Bool", variable="aws:SecureTransport", values=["false"]
                        )
                    ],
                )
            ],
        )
        S3BucketPolicy(
            self,
            "policy",
            provider=self.region.provider,
            bucket=self.bucket.id,
            policy=tls_only.json,
            depends_on=[public_access_block],  # S3 answers 409 when both change at once
        )

    def _build_lifecycle(
        self, archive: int, expiration: int, backup_expiration: int, noncurrent: int
    ) -> S3BucketLifecycleConfiguration:
        # Lifecycle actions are not replicated (FACTS 5.4): both regions have the same rules.
        kept = S3BucketLifecycleConfigurationRuleExpiration(days=expiration)
        # Instant retrieval: reconciliation reads old logs, and an auditor's question does not wait for hours.
        to_archive = S3BucketLifecycleConfigurationRuleTransition(days=archive, storage_class="GLACIER_IR")
        return S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            provider=self.region.provider,
            bucket=self.bucket.id,
            rule=[
                *(
                    S3BucketLifecycleConfigurationRule(
                        id=prefix.rstrip("/"),
                        status="Enabled",
                        filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=prefix)],
                        transition=[to_archive],
                        expiration=[kept],
                    )
                    for prefix in (LOG_PREFIX, RECEIPT_PREFIX)
                ),
                S3BucketLifecycleConfigurationRule(
                    id=BACKUP_PREFIX.rstrip("/"),
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix=BACKUP_PREFIX)],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=backup_expiration)],
                ),
                S3BucketLifecycleConfigurationRule(
                    id="leftovers",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="")],
                    noncurrent_version_expiration=[
                        S3BucketLifecycleConfigurationRuleNoncurrentVersionExpiration(noncurrent_days=noncurrent)
                    ],
                    abort_incomplete_multipart_upload=[
                        S3BucketLifecycleConfigurationRuleAbortIncompleteMultipartUpload(days_after_initiation=7)
                    ],
                ),
            ],
            depends_on=[self.versioning],
        )

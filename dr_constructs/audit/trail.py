"""The trail of changes, and the bucket of a third region that keeps it: neither region's loss takes it away."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.cloudtrail import (
    Cloudtrail,
    CloudtrailAdvancedEventSelector,
    CloudtrailAdvancedEventSelectorFieldSelector,
)
from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.provider import AwsProvider
from cdktf_cdktf_provider_aws.s3_bucket import S3Bucket
from cdktf_cdktf_provider_aws.s3_bucket_lifecycle_configuration import (
    S3BucketLifecycleConfiguration,
    S3BucketLifecycleConfigurationRule,
    S3BucketLifecycleConfigurationRuleExpiration,
    S3BucketLifecycleConfigurationRuleFilter,
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

from contract.names import global_name, regional_name

_CLOUDTRAIL = "cloudtrail.amazonaws.com"


class DataEventTrail(Construct):
    """Logs every write of an item of the control table and of an object of the buckets, in both regions."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        provider: AwsProvider,
        region_name: str,
        suffix: str,
        account_id: str,
        control_table_arns: Sequence[str],
        bucket_arns: Sequence[str],
        expiration_days: int,
        protected: bool,
    ) -> None:
        super().__init__(scope, id_)
        self._provider = provider
        name = global_name("payments-audit", suffix)
        trail_arn = f"arn:aws:cloudtrail:{region_name}:{account_id}:trail/{name}"
        self.bucket = S3Bucket(
            self,
            "bucket",
            provider=provider,
            bucket_prefix=f"{regional_name('audit', region_name, suffix)}-",
            force_destroy=not protected,
        )
        versioning = S3BucketVersioningA(
            self,
            "versioning",
            provider=provider,
            bucket=self.bucket.id,
            versioning_configuration=S3BucketVersioningVersioningConfiguration(status="Enabled"),
        )
        by_default = S3BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultA(
            sse_algorithm="AES256"
        )
        S3BucketServerSideEncryptionConfigurationA(
            self,
            "encryption",
            provider=provider,
            bucket=self.bucket.id,
            rule=[S3BucketServerSideEncryptionConfigurationRuleA(apply_server_side_encryption_by_default=by_default)],
        )
        S3BucketPublicAccessBlock(
            self,
            "private",
            provider=provider,
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
        )
        S3BucketLifecycleConfiguration(
            self,
            "lifecycle",
            provider=provider,
            bucket=self.bucket.id,
            rule=[
                S3BucketLifecycleConfigurationRule(
                    id="expire",
                    status="Enabled",
                    filter=[S3BucketLifecycleConfigurationRuleFilter(prefix="AWSLogs/")],
                    expiration=[S3BucketLifecycleConfigurationRuleExpiration(days=expiration_days)],
                )
            ],
            depends_on=[versioning],
        )
        policy = self._build_policy(trail_arn, account_id)
        self.trail = Cloudtrail(
            self,
            "trail",
            provider=provider,
            name=name,
            s3_bucket_name=self.bucket.id,
            is_multi_region_trail=True,  # of both regions, in one bucket
            include_global_service_events=True,
            enable_log_file_validation=True,
            advanced_event_selector=[
                _writes("control-table", "AWS::DynamoDB::Table", equals=list(control_table_arns)),
                _writes("buckets", "AWS::S3::Object", starts_with=[f"{arn}/" for arn in bucket_arns]),
            ],
            depends_on=[policy],
        )

    def _build_policy(self, trail_arn: str, account_id: str) -> S3BucketPolicy:
        of_this_trail = DataAwsIamPolicyDocumentStatementCondition(
            test="StringEquals", variable="aws:SourceArn", values=[trail_arn]
        )
        cloudtrail = DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=[_CLOUDTRAIL])
        document = DataAwsIamPolicyDocument(
            self,
            "document",
            provider=self._provider,
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="TrailLooks",
                    principals=[cloudtrail],
                    actions=["s3:GetBucketAcl"],
                    resources=[self.bucket.arn],
                    condition=[of_this_trail],
                ),
                DataAwsIamPolicyDocumentStatement(
                    sid="TrailWrites",
                    principals=[cloudtrail],
                    actions=["s3:PutObject"],
                    resources=[f"{self.bucket.arn}/AWSLogs/{account_id}/*"],
                    condition=[
                        of_this_trail,
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="StringEquals", variable="s3:x-amz-acl", values=["bucket-owner-full-control"]
                        ),
                    ],
                ),
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
                ),
            ],
        )
        return S3BucketPolicy(self, "policy", provider=self._provider, bucket=self.bucket.id, policy=document.json)


def _writes(
    name: str, kind: str, *, equals: list[str] | None = None, starts_with: list[str] | None = None
) -> CloudtrailAdvancedEventSelector:
    """Return a selector of the write events on some resources; reads would be most of what there is."""
    return CloudtrailAdvancedEventSelector(
        name=name,
        field_selector=[
            CloudtrailAdvancedEventSelectorFieldSelector(field="eventCategory", equal_to=["Data"]),
            CloudtrailAdvancedEventSelectorFieldSelector(field="readOnly", equal_to=["false"]),
            CloudtrailAdvancedEventSelectorFieldSelector(field="resources.type", equal_to=[kind]),
            CloudtrailAdvancedEventSelectorFieldSelector(
                field="resources.ARN", equal_to=equals, starts_with=starts_with
            ),
        ],
    )

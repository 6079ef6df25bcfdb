"""Where a region's alarms are heard: one SNS topic a region, because an alarm can only notify its own region."""

from collections.abc import Sequence

from cdktf_cdktf_provider_aws.data_aws_iam_policy_document import (
    DataAwsIamPolicyDocument,
    DataAwsIamPolicyDocumentStatement,
    DataAwsIamPolicyDocumentStatementCondition,
    DataAwsIamPolicyDocumentStatementPrincipals,
)
from cdktf_cdktf_provider_aws.sns_topic import SnsTopic
from cdktf_cdktf_provider_aws.sns_topic_policy import SnsTopicPolicy
from cdktf_cdktf_provider_aws.sns_topic_subscription import SnsTopicSubscription
from constructs import Construct

from contract.names import regional_name
from dr_constructs.region import Region


class AlarmTopic(Construct):
    """Sends one region's alarms to people, pagers and chats; each must confirm its subscription first."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        emails: Sequence[str],
        https_endpoints: Sequence[str],
        event_rule: str | None = None,
    ) -> None:
        """`event_rule` is the name of an EventBridge rule of the region that may publish as well."""
        super().__init__(scope, id_)
        # No KMS on purpose: CloudWatch alarms cannot publish to a topic encrypted with alias/aws/sns, and there are no
        # customer keys here (FACTS 6.1). So alarm texts name resources only: no payment, no client, no secret.
        self.topic = SnsTopic(
            self, "topic", provider=region.provider, name=regional_name("alarms", region.name, suffix)
        )
        self.policy = self._build_policy(region, suffix, event_rule)
        self._build_subscriptions(region, "email", emails)
        self._build_subscriptions(region, "https", https_endpoints)

    def _build_policy(self, region: Region, suffix: str, event_rule: str | None) -> SnsTopicPolicy:
        # The topic's own attribute gives the account, so that no data source needs the region to be up (FACTS 9.1).
        alarms = f"arn:aws:cloudwatch:{region.name}:{self.topic.owner}:alarm:*-{region.name}-{suffix}"
        document = DataAwsIamPolicyDocument(
            self,
            "document",
            provider=region.provider,
            statement=[
                DataAwsIamPolicyDocumentStatement(
                    sid="OwnAlarmsPublish",
                    effect="Allow",
                    principals=[
                        DataAwsIamPolicyDocumentStatementPrincipals(
                            type="Service", identifiers=["cloudwatch.amazonaws.com"]
                        )
                    ],
                    actions=["sns:Publish"],
                    resources=[self.topic.arn],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="StringEquals", variable="aws:SourceAccount", values=[self.topic.owner]
                        ),
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="ArnLike", variable="aws:SourceArn", values=[alarms]
                        ),
                    ],
                ),
                *([self._rule_statement(region, event_rule)] if event_rule else []),
                DataAwsIamPolicyDocumentStatement(
                    sid="TlsOnly",
                    effect="Deny",
                    principals=[DataAwsIamPolicyDocumentStatementPrincipals(type="AWS", identifiers=["*"])],
                    actions=["sns:Publish"],
                    resources=[self.topic.arn],
                    condition=[
                        DataAwsIamPolicyDocumentStatementCondition(
                            test="Bool", variable="aws:SecureTransport", values=["false"]
                        )
                    ],
                ),
            ],
        )
        return SnsTopicPolicy(self, "policy", provider=region.provider, arn=self.topic.arn, policy=document.json)

    def _rule_statement(self, region: Region, rule: str) -> DataAwsIamPolicyDocumentStatement:
        arn = f"arn:aws:events:{region.name}:{self.topic.owner}:rule/{rule}"
        return DataAwsIamPolicyDocumentStatement(
            sid="OwnRulePublishes",
            effect="Allow",
            principals=[
                DataAwsIamPolicyDocumentStatementPrincipals(type="Service", identifiers=["events.amazonaws.com"])
            ],
            actions=["sns:Publish"],
            resources=[self.topic.arn],
            condition=[
                DataAwsIamPolicyDocumentStatementCondition(test="ArnEquals", variable="aws:SourceArn", values=[arn])
            ],
        )

    def _build_subscriptions(self, region: Region, protocol: str, endpoints: Sequence[str]) -> None:
        # The address is the id, so that removing one leaves the others' confirmed subscriptions alone.
        for endpoint in endpoints:
            SnsTopicSubscription(
                self,
                endpoint.replace("/", "|"),
                provider=region.provider,
                topic_arn=self.topic.arn,
                protocol=protocol,
                endpoint=endpoint,
            )

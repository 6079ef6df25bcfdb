"""The rule that tells when the control table is written by anybody but the roles of this deployment that may."""

import json

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from constructs import Construct

from contract.environment import Function
from contract.names import global_name, regional_name
from contract.roles import Role
from dr_constructs.monitoring.notifications import AlarmTopic
from dr_constructs.region import Region

STRANGER_RULE = "control-table-stranger"
_WRITES = ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems", "ExecuteStatement")
_WRITING_FUNCTIONS = (Function.TICKER, Function.PAYMENT_API)
"""Tickers change the writer; payment functions raise proofs, and IAM keeps them from all other items."""

_REPLICATION = "aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication"


class StrangerRule(Construct):
    """Notifies one region's alarm topic; `dr` and takeovers act by roles that it knows."""

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        region_names: dict[Role, str],
        suffix: str,
        topic: AlarmTopic,
        control_table_name: str,
    ) -> None:
        super().__init__(scope, id_)
        account = topic.topic.owner
        names = [
            *(
                regional_name(function, name, suffix)
                for function in _WRITING_FUNCTIONS
                for name in region_names.values()
            ),
            *(global_name(role, suffix) for role in ("dr-operations", "dr-release")),
            _REPLICATION,
        ]
        known = [f"arn:aws:iam::{account}:role/{name}" for name in names]
        pattern = {
            "source": ["aws.dynamodb"],
            "detail-type": ["AWS API Call via CloudTrail"],
            "detail": {
                "eventSource": ["dynamodb.amazonaws.com"],
                "eventName": list(_WRITES),
                "resources": {"ARN": [f"arn:aws:dynamodb:{region.name}:{account}:table/{control_table_name}"]},
                # A user or an account's root has no issuer at all.
                "userIdentity": {
                    "sessionContext": {"sessionIssuer": {"arn": [{"anything-but": known}, {"exists": False}]}}
                },
            },
        }
        rule = CloudwatchEventRule(
            self,
            "rule",
            provider=region.provider,
            name=regional_name(STRANGER_RULE, region.name, suffix),
            description="Somebody else than dr, a release or a ticker has written the control table",
            event_pattern=json.dumps(pattern),
        )
        CloudwatchEventTarget(
            self,
            "target",
            provider=region.provider,
            rule=rule.name,
            arn=topic.topic.arn,
            depends_on=[topic.policy],
        )

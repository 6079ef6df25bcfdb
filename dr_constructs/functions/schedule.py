"""A function run every minute."""

from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget
from cdktf_cdktf_provider_aws.lambda_function import LambdaFunction
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from dr_constructs.naming import regional_name
from dr_constructs.region import Region


class EveryMinute(Construct):
    """Invokes one function once a minute, the finest schedule EventBridge has; its rule bears the function's name."""

    def __init__(
        self, scope: Construct, id_: str, *, region: Region, suffix: str, kind: str, function: LambdaFunction
    ) -> None:
        super().__init__(scope, id_)
        self.rule = CloudwatchEventRule(
            self,
            "rule",
            provider=region.provider,
            name=regional_name(kind, region.name, suffix),
            description=f"Runs the {kind} function every minute",
            schedule_expression="rate(1 minute)",
        )
        permission = LambdaPermission(
            self,
            "permission",
            provider=region.provider,
            statement_id="schedule",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="events.amazonaws.com",
            source_arn=self.rule.arn,
        )
        CloudwatchEventTarget(
            self, "target", provider=region.provider, rule=self.rule.name, arn=function.arn, depends_on=[permission]
        )

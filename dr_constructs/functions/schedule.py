"""A schedule that runs one function."""

import json
from collections.abc import Mapping, Sequence

from cdktf import ITerraformDependable
from cdktf_cdktf_provider_aws.cloudwatch_event_rule import CloudwatchEventRule
from cdktf_cdktf_provider_aws.cloudwatch_event_target import CloudwatchEventTarget, CloudwatchEventTargetRetryPolicy
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_function_event_invoke_config import LambdaFunctionEventInvokeConfig
from cdktf_cdktf_provider_aws.lambda_permission import LambdaPermission
from constructs import Construct

from contract.names import regional_name
from dr_constructs.region import Region

MAXIMUM_EVENT_AGE_SECONDS = 60
"""The least that AWS takes, and the time until the next tick."""


def only_while_fresh(scope: Construct, *, region: Region, alias: LambdaAlias) -> LambdaFunctionEventInvokeConfig:
    """Keep Lambda from queueing and repeating what invokes an alias without waiting for its answer (FACTS 4.9)."""
    return LambdaFunctionEventInvokeConfig(
        scope,
        "invocations",
        provider=region.provider,
        function_name=alias.function_name,
        qualifier=alias.name,
        maximum_retry_attempts=0,
        maximum_event_age_in_seconds=MAXIMUM_EVENT_AGE_SECONDS,
    )


class FunctionSchedule(Construct):
    """Invokes one function's alias every `minutes`, without retries; once a minute is the finest that EventBridge has.

    Its rule has the function's name; the first tick comes `after` what it needs. Without an `event` of its own, the
    function gets EventBridge's.
    """

    def __init__(
        self,
        scope: Construct,
        id_: str,
        *,
        region: Region,
        suffix: str,
        kind: str,
        alias: LambdaAlias,
        minutes: int = 1,
        event: Mapping[str, object] | None = None,
        after: Sequence[ITerraformDependable] = (),
    ) -> None:
        super().__init__(scope, id_)
        unit = "minute" if minutes == 1 else "minutes"
        every = unit if minutes == 1 else f"{minutes} {unit}"
        self.rule = CloudwatchEventRule(
            self,
            "rule",
            provider=region.provider,
            name=regional_name(kind, region.name, suffix),
            description=f"Runs the {kind} function every {every}",
            schedule_expression=f"rate({minutes} {unit})",
        )
        permission = LambdaPermission(
            self,
            # A stack from before releases has "permission", which is the function's own and must not be replaced by it.
            "live-permission",
            provider=region.provider,
            statement_id="schedule-live",
            action="lambda:InvokeFunction",
            function_name=alias.function_name,
            qualifier=alias.name,
            principal="events.amazonaws.com",
            source_arn=self.rule.arn,
        )
        CloudwatchEventTarget(
            self,
            "target",
            provider=region.provider,
            rule=self.rule.name,
            arn=alias.arn,
            input=None if event is None else json.dumps(event),
            # By default a stale tick would be replayed for a day (FACTS 4.9).
            retry_policy=CloudwatchEventTargetRetryPolicy(
                maximum_retry_attempts=0, maximum_event_age_in_seconds=MAXIMUM_EVENT_AGE_SECONDS
            ),
            depends_on=[permission, *after],
        )

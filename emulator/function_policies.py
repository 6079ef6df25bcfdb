"""What functions' own policies say: whether a service of AWS may invoke one, for a rule or for an API."""

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import lambda_svc


def lets_in(function_arn: str, *, service: str, source_arn: str) -> bool:
    """Return whether a function's policy lets a service invoke it for a source; targets that are no functions do."""
    _, _, _, region, account, *_ = function_arn.split(":")
    with request_scope(account, region):
        found = lambda_svc.function_policy_for_arn(function_arn)
    if found is None:
        return True
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=region,
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
    )
    policy, _ = found
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    return bool(result.decision == "Allow")

"""What functions' own policies say: whether a service of AWS may invoke one, for a rule or for an API."""

import json
from functools import lru_cache
from typing import Final

from ministack.core import iam_evaluator
from ministack.core.responses import request_scope
from ministack.services import lambda_svc

_MOST_DECISIONS: Final = 4_096


def lets_in(function_arn: str, *, service: str, source_arn: str) -> bool:
    """Return whether a function's policy lets a service invoke it for a source; targets that are no functions do."""
    _, _, _, region, account, *_ = function_arn.split(":")
    with request_scope(account, region):
        found = lambda_svc.function_policy_for_arn(function_arn)
    return found is None or _decided(json.dumps(found[0]), function_arn, service, source_arn)


@lru_cache(_MOST_DECISIONS)
def _decided(policy: str, function_arn: str, service: str, source_arn: str) -> bool:
    """Decide once: what `AddPermission` can put into a policy depends on nothing else."""
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=function_arn,
        region=function_arn.split(":")[3],
        service_context={"aws:sourcearn": source_arn, "aws:sourceaccount": source_arn.split(":")[4]},
    )
    result = iam_evaluator.evaluate_resource_policy(policy, context, service=service)
    return bool(result.decision == "Allow")

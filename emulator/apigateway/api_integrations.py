"""How API Gateway invokes a function: as far as the function's policy lets the API in, and Lambda answers.

MiniStack invokes whatever function an integration names. AWS answers 500 where it may not, and says no more.
"""

from collections.abc import Callable
from typing import Any

from ministack.core.responses import get_region
from ministack.services import apigateway_v1

from emulator.faults import ActiveFaults
from emulator.functions import function_policies
from emulator.patching import Theirs, wrap

_SERVICE = "apigateway.amazonaws.com"


def install(*, faults: ActiveFaults) -> None:
    """Ask the function's policy and the faults before each invocation by a REST API."""

    def asking_first(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        async def call(function: str, event: dict[str, Any], **owner: Theirs) -> Theirs:
            region = owner.get("region") or get_region()
            if not faults.lets_through(region, "lambda"):
                return None, f"Lambda in {region} does not answer"
            if function.startswith("arn:") and not function_policies.lets_in(
                function, service=_SERVICE, source_arn=source_arn(event, region)
            ):
                return None, f"{function} does not let {_SERVICE} invoke it"
            return await original(function, event, **owner)

        return call

    wrap(apigateway_v1, "_call_lambda_raw", asking_first)


def source_arn(event: dict[str, Any], region: str) -> str:
    """Return what a function's policy knows the caller by: the API, with stage, method and path."""
    context = event["requestContext"]
    called = f"{context['apiId']}/{context['stage']}/{context['httpMethod']}{event['path']}"
    return f"arn:aws:execute-api:{region}:{context['accountId']}:{called}"

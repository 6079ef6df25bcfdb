"""The outputs of a site that nobody has deployed."""

from typing import Any

from contract.environment import Function
from contract.outputs import ENDPOINT_URLS, QUEUE_URLS, Output
from contract.roles import Role

ENVIRONMENT = "bench"
_REGIONS = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}


def outputs() -> dict[str, Any]:
    """Return the outputs by name, those of a deployment without a domain."""
    return {
        Output.TABLE_NAME: f"payments-{ENVIRONMENT}",
        Output.CONTROL_TABLE_NAME: f"payments-control-{ENVIRONMENT}",
        Output.WITNESS_REGION: "us-west-2",
        Output.OPERATIONS_ROLE_ARN: f"arn:aws:iam::123456789012:role/dr-operations-{ENVIRONMENT}",
        Output.REGIONS: _REGIONS,
        **{url: f"https://{_REGIONS[role]}.api.example.com" for role, url in ENDPOINT_URLS.items()},
        Output.EXECUTE_API_URLS: {role: f"https://{role}.execute-api/live" for role in Role},
        Output.BUCKET_NAMES: {role: f"bucket-{role}" for role in Role},
        **{urls: {role: f"https://sqs/{kind}-{role}" for role in Role} for kind, urls in QUEUE_URLS.items()},
        Output.FUNCTION_NAMES: {role: {each: f"{each}-{role}" for each in Function} for role in Role},
        Output.ALARM_ARNS: {
            region: [f"arn:aws:cloudwatch:{region}:123456789012:alarm:lag-{region}"] for region in _REGIONS.values()
        },
    }

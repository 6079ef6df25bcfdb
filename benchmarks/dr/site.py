"""The outputs of a site that nobody has deployed."""

from typing import Any

ENVIRONMENT = "bench"
_REGIONS = {"primary": "us-east-1", "standby": "us-east-2"}
_FUNCTIONS = ("payment-api", "retry-worker", "transaction-log", "ticker")
_QUEUES = ("retry", "dead_letter", "stream_failure")


def outputs() -> dict[str, Any]:
    """Return the outputs by name, those of a deployment without a domain."""
    return {
        "table_name": f"payments-{ENVIRONMENT}",
        "control_table_name": f"payments-control-{ENVIRONMENT}",
        "witness_region": "us-west-2",
        "operations_role_arn": f"arn:aws:iam::123456789012:role/dr-operations-{ENVIRONMENT}",
        "regions": _REGIONS,
        **{f"{role}_endpoint_url": f"https://{region}.api.example.com" for role, region in _REGIONS.items()},
        "execute_api_urls": {role: f"https://{role}.execute-api/live" for role in _REGIONS},
        "bucket_names": {role: f"bucket-{role}" for role in _REGIONS},
        **{f"{kind}_queue_urls": {role: f"https://sqs/{kind}-{role}" for role in _REGIONS} for kind in _QUEUES},
        "function_names": {role: {each: f"{each}-{role}" for each in _FUNCTIONS} for role in _REGIONS},
        "alarm_arns": {
            region: [f"arn:aws:cloudwatch:{region}:123456789012:alarm:lag-{region}"] for region in _REGIONS.values()
        },
    }

"""The stack's outputs, as cdktf writes them."""

from typing import Any

from contract.environment import Function
from contract.outputs import CheckName, QueueKind
from contract.roles import Role


def outputs(suffix: str = "dev") -> dict[str, Any]:
    """Return the outputs by name."""
    regions = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}
    alarms = {name: [f"arn:aws:cloudwatch:{name}:1:alarm:lag-{name}-{suffix}"] for name in regions.values()}
    return {
        "table_name": f"payments-{suffix}",
        "control_table_name": f"payments-control-{suffix}",
        "witness_region": "us-west-2",
        "operations_role_arn": f"arn:aws:iam::1:role/dr-operations-{suffix}",
        "regions": dict(regions),
        "primary_endpoint_url": "https://us-east-1.api.example.com",
        "standby_endpoint_url": "https://us-east-2.api.example.com",
        "failover_endpoint_url": "https://api.example.com",
        "execute_api_urls": {role: f"https://{role}.execute-api/live" for role in Role},
        "bucket_names": {role: f"bucket-{role}" for role in Role},
        **{f"{kind}_queue_urls": {role: f"https://sqs/{kind}-{role}" for role in Role} for kind in QueueKind},
        "function_names": {role: {function: f"{function}-{role}" for function in Function} for role in Role},
        "health_check_ids": {name: f"id-{name}" for name in CheckName},
        "alarm_arns": alarms,
        "replication_lag_threshold_seconds": 20,
        "dashboard_name": "other outputs do no harm",
    }

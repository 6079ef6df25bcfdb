"""What is lost with a resource: a plan that destroys or replaces it must be allowed by its address; pure."""

from collections.abc import Collection

from rollout.changes import PlannedAction, PlannedChange, TerraformPlan

HOLDS: dict[str, str] = {
    "aws_acm_certificate": "the certificate that clients trust: a new one must be validated first",
    "aws_api_gateway_deployment": "what the API's stage may still use, and what a release goes back to",
    "aws_api_gateway_domain_name": "the target of the DNS records: clients learn a new one as TTLs pass",
    "aws_api_gateway_rest_api": "the API's id, which clients without a domain call, and its earlier deployments",
    "aws_api_gateway_stage": "which deployment of the API is served: a new stage serves the first one",
    "aws_cloudcontrolapi_resource": "the control table: without the writer item nobody stores payments",
    "aws_cloudwatch_log_group": "logs, by which payments are reconciled and releases are judged",
    "aws_dynamodb_table": "a table's items: payments, or what decides who stores them",
    "aws_lambda_alias": "which version takes the traffic: a new alias takes the newest, which no release has judged",
    "aws_lambda_function": "the function's published versions, to which a release goes back",
    "aws_lambda_function_url": "the address that its clients call: a new one is another",
    "aws_route53_zone": "the zone's name servers, which the domain is delegated to",
    "aws_s3_bucket": "transaction logs, receipts and backups",
    "aws_sns_topic": "its subscriptions: each address must confirm anew",
    "aws_sns_topic_subscription": "an address's confirmation: it must confirm anew",
    "aws_sqs_queue": "messages: payments that wait for a retry, or are parked",
    "aws_ssm_parameter": "a value that may have been set by hand, such as the database's connection string",
    "terraform_data": "what a setting was when it was first deployed, which refuses to change it",
}
"""By type: what goes with it, and comes back neither by another apply nor by putting the change back."""

REMADE = (
    "aws_acm_certificate_validation",
    "aws_api_gateway_",
    "aws_cloudtrail",  # its log stays in the bucket
    "aws_cloudwatch_dashboard",
    "aws_cloudwatch_event_",
    "aws_cloudwatch_metric_alarm",
    "aws_dynamodb_resource_policy",
    "aws_dynamodb_table_item",  # the canary's: Terraform writes it, and no payment
    "aws_iam_",
    "aws_lambda_event_source_mapping",
    "aws_lambda_function_event_invoke_config",
    "aws_lambda_permission",
    "aws_route53_health_check",
    "aws_route53_record",
    "aws_s3_bucket_",
    "aws_scheduler_schedule",
    "aws_sns_topic_policy",
    "aws_sqs_queue_",
    "aws_wafv2_",
)
"""Types, or how they begin, that hold nothing but their configuration: an apply makes them anew."""

_UNKNOWN = "what is not known: its type is not in rollout/held_data.py"


def what_is_lost(change: PlannedChange) -> str:
    """Return what a change destroys; empty if that is nothing."""
    if change.action not in (PlannedAction.REPLACE, PlannedAction.DESTROY):
        return ""
    if change.type in HOLDS:
        return HOLDS[change.type]
    return "" if change.type.startswith(REMADE) else _UNKNOWN


def refusals(plan: TerraformPlan, allowed: Collection[str]) -> list[str]:
    """Return a line for each address whose loss is not allowed, and for each that is allowed for nothing."""
    losses = {each.address: each for each in plan.changes if what_is_lost(each)}
    lines = [
        f"{address} would be {_done(each)}, and with it {what_is_lost(each)}; `--may-destroy '{address}'` allows it"
        for address, each in losses.items()
        if address not in allowed
    ]
    return lines + [
        f"--may-destroy must name what the plan destroys or replaces and holds something, got {address}"
        for address in allowed
        if address not in losses
    ]


def _done(change: PlannedChange) -> str:
    return "destroyed" if change.action is PlannedAction.DESTROY else "replaced"

"""What AWS offers in which region, as far as the stack needs it.

Each service that the stack uses is in every region of `aws_limits.REGIONS`; tests hold that against the SDK's own
table, for every type of resource that is synthesized. What that table does not know are parts of a service that lack
somewhere: they are listed here.
"""

from collections.abc import Iterable, Iterator
from typing import Final

SERVICES: Final = {
    "aws_acm": "acm",
    "aws_api_gateway": "apigateway",
    "aws_cloudcontrolapi": "cloudcontrol",
    "aws_cloudwatch_event": "events",
    "aws_cloudwatch_log": "logs",
    "aws_cloudwatch": "cloudwatch",
    "aws_dynamodb": "dynamodb",
    "aws_iam": None,
    "aws_lambda": "lambda",
    "aws_route53": None,
    "aws_s3": "s3",
    "aws_scheduler": "scheduler",
    "aws_sns": "sns",
    "aws_sqs": "sqs",
    "aws_ssm": "ssm",
    "aws_wafv2": "wafv2",
}
"""The SDK's name of the service behind each type of resource, by how the type begins; None where it is global."""

_LACKING: Final = {
    # FACTS 4.11
    "Lambda function URLs": """
    ap-east-2 ap-south-2 ap-southeast-4 ap-southeast-5 ap-southeast-6 ap-southeast-7 ca-west-1 eu-central-2 eu-south-2
    il-central-1 me-central-1
    """,
}
"""The regions in which a part of a service lacks."""

FUNCTION_URLS: Final = "Lambda function URLs"


def lacking(part: str) -> frozenset[str]:
    """Return the regions that do not have a part of a service."""
    return frozenset(_LACKING[part].split())


def part_problems(key: str, part: str, regions: Iterable[str]) -> Iterator[str]:
    """Yield a line if a part of a service that a setting asks for is not in each of the regions."""
    without = [region for region in regions if region in lacking(part)]
    if without:
        yield f"`{key}` needs regions that have {part}, got {' and '.join(without)}"

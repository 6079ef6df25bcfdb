"""Names: each carries the environment, none is longer than AWS takes, no two meet in one account."""

import re
from collections import Counter
from collections.abc import Iterator

import pytest

from dr_constructs.aws_limits import bucket_problem
from tests.synth.conftest import SHIPPED, Synthesize
from tests.synth.reading import Resource, Synthesized

LIMITS = {
    "aws_api_gateway_rest_api.name": 1024,
    "aws_cloudwatch_dashboard.dashboard_name": 255,
    "aws_cloudwatch_event_rule.name": 64,
    "aws_cloudwatch_log_group.name": 512,
    "aws_cloudwatch_metric_alarm.alarm_name": 255,
    "aws_dynamodb_table.name": 255,
    "aws_iam_role.name": 64,
    "aws_lambda_function.function_name": 64,
    "aws_s3_bucket.bucket_prefix": 37,
    "aws_scheduler_schedule.name": 64,
    "aws_sns_topic.name": 256,
    "aws_sqs_queue.name": 80,
    "aws_ssm_parameter.name": 1011,
    "aws_wafv2_ip_set.name": 128,
    "aws_wafv2_web_acl.name": 128,
}
"""Every argument that names something in the whole account, and how long AWS lets it be."""

WEB_ACL = {"aws_wafv2_ip_set.name", "aws_wafv2_web_acl.name"}
"""What only an environment with a web ACL names."""

ELSEWHERE = {
    "aws_api_gateway_model.name": "unique within its API",
    "aws_api_gateway_request_validator.name": "unique within its API",
    "aws_api_gateway_domain_name.domain_name": "the user's own domain",
    "aws_iam_role_policy.name": "unique within its role",
    "aws_lambda_alias.name": "unique within its function",
    "aws_route53_record.name": "the user's own domain",
    "aws_route53_zone.name": "the user's own domain",
}

ONCE = re.compile(r"(payments|payments-dr|dr-operations|dr-release|dr-restore)-[a-z0-9-]+")
"""The names of the table, the dashboard and the operators' roles; all else exists once a region."""

ACCOUNT_WIDE = {"aws_iam_role.name", "aws_cloudwatch_dashboard.dashboard_name", "aws_s3_bucket.bucket_prefix"}
"""What has one set of names in all regions; the table is in both regions under the same name on purpose."""

EXECUTION_LOG = re.compile(r"API-Gateway-Execution-Logs_\$\{aws_api_gateway_rest_api\.[\w-]+\.id}/live")
"""AWS's own name: the API's id makes it unique."""

LONGEST_SUFFIX = "a-long-suffix-xyz"


def names(environment: Synthesized) -> Iterator[tuple[str, Resource, str]]:
    """Yield every literal name in the account with the argument it stands in."""
    for each in environment.resources:
        for argument in ("name", "function_name", "alarm_name", "dashboard_name", "bucket_prefix", "domain_name"):
            value, kind = each.get(argument, ""), f"{each.kind}.{argument}"
            if value and kind not in ELSEWHERE and not EXECUTION_LOG.fullmatch(value) and not value.startswith("${"):
                yield kind, each, value


@pytest.fixture(scope="module", params=[*SHIPPED, LONGEST_SUFFIX])
def environment(request: pytest.FixtureRequest, synthesize: Synthesize) -> Synthesized:
    """Every shipped environment, and one with the longest suffix there can be."""
    return synthesize(request.param)


class TestNames:
    """The names of one environment."""

    def test_every_kind_of_name_has_a_known_limit(self, environment: Synthesized) -> None:
        known = set(LIMITS) if environment.all("aws_wafv2_web_acl") else set(LIMITS) - WEB_ACL
        assert {kind for kind, _, _ in names(environment)} - {"aws_acm_certificate.domain_name"} == known

    def test_each_carries_the_environments_suffix(self, environment: Synthesized) -> None:
        part = re.compile(rf"-{environment.settings.environment_suffix}(-$|/|$)")
        assert not [name for kind, _, name in names(environment) if kind in LIMITS and not part.search(name)]

    def test_what_exists_once_a_region_names_its_region(self, environment: Synthesized) -> None:
        wrong = [
            name
            for kind, each, name in names(environment)
            if kind in LIMITS and environment.region(each.role) not in name and not ONCE.fullmatch(name)
        ]
        assert not wrong

    def test_none_is_longer_than_aws_takes(self, environment: Synthesized) -> None:
        assert not [name for kind, _, name in names(environment) if len(name) > LIMITS.get(kind, 64)]

    def test_none_is_given_twice(self, environment: Synthesized) -> None:
        given = Counter(
            (kind, "" if kind in ACCOUNT_WIDE else each.role, name) for kind, each, name in names(environment)
        )
        assert not [one for one, count in given.items() if count > 1]

    def test_bucket_names_are_not_reserved_by_s3(self, environment: Synthesized) -> None:
        end = "20260131235959999900000001"  # as the provider appends: a time and a count
        prefixes = [each["bucket_prefix"] for each in environment.all("aws_s3_bucket")]
        assert not [prefix for prefix in prefixes if bucket_problem(prefix + end)]

    def test_buckets_get_a_globally_unique_end(self, environment: Synthesized) -> None:
        assert all("bucket" not in each.body for each in environment.all("aws_s3_bucket"))


def test_two_environments_share_no_name(synthesize: Synthesize) -> None:
    given = Counter(
        (kind, name)
        for suffix in SHIPPED
        for kind, name in {(kind, name) for kind, _, name in names(synthesize(suffix)) if kind in LIMITS}
    )
    assert not [one for one, count in given.items() if count > 1]


def test_the_longest_suffix_is_as_long_as_it_can_be(synthesize: Synthesize) -> None:
    """So that the limits above were tried at their worst."""
    prefixes = [each["bucket_prefix"] for each in synthesize(LONGEST_SUFFIX).all("aws_s3_bucket")]
    assert {len(prefix) for prefix in prefixes} == {37}

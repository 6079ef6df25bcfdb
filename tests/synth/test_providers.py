"""Two providers, one a region, that carry everything which resources would otherwise repeat."""

import pytest

from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import META_ARGUMENTS, ROLES, Resource, Synthesized

# Route 53 and IAM have no regions; what else could name one of the two providers must.
OWN_TAGS = {
    "aws_dynamodb_table": "its tags are copied to the replica as they are, so they must be true in both regions",
    "aws_route53_health_check": "a health check has no name but its tag",
}


REMEMBERED = "terraform_data"
"""Values in Terraform's state, which need no provider."""


class TestProviders:
    """The provider blocks of every shipped environment."""

    def test_there_are_two_and_both_have_an_alias(self, shipped: Synthesized) -> None:
        assert [provider["alias"] for provider in shipped.json["provider"]["aws"]] == list(ROLES)

    def test_no_other_provider_is_needed(self, shipped: Synthesized) -> None:
        assert set(shipped.json["terraform"]["required_providers"]) == set(shipped.json["provider"]) == {"aws"}

    @pytest.mark.parametrize("index", [0, 1])
    def test_each_has_its_region(self, shipped: Synthesized, index: int) -> None:
        provider = shipped.json["provider"]["aws"][index]
        assert provider["region"] == shipped.region(ROLES[index])

    @pytest.mark.parametrize("index", [0, 1])
    def test_each_tags_its_resources(self, shipped: Synthesized, index: int) -> None:
        (default,) = shipped.json["provider"]["aws"][index]["default_tags"]
        assert default["tags"] == {
            "Project": "payments-dr",
            "Environment": shipped.settings.environment_suffix,
            "Region": shipped.region(ROLES[index]),
            "DR-Role": ROLES[index],
        }

    def test_nothing_else_is_configured(self, shipped: Synthesized) -> None:
        for provider in shipped.json["provider"]["aws"]:
            assert set(provider) == {"alias", "region", "default_tags"}


class TestResources:
    """What every resource of every shipped environment owes to its provider."""

    def test_each_names_one_of_the_two(self, shipped: Synthesized) -> None:
        wrong = [
            each.address
            for each in shipped.everything
            if each.get("provider") not in {"aws.primary", "aws.standby"} and each.kind != REMEMBERED
        ]
        assert not wrong

    def test_none_carries_tags_of_its_own_without_need(self, shipped: Synthesized) -> None:
        assert {each.kind for each in shipped.resources if "tags" in each.body} <= set(OWN_TAGS)

    def test_the_tables_tags_are_true_in_both_regions(self, shipped: Synthesized) -> None:
        regions = f"{shipped.settings.primary_region} {shipped.settings.standby_region}"
        assert shipped.payments_table["tags"] == {"Region": regions, "DR-Role": "global"}

    def test_no_data_source_asks_a_region(self, shipped: Synthesized) -> None:
        """It may be down (FACTS 9.1). Policy documents ask nobody, and AWS publishes its addresses from no region."""
        published = {"aws_ip_ranges"} if shipped.settings.waf else set()
        assert set(shipped.json["data"]) == {"aws_iam_policy_document"} | published

    def test_there_are_no_modules_provisioners_or_variables(self, shipped: Synthesized) -> None:
        sections = {"//", "data", "output", "provider", "removed", "resource", "terraform"}
        assert set(shipped.json) == sections
        assert not [each.address for each in shipped.resources if {"provisioner", "connection"} & set(each.body)]

    def test_both_regions_have_the_same_but_for_what_exists_once(self, shipped: Synthesized) -> None:
        once = {
            "aws_cloudcontrolapi_resource",
            "aws_cloudwatch_dashboard",
            "aws_dynamodb_resource_policy",  # of the standby's replica, where `protected` is on
            "aws_dynamodb_table",
            "aws_route53_health_check",
            "aws_route53_record",
            "aws_route53_zone",
        }
        counts = {role: _kinds(shipped, role) - once for role in ROLES}
        assert counts[Role.PRIMARY] == counts[Role.STANDBY]

    def test_everything_that_is_depended_upon_exists(self, shipped: Synthesized) -> None:
        addresses = {each.address for each in shipped.everything}
        assert not {name for each in shipped.everything for name in each.get("depends_on", ())} - addresses


class TestEmulator:
    """With the emulator's endpoint."""

    def test_buckets_are_addressed_by_path(self, synthesize: Synthesize) -> None:
        """An emulator has no host name for each bucket (FACTS 11.7)."""
        emulated = synthesize("dev", DR_S3_USE_PATH_STYLE="true")
        assert [provider["s3_use_path_style"] for provider in emulated.json["provider"]["aws"]] == [True, True]

    def test_the_resources_are_the_same(self, synthesize: Synthesize, dev: Synthesized) -> None:
        emulated = synthesize("dev", DR_S3_USE_PATH_STYLE="true")
        assert emulated.json["resource"] == dev.json["resource"]


def _kinds(environment: Synthesized, role: Role) -> set[str]:
    aws = (each for each in environment.everything if each.kind != REMEMBERED)
    return {each.kind for each in aws if each.role is role and _arguments(each)}


def _arguments(resource: Resource) -> set[str]:
    return set(resource.body) - META_ARGUMENTS

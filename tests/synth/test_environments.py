"""What sets each shipped environment apart, and settings that change the whole program."""

import json

import pytest

from contract.environment import Function
from contract.roles import Role
from dr_constructs.region_services import SERVICES
from tests.synth.conftest import ROOT, SHIPPED, WITH_DOMAIN, Synthesize
from tests.synth.reading import Synthesized
from tests.synth.test_names import LONGEST_SUFFIX


def test_these_are_the_shipped_ones() -> None:
    assert tuple(sorted(path.stem for path in (ROOT / "environments").glob("*.toml"))) == SHIPPED


def test_those_with_a_domain_have_one(synthesize: Synthesize) -> None:
    assert tuple(suffix for suffix in SHIPPED if synthesize(suffix).settings.domain_name) == WITH_DOMAIN


def test_no_two_environments_share_a_state(synthesize: Synthesize) -> None:
    """Or deploying the second from the same checkout would destroy the first."""
    states = [str(synthesize(suffix).json["terraform"]["backend"]) for suffix in SHIPPED]
    assert len(set(states)) == len(SHIPPED)


class TestDev:
    """Everything, with a domain."""

    def test_its_state_is_a_local_file(self, dev: Synthesized) -> None:
        assert set(dev.json["terraform"]["backend"]) == {"local"}

    def test_it_writes_receipts(self, dev: Synthesized) -> None:
        assert dev.settings.payment_receipts

    def test_payments_share_the_accounts_concurrency(self, dev: Synthesized, role: Role) -> None:
        assert "reserved_concurrent_executions" not in dev.function(Function.PAYMENT_API, role).body


class TestProd:
    """State in S3, reserved concurrency, long retention."""

    def test_its_state_is_in_a_third_region(self, prod: Synthesized) -> None:
        assert prod.json["terraform"]["backend"] == {
            "s3": {
                "bucket": "payments-example-terraform-state",
                "region": "us-west-2",
                "key": "payments-dr/prod.tfstate",
                "encrypt": True,
                "use_lockfile": True,  # FACTS 9.2
            }
        }

    def test_concurrency_is_kept_for_payments_in_both_regions(self, prod: Synthesized, role: Role) -> None:
        assert prod.function(Function.PAYMENT_API, role)["reserved_concurrent_executions"] == 200


class TestUsWest2:
    """Another standby."""

    def test_its_standby_is_us_west_2(self, west: Synthesized) -> None:
        assert west.json["provider"]["aws"][1]["region"] == "us-west-2"

    @pytest.mark.parametrize("argument", ["function_name", "name", "alarm_name"])
    def test_its_standbys_names_say_so(self, west: Synthesized, argument: str) -> None:
        names = [each[argument] for each in west.resources if argument in each.body and each.role is Role.STANDBY]
        own = [name for name in names if "us-east-1" in name]
        assert names
        assert not own

    def test_nothing_of_us_east_2_remains_but_the_witness(self, west: Synthesized) -> None:
        assert west.settings.witness_region == "us-east-2"
        assert _without_witness(west).count("us-east-2") == 0


class TestOtherSettings:
    """Variables reach the whole program."""

    def test_a_standby_by_variable_is_as_good_as_one_by_file(self, synthesize: Synthesize) -> None:
        moved = synthesize("dev", DR_STANDBY_REGION="us-west-2")
        assert _without_witness(moved).count("us-east-2") == 0

    def test_asia_serves_without_a_domain(self, synthesize: Synthesize) -> None:
        primary, standby = "ap-northeast-1", "ap-northeast-3"
        moved = synthesize("no-domain", DR_PRIMARY_REGION=primary, DR_STANDBY_REGION=standby)
        assert [each["region"] for each in moved.json["provider"]["aws"]] == [primary, standby]
        assert moved.json["output"]["witness_region"]["value"] == "ap-northeast-2"
        assert "us-east" not in json.dumps(moved.json)

    def test_a_state_bucket_by_variable(self, adjusted: Synthesized) -> None:
        backend = adjusted.json["terraform"]["backend"]["s3"]
        assert (backend["bucket"], backend["key"], backend["use_lockfile"]) == (
            "states-of-example",
            "payments-dr/dev.tfstate",
            True,
        )

    def test_a_suffix_without_a_file_gets_the_defaults(self, synthesize: Synthesize) -> None:
        assert synthesize(LONGEST_SUFFIX).payments_table["name"] == f"payments-{LONGEST_SUFFIX}"

    def test_credentials_are_checked_in_the_region_that_lives(self, adjusted: Synthesized) -> None:
        providers = adjusted.json["provider"]["aws"]
        assert [provider["sts_region"] for provider in providers] == ["us-east-2"] * 2

    def test_function_urls_are_added(self, synthesize: Synthesize) -> None:
        assert len(synthesize("dev", DR_FUNCTION_URLS="true").all("aws_lambda_function_url")) == 2

    def test_by_default_there_are_none(self, dev: Synthesized) -> None:
        assert not dev.all("aws_lambda_function_url")


def _without_witness(environment: Synthesized) -> str:
    """Return all that is synthesized, as text, but for the places that name the witness."""
    everything = json.loads(json.dumps(environment.json))
    for parameter in everything["resource"]["aws_ssm_parameter"].values():
        parameter["value"] = parameter.get("value", "").replace(f'"{environment.settings.witness_region}"', "")
    assert everything["output"].pop("witness_region")
    (fixed,) = (each for each in everything["resource"]["terraform_data"].values() if "witness_region" in each["input"])
    del fixed["input"]["witness_region"]
    checks = fixed["lifecycle"]["postcondition"]
    fixed["lifecycle"]["postcondition"] = [
        each for each in checks if "self.input.witness_region" not in each["condition"]
    ]
    (table,) = everything["resource"]["aws_cloudcontrolapi_resource"].values()
    state = json.loads(table["desired_state"])
    assert state.pop("GlobalTableWitnesses")
    table["desired_state"] = json.dumps(state)
    return json.dumps(everything)


def test_each_type_of_resource_belongs_to_a_service_whose_regions_are_known(synthesize: Synthesize) -> None:
    kinds = {each.kind for suffix in SHIPPED for each in synthesize(suffix).resources}
    kinds.remove("terraform_data")  # Terraform's own, kept in the state alone
    assert not [kind for kind in kinds if not kind.startswith(tuple(f"{beginning}_" for beginning in SERVICES))]

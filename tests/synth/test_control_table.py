"""The control table: strongly consistent, with a witness, made by Cloud Control (FACTS 1.10, 12.1)."""

import json
from typing import Any

import pytest

from contract.environment import Function
from contract.roles import Role
from dr_constructs.region_sets import REGION_SETS
from tests.synth.conftest import Synthesize
from tests.synth.reading import ROLES, Resource, Synthesized


def control_table(environment: Synthesized) -> Resource:
    """Return the one resource of Cloud Control."""
    return environment.the("aws_cloudcontrolapi_resource")


def desired_state(environment: Synthesized) -> dict[str, Any]:
    """Return what Cloud Control is asked to make."""
    found: dict[str, Any] = json.loads(control_table(environment)["desired_state"])
    return found


class TestDesiredState:
    """What the table is to be."""

    def test_its_name_is_not_the_payments_tables(self, shipped: Synthesized) -> None:
        assert desired_state(shipped)["TableName"] == f"payments-control-{shipped.settings.environment_suffix}"

    def test_it_is_strongly_consistent(self, shipped: Synthesized) -> None:
        assert desired_state(shipped)["MultiRegionConsistency"] == "STRONG"

    def test_the_two_regions_hold_replicas_the_primary_first(self, shipped: Synthesized) -> None:
        regions = [replica["Region"] for replica in desired_state(shipped)["Replicas"]]
        assert regions == [shipped.region(role) for role in ROLES]

    def test_a_third_region_of_the_set_is_the_witness(self, shipped: Synthesized) -> None:
        (witness,) = desired_state(shipped)["GlobalTableWitnesses"]
        assert witness == {"Region": shipped.settings.witness_region}
        members = {witness["Region"], *map(shipped.region, ROLES)}
        assert len(members) == 3
        assert any(members <= set(regions) for regions in REGION_SETS)

    def test_the_witness_is_a_setting(self, synthesize: Synthesize) -> None:
        europe = {"DR_PRIMARY_REGION": "eu-west-1", "DR_STANDBY_REGION": "eu-west-2"}
        moved = synthesize("no-domain", **europe, DR_WITNESS_REGION="eu-central-1")
        assert desired_state(moved)["GlobalTableWitnesses"] == [{"Region": "eu-central-1"}]

    def test_it_is_billed_on_demand(self, shipped: Synthesized) -> None:
        assert desired_state(shipped)["BillingMode"] == "PAY_PER_REQUEST"

    def test_its_key_is_the_handlers_key(self, shipped: Synthesized) -> None:
        state = desired_state(shipped)
        assert state["KeySchema"] == [{"AttributeName": "pk", "KeyType": "HASH"}]
        assert state["AttributeDefinitions"] == [{"AttributeName": "pk", "AttributeType": "S"}]

    def test_it_is_encrypted_with_the_aws_managed_key(self, shipped: Synthesized) -> None:
        """Without a key of its own, on each replica (FACTS 1.8)."""
        assert desired_state(shipped)["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
        assert not [each for each in desired_state(shipped)["Replicas"] if "SSESpecification" in each]

    def test_every_replica_can_be_restored_to_any_second(self, shipped: Synthesized) -> None:
        expected = {"PointInTimeRecoveryEnabled": True}
        replicas = desired_state(shipped)["Replicas"]
        assert [each["PointInTimeRecoverySpecification"] for each in replicas] == [expected] * 2

    def test_every_replica_can_be_destroyed_unless_protected(self, shipped: Synthesized) -> None:
        protected = {each["DeletionProtectionEnabled"] for each in desired_state(shipped)["Replicas"]}
        assert protected == {shipped.settings.protected}

    def test_every_replica_has_the_tags_of_its_region(self, shipped: Synthesized) -> None:
        """Cloud Control knows nothing of the provider's default tags."""
        defaults = [provider["default_tags"][0]["tags"] for provider in shipped.json["provider"]["aws"]]
        tags = [{tag["Key"]: tag["Value"] for tag in each["Tags"]} for each in desired_state(shipped)["Replicas"]]
        assert tags == defaults


class TestSchema:
    """What keeps a plan from asking CloudFormation in a region that may be down."""

    def test_it_is_given_and_of_the_type(self, shipped: Synthesized) -> None:
        table = control_table(shipped)
        assert json.loads(table["schema"])["typeName"] == table["type_name"] == "AWS::DynamoDB::GlobalTable"

    def test_it_forbids_no_property(self, shipped: Synthesized) -> None:
        """The provider would validate by it."""
        assert json.loads(control_table(shipped)["schema"])["additionalProperties"] is True

    def test_what_cannot_be_changed_is_replaced(self, shipped: Synthesized) -> None:
        """By whole paths into the desired state: the provider compares no prefixes."""
        paths = json.loads(control_table(shipped)["schema"])["createOnlyProperties"]
        fixed = {path: _at(desired_state(shipped), path.split("/")[2:]) for path in paths}
        assert set(fixed.values()) == {
            desired_state(shipped)["TableName"],
            "pk",
            "STRONG",
            *map(shipped.region, ROLES),
            shipped.settings.witness_region,
        }


class TestUse:
    """Who waits for it."""

    @pytest.mark.parametrize("function", [Function.PAYMENT_API, Function.RETRY_WORKER, Function.TICKER])
    def test_no_function_that_needs_it_starts_before_it(
        self, shipped: Synthesized, role: Role, function: Function
    ) -> None:
        assert control_table(shipped).address in shipped.function(function, role)["depends_on"]

    def test_the_primarys_provider_makes_it(self, shipped: Synthesized) -> None:
        assert control_table(shipped).role is Role.PRIMARY

    def test_terraform_holds_no_item(self, shipped: Synthesized) -> None:
        """An apply would put the writer back to what it was on the day of the deployment."""
        canaries = {shipped.canary_table(role).attribute("name") for role in Role}
        assert {each["table_name"] for each in shipped.all("aws_dynamodb_table_item")} == canaries


def _at(document: Any, path: list[str]) -> Any:
    for part in path:
        document = document[int(part)] if isinstance(document, list) else document[part]
    return document

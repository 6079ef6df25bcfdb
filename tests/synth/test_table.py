"""The global table (FACTS 1)."""

from tests.synth.reading import ROLES, Synthesized


class TestTable:
    """One table over both regions."""

    def test_there_is_one(self, shipped: Synthesized) -> None:
        """Beside the canaries', which no payer reaches."""
        names = {each["name"] for each in shipped.all("aws_dynamodb_table")}
        canaries = {shipped.canary_table(role)["name"] for role in ROLES}
        assert names - canaries == {f"payments-{shipped.settings.environment_suffix}"}

    def test_the_primary_owns_it(self, shipped: Synthesized) -> None:
        assert shipped.payments_table.role == "primary"

    def test_the_standby_and_nothing_else_is_its_replica(self, shipped: Synthesized) -> None:
        replicas = [replica["region_name"] for replica in shipped.payments_table["replica"]]
        assert replicas == [shipped.settings.standby_region]

    def test_it_is_billed_on_demand(self, shipped: Synthesized) -> None:
        table = shipped.payments_table
        assert table["billing_mode"] == "PAY_PER_REQUEST"
        assert not {"read_capacity", "write_capacity"} & set(table.body)

    def test_it_can_be_restored_to_any_second(self, shipped: Synthesized) -> None:
        assert shipped.payments_table["point_in_time_recovery"] == {"enabled": True}

    def test_so_can_the_replica(self, shipped: Synthesized) -> None:
        """Replication does not carry the setting (FACTS 1.7)."""
        (replica,) = shipped.payments_table["replica"]
        assert replica["point_in_time_recovery"] is True

    def test_the_replica_gets_the_tags(self, shipped: Synthesized) -> None:
        (replica,) = shipped.payments_table["replica"]
        assert replica["propagate_tags"] is True

    def test_no_plan_replaces_the_replica(self, shipped: Synthesized) -> None:
        """A failed look-up of its key would make one that deletes the standby's data."""
        assert shipped.payments_table["lifecycle"]["ignore_changes"] == ["replica"]

    def test_plan_says_when_the_replica_is_gone(self, shipped: Synthesized) -> None:
        (check,) = shipped.payments_table["lifecycle"]["postcondition"]
        assert f'each.region_name == "{shipped.settings.standby_region}"' in check["condition"]
        assert "docs/runbook.md" in check["error_message"]

    def test_it_is_encrypted_with_the_aws_managed_key(self, shipped: Synthesized) -> None:
        """Enabled without a key means `aws/dynamodb`, and the replica has the same type (FACTS 1.8)."""
        table = shipped.payments_table
        assert table["server_side_encryption"] == {"enabled": True}
        assert "kms_key_arn" not in table["replica"][0]

    def test_its_stream_shows_both_images(self, shipped: Synthesized) -> None:
        assert shipped.payments_table.has({"stream_enabled": True, "stream_view_type": "NEW_AND_OLD_IMAGES"})

    def test_its_key_is_the_handlers_key(self, shipped: Synthesized) -> None:
        table = shipped.payments_table
        assert (table["hash_key"], table["attribute"]) == ("pk", [{"name": "pk", "type": "S"}])

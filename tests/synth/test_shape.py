"""What must be nowhere: empty blocks, protection from being destroyed, keys of the customer's own, vestiges."""

import json

from tests.synth.reading import Synthesized, blocks, strings

PROTECTION = {
    "prevent_destroy",
    "deletion_protection",
    "enable_deletion_protection",
    "skip_destroy",
    "skip_final_snapshot",
    "retain_on_delete",
    "object_lock_enabled",
}


class TestShape:
    """Every block of every shipped environment."""

    def test_no_block_is_empty(self, shipped: Synthesized) -> None:
        """A dict in place of a struct class becomes `[{}]` without a word (FACTS 10.3)."""
        chosen = (".allow", ".none", ".uri_path")  # a web ACL chooses by an empty block
        empty = [path for path, block in blocks(shipped.json) if not block]
        assert not [path for path in empty if not (".aws_wafv2_web_acl." in path and path.endswith(chosen))]

    def test_no_argument_is_null_or_blank(self, shipped: Synthesized) -> None:
        meant = {"prefix"}  # an empty prefix is every object
        blank = [
            f"{path}.{name}"
            for path, block in blocks(shipped.json)
            if isinstance(block, dict)
            for name, value in block.items()
            if value in (None, "") and name not in meant
        ]
        assert not blank

    def test_no_token_was_left_unresolved(self, shipped: Synthesized) -> None:
        """What Python once sliced or did arithmetic on shows as its placeholder (FACTS 10.6)."""
        text = json.dumps(shipped.json)
        assert not [mark for mark in ("TfToken[", "${TfToken", "#{Token", "-1.8881545897087") if mark in text]


class TestDestroy:
    """Everything can be destroyed, by requirement; what the setting `protected` changes has tests of its own."""

    def test_nothing_is_protected_or_retained(self, shipped: Synthesized) -> None:
        protected = [
            f"{path}.{name}"
            for path, block in blocks(shipped.json["resource"])
            if isinstance(block, dict)
            for name in PROTECTION & set(block)
            if block[name]
        ]
        assert not protected

    def test_the_table_says_so_itself(self, shipped: Synthesized) -> None:
        assert shipped.payments_table["deletion_protection_enabled"] is shipped.settings.protected

    def test_what_others_fill_is_emptied_first(self, shipped: Synthesized) -> None:
        assert all(each["force_destroy"] is True for each in shipped.all("aws_route53_zone"))
        emptied = {each["force_destroy"] for each in shipped.all("aws_s3_bucket")}
        assert emptied == {not shipped.settings.protected}

    def test_every_log_group_is_declared_with_a_retention(self, shipped: Synthesized) -> None:
        """Groups that AWS creates by itself stay behind for ever (FACTS 4.5)."""
        kept = {each["name"]: each["retention_in_days"] for each in shipped.all("aws_cloudwatch_log_group")}
        assert set(kept.values()) == {shipped.settings.log_retention_days}

    def test_the_gateways_account_setting_does_not_outlive_its_role(self, shipped: Synthesized) -> None:
        assert all(each["reset_on_delete"] is True for each in shipped.all("aws_api_gateway_account"))


class TestKeys:
    """AWS managed keys only."""

    def test_there_is_no_kms_resource(self, shipped: Synthesized) -> None:
        assert not [each.address for each in shipped.everything if "kms" in each.kind]

    def test_no_argument_names_a_key(self, shipped: Synthesized) -> None:
        named = [
            f"{path}.{name}"
            for path, block in blocks(shipped.json["resource"])
            if isinstance(block, dict)
            for name in block
            if "kms" in name
        ]
        assert not named

    def test_no_policy_speaks_of_keys(self, shipped: Synthesized) -> None:
        assert not [text for text in strings(shipped.json["data"]) if "kms" in text]

    def test_topics_have_no_encryption_that_would_silence_alarms(self, shipped: Synthesized) -> None:
        """CloudWatch cannot publish to a topic encrypted with `alias/aws/sns` (FACTS 6.1)."""
        assert all("kms_master_key_id" not in each.body for each in shipped.all("aws_sns_topic"))

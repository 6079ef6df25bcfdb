"""The buckets: versioned, encrypted, private, kept for as long as the settings say, replicated both ways (FACTS 5)."""

from typing import Any

import pytest

from contract.roles import Role
from tests.synth.reading import Resource, Synthesized


def of_bucket(environment: Synthesized, role: Role, what: str) -> Resource:
    """Return the configuration of one region's bucket, such as `versioning`."""
    bucket = environment.the("aws_s3_bucket", role).attribute("id")
    return environment.the(f"aws_s3_bucket_{what}", role, bucket=bucket)


def lifecycle(environment: Synthesized, role: Role) -> dict[str, dict[str, Any]]:
    """Return the lifecycle rules of one region's bucket by prefix."""
    rules = of_bucket(environment, role, "lifecycle_configuration")["rule"]
    assert {each["status"] for each in rules} == {"Enabled"}
    return {each["filter"][0]["prefix"]: each for each in rules}


class TestBuckets:
    """One a region."""

    def test_there_is_one(self, shipped: Synthesized, role: Role) -> None:
        assert len(shipped.all("aws_s3_bucket", role)) == 1

    def test_its_name_is_completed_to_a_globally_unique_one(self, shipped: Synthesized, role: Role) -> None:
        assert shipped.the("aws_s3_bucket", role)["bucket_prefix"] == f"{shipped.name('payments', role)}-"

    def test_it_keeps_versions(self, shipped: Synthesized, role: Role) -> None:
        assert of_bucket(shipped, role, "versioning")["versioning_configuration"] == {"status": "Enabled"}

    def test_it_encrypts_in_the_way_that_replicates_without_a_customer_key(
        self, shipped: Synthesized, role: Role
    ) -> None:
        (rule,) = of_bucket(shipped, role, "server_side_encryption_configuration")["rule"]
        assert rule == {"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}

    @pytest.mark.parametrize(
        "block", ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
    )
    def test_it_is_private(self, shipped: Synthesized, role: Role, block: str) -> None:
        assert of_bucket(shipped, role, "public_access_block")[block] is True

    def test_access_lists_are_off(self, shipped: Synthesized, role: Role) -> None:
        assert of_bucket(shipped, role, "ownership_controls")["rule"] == {"object_ownership": "BucketOwnerEnforced"}

    def test_it_answers_over_tls_alone(self, shipped: Synthesized, role: Role) -> None:
        arn = shipped.the("aws_s3_bucket", role).attribute("arn")
        (statement,) = shipped.statements(of_bucket(shipped, role, "policy")["policy"])
        assert (statement["effect"], statement["actions"], statement["resources"]) == (
            "Deny",
            ["s3:*"],
            [arn, f"{arn}/*"],
        )
        assert statement["principals"] == [{"type": "*", "identifiers": ["*"]}]
        assert statement["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]


class TestLifecycle:
    """Not replicated: both buckets have it (FACTS 5.4)."""

    def test_it_is_the_same_in_both_regions(self, shipped: Synthesized) -> None:
        assert lifecycle(shipped, Role.PRIMARY) == lifecycle(shipped, Role.STANDBY)

    @pytest.mark.parametrize("prefix", ["transaction-logs/", "receipts/"])
    def test_logs_and_receipts_stay_readable_in_milliseconds_and_then_expire(
        self, shipped: Synthesized, role: Role, prefix: str
    ) -> None:
        rule = lifecycle(shipped, role)[prefix]
        assert rule["transition"] == [{"days": shipped.settings.log_archive_days, "storage_class": "GLACIER_IR"}]
        assert rule["expiration"] == [{"days": shipped.settings.log_expiration_days}]

    def test_backups_expire(self, shipped: Synthesized, role: Role) -> None:
        expected = [{"days": shipped.settings.backup_expiration_days}]
        assert lifecycle(shipped, role)["backups/"]["expiration"] == expected

    def test_old_versions_expire(self, shipped: Synthesized, role: Role) -> None:
        expected = [{"noncurrent_days": shipped.settings.noncurrent_version_expiration_days}]
        assert lifecycle(shipped, role)[""]["noncurrent_version_expiration"] == expected

    def test_unfinished_uploads_are_removed(self, shipped: Synthesized, role: Role) -> None:
        assert lifecycle(shipped, role)[""]["abort_incomplete_multipart_upload"] == [{"days_after_initiation": 7}]


class TestReplication:
    """A rule each way."""

    @pytest.fixture
    def rule(self, shipped: Synthesized, role: Role) -> dict[str, Any]:
        (rule,) = of_bucket(shipped, role, "replication_configuration")["rule"]
        assert isinstance(rule, dict)
        return rule

    def test_it_leads_to_the_other_region(self, shipped: Synthesized, role: Role, rule: dict[str, Any]) -> None:
        assert shipped.referred(rule["destination"]["bucket"]) == shipped.the("aws_s3_bucket", shipped.peer(role))

    def test_it_copies_everything(self, rule: dict[str, Any]) -> None:
        assert (rule["status"], rule["filter"]) == ("Enabled", {"prefix": ""})

    def test_it_has_replication_time_control(self, rule: dict[str, Any]) -> None:
        """15 minutes is the only value there is (FACTS 5.3)."""
        assert rule["destination"]["replication_time"] == {"status": "Enabled", "time": {"minutes": 15}}

    def test_it_publishes_metrics(self, rule: dict[str, Any]) -> None:
        assert rule["destination"]["metrics"] == {"status": "Enabled", "event_threshold": {"minutes": 15}}

    def test_deletions_follow(self, rule: dict[str, Any]) -> None:
        assert rule["delete_marker_replication"] == {"status": "Enabled"}

    def test_it_waits_until_both_sides_keep_versions(self, shipped: Synthesized, role: Role) -> None:
        """By their lifecycle rules, which wait for versions and take a while themselves."""
        waits_for = set(of_bucket(shipped, role, "replication_configuration")["depends_on"])
        rules = shipped.all("aws_s3_bucket_lifecycle_configuration")
        assert {each.address for each in rules} <= waits_for
        versions = {each.address for each in shipped.all("aws_s3_bucket_versioning")}
        assert {address for each in rules for address in each["depends_on"]} == versions

    def test_there_are_two(self, shipped: Synthesized) -> None:
        assert len(shipped.all("aws_s3_bucket_replication_configuration")) == 2

"""Protection: one setting for tables and buckets alike, off unless set, and on in production."""

import json
from typing import Any

import pytest

from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import Synthesized

LOCK = "aws_s3_bucket_object_lock_configuration"
ZONE = "Z0123456789ABCDEFGHIJ"
LOCKED_OBJECTS = {"s3:GetObjectLegalHold", "s3:GetObjectRetention"}


@pytest.fixture(scope="module", params=[False, True], ids=["unprotected", "protected"])
def either(synthesize: Synthesize, request: pytest.FixtureRequest) -> Synthesized:
    """Synthesize the dev environment with the setting off and on."""
    return synthesize("dev", DR_PROTECTED=json.dumps(request.param), DR_OBJECT_LOCK_DAYS="20", DR_HOSTED_ZONE_ID=ZONE)


@pytest.fixture(scope="module")
def protected(synthesize: Synthesize) -> Synthesized:
    """Synthesize the dev environment with the setting on."""
    return synthesize("dev", DR_PROTECTED="true", DR_OBJECT_LOCK_DAYS="20", DR_HOSTED_ZONE_ID=ZONE)


@pytest.fixture(scope="module")
def unprotected(synthesize: Synthesize) -> Synthesized:
    """Synthesize the dev environment with the setting off."""
    return synthesize("dev", DR_PROTECTED="false", DR_OBJECT_LOCK_DAYS="20", DR_HOSTED_ZONE_ID=ZONE)


def replication_rights(environment: Synthesized, role: Role) -> list[dict[str, Any]]:
    """Return what the role may do that copies one region's objects."""
    own = environment.the("aws_iam_role", role, name=environment.name("replication", role))
    found: list[dict[str, Any]] = environment.permissions(own)
    return found


def test_it_is_on_in_production_alone(synthesize: Synthesize) -> None:
    on = {suffix for suffix in ("dev", "no-domain", "prod", "us-west-2") if synthesize(suffix).settings.protected}
    assert on == {"prod"}


class TestEither:
    """What the setting decides, with both values."""

    def test_the_payments_table_is_protected_from_deletion(self, either: Synthesized) -> None:
        assert either.payments_table["deletion_protection_enabled"] is either.settings.protected

    def test_the_control_table_is_protected_from_deletion_in_both_regions(self, either: Synthesized) -> None:
        replicas = json.loads(either.the("aws_cloudcontrolapi_resource")["desired_state"])["Replicas"]
        assert [each["DeletionProtectionEnabled"] for each in replicas] == [either.settings.protected] * 2

    def test_buckets_are_emptied_only_where_nothing_is_protected(self, either: Synthesized, role: Role) -> None:
        assert either.the("aws_s3_bucket", role)["force_destroy"] is not either.settings.protected

    def test_the_bucket_itself_is_the_same(self, either: Synthesized, role: Role) -> None:
        """A change of its own argument would replace it, with all that it holds."""
        assert "object_lock_enabled" not in either.the("aws_s3_bucket", role).body

    def test_nothing_else_is_kept_from_being_destroyed(self, either: Synthesized) -> None:
        assert "prevent_destroy" not in json.dumps(either.json)


class TestOn:
    """What is there with the setting on."""

    def test_every_version_is_locked_for_the_days_that_are_set(self, protected: Synthesized, role: Role) -> None:
        lock = protected.the(LOCK, role)
        assert protected.referred(lock["bucket"]) == protected.the("aws_s3_bucket", role)
        assert lock["rule"]["default_retention"] == {"mode": "GOVERNANCE", "days": 20}

    def test_versions_are_kept_before_they_are_locked(self, protected: Synthesized, role: Role) -> None:
        versioning = protected.the("aws_s3_bucket_versioning", role)
        assert versioning.address in protected.the(LOCK, role)["depends_on"]

    def test_both_buckets_are_locked_before_objects_are_copied(self, protected: Synthesized, role: Role) -> None:
        """S3 refuses to copy a locked object into a bucket without locks (FACTS 5.7)."""
        waits_for = protected.the("aws_s3_bucket_replication_configuration", role)["depends_on"]
        assert {each.address for each in protected.all(LOCK)} <= set(waits_for)

    def test_replication_reads_the_locks_of_its_source_alone(self, protected: Synthesized, role: Role) -> None:
        (reading,) = (each for each in replication_rights(protected, role) if LOCKED_OBJECTS & set(each["actions"]))
        assert set(reading["actions"]) >= LOCKED_OBJECTS
        assert reading["resources"] == [f"{protected.the('aws_s3_bucket', role).attribute('arn')}/*"]

    def test_nobody_deletes_the_standbys_replica(self, protected: Synthesized) -> None:
        """Deletion protection is not shared with it (FACTS 1.7)."""
        policy = protected.the("aws_dynamodb_resource_policy", Role.STANDBY)
        assert "replica" in policy["resource_arn"]
        (statement,) = protected.referred(policy["policy"])["statement"]
        assert (statement["effect"], statement["actions"]) == ("Deny", ["dynamodb:DeleteTable"])
        assert statement["resources"] == [policy["resource_arn"]]
        assert statement["principals"] == [{"type": "*", "identifiers": ["*"]}]

    def test_no_role_may_go_past_a_lock(self, protected: Synthesized) -> None:
        past = {"s3:BypassGovernanceRetention", "s3:PutObjectRetention", "s3:DeleteObjectVersion"}
        for document in protected.all("data.aws_iam_policy_document"):
            for each in document["statement"]:
                assert each.get("effect") == "Deny" or not past & set(each["actions"])


class TestOff:
    """What is not there with the setting off."""

    @pytest.mark.parametrize("kind", [LOCK, "aws_dynamodb_resource_policy"])
    def test_nothing_locks(self, unprotected: Synthesized, kind: str) -> None:
        assert not unprotected.all(kind)

    def test_replication_reads_no_locks(self, unprotected: Synthesized, role: Role) -> None:
        """FACTS 5.1: nothing more than is needed."""
        assert not [each for each in replication_rights(unprotected, role) if LOCKED_OBJECTS & set(each["actions"])]

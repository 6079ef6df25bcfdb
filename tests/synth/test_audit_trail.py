"""The optional audit trail: what it logs, where it is kept, and who is a stranger to the control table."""

import json
from typing import Any

import pytest

from contract.roles import Role
from tests.synth.conftest import Synthesize
from tests.synth.reading import Synthesized


@pytest.fixture(scope="module")
def audited(synthesize: Synthesize) -> Synthesized:
    return synthesize("dev", DR_AUDIT_TRAIL="true")


def selectors(environment: Synthesized) -> dict[str, dict[str, Any]]:
    """Return what the trail selects, by name: the fields and what they must be."""
    (trail,) = environment.json["resource"]["aws_cloudtrail"].values()
    return {
        each["name"]: {field["field"]: field for field in each["field_selector"]}
        for each in trail["advanced_event_selector"]
    }


class TestTrail:
    """In a third region, of both."""

    def test_it_is_off_unless_set(self, dev: Synthesized) -> None:
        assert not {"aws_cloudtrail"} & set(dev.json["resource"])
        assert len(dev.json["provider"]["aws"]) == 2

    def test_it_brings_a_provider_of_the_witness_region(self, audited: Synthesized) -> None:
        (third,) = (each for each in audited.json["provider"]["aws"] if each["alias"] == "audit")
        assert third["region"] == audited.settings.witness_region == "us-west-2"
        (trail,) = audited.json["resource"]["aws_cloudtrail"].values()
        assert (trail["provider"], trail["is_multi_region_trail"]) == ("aws.audit", True)
        assert trail["enable_log_file_validation"] is True

    def test_it_logs_writes_of_the_control_table_in_both_regions(self, audited: Synthesized) -> None:
        found = selectors(audited)["control-table"]
        assert found["resources.type"]["equals"] == ["AWS::DynamoDB::Table"]
        assert found["readOnly"]["equals"] == ["false"]
        assert sorted(arn.split(":")[3] for arn in found["resources.ARN"]["equals"]) == ["us-east-1", "us-east-2"]
        assert all(arn.endswith(":table/payments-control-dev") for arn in found["resources.ARN"]["equals"])

    def test_it_logs_writes_of_objects_in_both_buckets(self, audited: Synthesized) -> None:
        found = selectors(audited)["buckets"]
        assert found["resources.type"]["equals"] == ["AWS::S3::Object"]
        buckets = {f"{audited.the('aws_s3_bucket', role).attribute('arn')}/" for role in Role}
        assert set(found["resources.ARN"]["starts_with"]) == buckets

    def test_only_this_trail_writes_its_bucket_and_over_tls(self, audited: Synthesized) -> None:
        documents = audited.json["data"]["aws_iam_policy_document"].values()
        (document,) = (each for each in documents if each["provider"] == "aws.audit")
        looks, writes, tls = document["statement"]
        for each in (looks, writes):
            assert each["principals"] == [{"identifiers": ["cloudtrail.amazonaws.com"], "type": "Service"}]
            assert each["condition"][0]["variable"] == "aws:SourceArn"
            assert each["condition"][0]["values"][0].endswith(":trail/payments-audit-dev")
        assert tls["effect"] == "Deny"

    def test_its_bucket_is_private_versioned_and_encrypted(self, audited: Synthesized) -> None:
        for kind in ("public_access_block", "versioning", "server_side_encryption_configuration"):
            blocks = audited.json["resource"][f"aws_s3_bucket_{kind}"].values()
            assert sum(each["provider"] == "aws.audit" for each in blocks) == 1


class TestStrangers:
    """Whoever writes the control table and is none of this deployment's roles."""

    @pytest.mark.parametrize("role", Role)
    def test_the_rule_knows_who_may_write_and_nobody_else(self, audited: Synthesized, role: Role) -> None:
        name = f"control-table-stranger-{audited.region(role)}-dev"
        rule = audited.the("aws_cloudwatch_event_rule", role, name=name)
        detail = json.loads(rule["event_pattern"])["detail"]
        known, without_role = detail["userIdentity"]["sessionContext"]["sessionIssuer"]["arn"]
        assert without_role == {"exists": False}
        assert {arn.partition(":role/")[2] for arn in known["anything-but"]} == {
            *(f"{kind}-{region}-dev" for kind in ("ticker", "payment-api") for region in ("us-east-1", "us-east-2")),
            "dr-operations-dev",
            "dr-release-dev",
            "aws-service-role/replication.dynamodb.amazonaws.com/AWSServiceRoleForDynamoDBReplication",
        }
        (arn,) = detail["resources"]["ARN"]
        assert arn.split(":")[3] == audited.region(role)

    @pytest.mark.parametrize("role", Role)
    def test_each_writing_role_of_the_deployment_is_known(self, audited: Synthesized, role: Role) -> None:
        """Else a new function that writes the control table would ring."""
        name = f"control-table-stranger-{audited.region(role)}-dev"
        pattern = audited.the("aws_cloudwatch_event_rule", role, name=name)["event_pattern"]
        writes = {f"dynamodb:{action}Item" for action in ("Put", "Update", "Delete")}
        for iam_role in audited.all("aws_iam_role"):
            for statement in audited.permissions(iam_role):
                named = any(":table/payments-control-" in arn for arn in statement["resources"])
                if named and writes & set(statement["actions"]):
                    assert f":role/{iam_role['name']}" in pattern

    @pytest.mark.parametrize("role", Role)
    def test_it_tells_the_alarm_topic_of_its_region(self, audited: Synthesized, role: Role) -> None:
        topic = audited.the("aws_sns_topic", role)
        target = audited.the("aws_cloudwatch_event_target", role, arn=topic.attribute("arn"))
        policy = audited.the("aws_sns_topic_policy", role)
        assert policy.address in target["depends_on"]
        statement = next(each for each in audited.statements(policy["policy"]) if each["sid"] == "OwnRulePublishes")
        assert statement["principals"] == [{"type": "Service", "identifiers": ["events.amazonaws.com"]}]
        assert statement["condition"][0]["values"][0].endswith(f"control-table-stranger-{audited.region(role)}-dev")

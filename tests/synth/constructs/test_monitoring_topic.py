"""The alarm topics: alarms of the own account may publish, in clear text on the topic and over TLS only."""

from typing import Any

import pytest

from tests.synth.constructs.monitoring_example import EMAILS, HTTPS_ENDPOINTS, REGIONS, SUFFIX, synthesize


def in_region(kind: str, resource_type: str, region: str) -> list[dict[str, Any]]:
    """Return the blocks of one type that belong to one region."""
    return [block for block in synthesize()[kind][resource_type].values() if block["provider"] == f"aws.{region}"]


def statements(region: str) -> dict[str, dict[str, Any]]:
    """Return the statements of the region's topic policy by their ids."""
    (document,) = in_region("data", "aws_iam_policy_document", region)
    return {statement["sid"]: statement for statement in document["statement"]}


def conditions(statement: dict[str, Any]) -> dict[str, tuple[str, list[str]]]:
    """Return a statement's conditions as {variable: (test, values)}."""
    return {one["variable"]: (one["test"], one["values"]) for one in statement["condition"]}


@pytest.mark.parametrize("region", REGIONS)
class TestTopic:
    """One topic a region."""

    def test_name(self, region: str) -> None:
        (topic,) = in_region("resource", "aws_sns_topic", region)
        assert topic["name"] == f"alarms-{region}-{SUFFIX}"

    def test_is_not_encrypted_with_a_key_that_alarms_cannot_use(self, region: str) -> None:
        (topic,) = in_region("resource", "aws_sns_topic", region)
        assert "kms_master_key_id" not in topic

    def test_only_alarms_of_this_deployment_publish(self, region: str) -> None:
        (topic_id,) = {
            name for name, topic in synthesize()["resource"]["aws_sns_topic"].items() if region in topic["name"]
        }
        owner = f"${{aws_sns_topic.{topic_id}.owner}}"
        allowed = statements(region)["OwnAlarmsPublish"]
        assert (allowed["effect"], allowed["actions"]) == ("Allow", ["sns:Publish"])
        assert allowed["principals"] == [{"type": "Service", "identifiers": ["cloudwatch.amazonaws.com"]}]
        assert conditions(allowed) == {
            "aws:SourceAccount": ("StringEquals", [owner]),
            "aws:SourceArn": ("ArnLike", [f"arn:aws:cloudwatch:{region}:{owner}:alarm:*-{region}-{SUFFIX}"]),
        }

    def test_publishing_without_tls_is_denied_to_everybody(self, region: str) -> None:
        denied = statements(region)["TlsOnly"]
        assert denied["effect"] == "Deny"
        assert denied["principals"] == [{"type": "AWS", "identifiers": ["*"]}]
        assert conditions(denied) == {"aws:SecureTransport": ("Bool", ["false"])}

    def test_every_address_subscribes(self, region: str) -> None:
        subscriptions = in_region("resource", "aws_sns_topic_subscription", region)
        expected = {*(("email", email) for email in EMAILS), *(("https", url) for url in HTTPS_ENDPOINTS)}
        assert {(one["protocol"], one["endpoint"]) for one in subscriptions} == expected

"""Who hears of alarms, and the dashboard they open then."""

import json
from typing import Any

import pytest

from contract.roles import Role
from tests.synth.reading import Synthesized


def widgets(environment: Synthesized) -> list[dict[str, Any]]:
    """Return the dashboard's widgets."""
    body = json.loads(environment.the("aws_cloudwatch_dashboard")["dashboard_body"])
    found: list[dict[str, Any]] = body["widgets"]
    return found


class TestTopics:
    """One a region: an alarm notifies its own region only."""

    def test_there_is_one(self, shipped: Synthesized, role: Role) -> None:
        assert shipped.the("aws_sns_topic", role)["name"] == shipped.name("alarms", role)

    def test_cloudwatch_may_publish_for_this_account_alone(self, shipped: Synthesized, role: Role) -> None:
        topic = shipped.the("aws_sns_topic", role)
        publish, _ = shipped.statements(shipped.the("aws_sns_topic_policy", role)["policy"])
        assert publish["principals"] == [{"type": "Service", "identifiers": ["cloudwatch.amazonaws.com"]}]
        account = {"test": "StringEquals", "variable": "aws:SourceAccount", "values": [topic.attribute("owner")]}
        assert account in publish["condition"]

    def test_nobody_may_publish_without_tls(self, shipped: Synthesized, role: Role) -> None:
        _, deny = shipped.statements(shipped.the("aws_sns_topic_policy", role)["policy"])
        assert deny["effect"] == "Deny"
        assert deny["condition"] == [{"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]}]

    def test_each_address_subscribes_in_both_regions(self, shipped: Synthesized, role: Role) -> None:
        topic = shipped.the("aws_sns_topic", role).attribute("arn")
        told = shipped.all("aws_sns_topic_subscription", role, protocol="email", topic_arn=topic)
        assert [each["endpoint"] for each in told] == shipped.settings.alarm_emails

    def test_prod_notifies_somebody(self, prod: Synthesized) -> None:
        assert len(prod.all("aws_sns_topic_subscription")) == 2


class TestDashboard:
    """One over both regions."""

    def test_it_is_json_with_widgets(self, shipped: Synthesized) -> None:
        assert {widget["type"] for widget in widgets(shipped)} == {"text", "alarm", "metric"}

    def test_it_shows_every_alarm(self, shipped: Synthesized) -> None:
        shown = [arn for widget in widgets(shipped) for arn in widget["properties"].get("alarms", ())]
        assert sorted(shown) == sorted(each.attribute("arn") for each in shipped.all("aws_cloudwatch_metric_alarm"))

    def test_it_draws_both_regions(self, shipped: Synthesized) -> None:
        drawn = {line[-1]["region"] for widget in widgets(shipped) for line in widget["properties"].get("metrics", ())}
        assert drawn == {shipped.settings.primary_region, shipped.settings.standby_region}

    def test_it_begins_with_what_to_do(self, shipped: Synthesized) -> None:
        first = widgets(shipped)[0]
        assert (first["type"], first["y"]) == ("text", 0)
        assert shipped.settings.environment_suffix in first["properties"]["markdown"]

    @pytest.mark.parametrize(
        "alarm", ["takeover-withheld", "automatic-off", "writer-closed", "writer-held", "writer-unknown"]
    )
    def test_it_says_what_to_do_when_nobody_takes_payments(self, prod: Synthesized, alarm: str) -> None:
        assert f"*{alarm}*" in widgets(prod)[0]["properties"]["markdown"]
        assert prod.all("aws_cloudwatch_metric_alarm", alarm_name=prod.name(alarm, Role.STANDBY))

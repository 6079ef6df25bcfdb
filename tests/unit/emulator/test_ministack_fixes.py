"""The fixes that only translate; what Terraform reads back is tested against a running emulator."""

from unittest.mock import Mock
from xml.etree import ElementTree as ET

import pytest

from emulator.ministack_fixes import _known_by_name, alarm_settings, dnssec_status


class TestAlarmSettings:
    """What MiniStack drops from, or adds to, a metric alarm."""

    def test_a_plain_alarm_needs_nothing(self) -> None:
        assert alarm_settings({"AlarmName": "a", "Statistic": "Sum", "Period": 60}) == {}

    def test_metric_math_takes_the_place_of_the_metric(self) -> None:
        settings = alarm_settings({"Metrics": [{"Id": "m"}]})
        assert settings == {
            "Metrics": [{"Id": "m"}],
            "Period": None,
            "Statistic": None,
            "MetricName": None,
            "Namespace": None,
        }

    def test_a_percentile_takes_the_place_of_the_statistic(self) -> None:
        assert alarm_settings({"ExtendedStatistic": "p99"}) == {"Statistic": None}


def test_no_zone_is_signed() -> None:
    status, _, body = dnssec_status()
    root = ET.fromstring(body)  # noqa: S314
    namespace = "{https://route53.amazonaws.com/doc/2013-04-01/}"
    assert (status, root.findtext(f"{namespace}Status/{namespace}ServeSignature")) == (200, "NOT_SIGNING")


@pytest.mark.parametrize(("name", "known"), [("bedrock", True), ("d", False), ("", False)])
def test_whether_aws_has_a_service_is_known_by_its_name(name: str, *, known: bool) -> None:
    """Reading all models takes seconds, in which nobody is served."""
    models = Mock()
    assert _known_by_name(models)(name) is known
    models.assert_not_called()

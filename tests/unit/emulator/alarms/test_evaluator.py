"""Alarms of two regions, minute by minute."""

import asyncio
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import cloudwatch

from tests.unit.emulator.alarms.world import ACCOUNT, HERE, PLAIN, THERE, World

NOT_BREACHING = {"TreatMissingData": "notBreaching"}


class TestMetrics:
    """What an alarm sees."""

    @pytest.mark.parametrize("world", [1.0, 7.0, 60.0, 600.0], indirect=True)
    def test_a_minute_is_an_emulated_one(self, world: World) -> None:
        world.clock.advance(1)  # away from where rounding decides
        world.put_alarm()
        world.minute(3, 2)
        assert world.state() == "OK"
        world.minute(3, 3)
        assert world.state() == "ALARM"
        world.minute(2)
        assert world.state() == "OK"

    def test_only_the_same_dimensions_count(self, world: World) -> None:
        shop = [{"Name": "Shop", "Value": "one"}]
        world.put_alarm(Dimensions=shop, **NOT_BREACHING)
        world.put_alarm(AlarmName="no-dimensions", **NOT_BREACHING)
        world.minute(9, Shop="two")
        world.minute(9, Shop="one", Till="1")
        assert (world.state(), world.state("no-dimensions")) == ("OK", "OK")
        world.minute(9, Shop="one")
        assert (world.state(), world.state("no-dimensions")) == ("ALARM", "OK")
        world.minute(9)
        assert world.state("no-dimensions") == "ALARM"

    def test_an_alarm_that_is_put_again_is_another(self, world: World) -> None:
        world.put_alarm(**NOT_BREACHING)
        world.minute(7)
        assert world.state() == "ALARM"
        world.put_alarm(Threshold=8.0, **NOT_BREACHING)
        world.minute(7)
        assert world.state() == "OK"

    def test_only_the_alarms_region_counts(self, world: World) -> None:
        world.put_alarm(HERE, **NOT_BREACHING)
        world.put_alarm(THERE, **NOT_BREACHING)
        world.minute(9, region=THERE)
        assert (world.state(region=HERE), world.state(region=THERE)) == ("OK", "ALARM")

    def test_metric_math(self, world: World) -> None:
        def query(name: str) -> dict[str, Any]:
            metric = {"Namespace": "Shop", "MetricName": name}
            stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
            return {"Id": name.lower(), "MetricStat": stat, "ReturnData": False}

        rate = {"Id": "rate", "Expression": "100 * bad / (good + bad)", "ReturnData": True}
        alarm = {key: PLAIN[key] for key in ("AlarmName", "EvaluationPeriods", "Threshold", "ComparisonOperator")}
        assert world.call("_put_metric_alarm", **alarm, Metrics=[query("Good"), query("Bad"), rate])["status"] == 200
        # ministack_fixes.py keeps what MiniStack drops; it is not installed here.
        with request_scope(ACCOUNT, HERE):
            cloudwatch._alarms["orders"]["Metrics"] = [query("Good"), query("Bad"), rate]
        for good, bad, state in ((99, 1, "OK"), (90, 10, "ALARM"), (95, 5, "OK")):
            world.put(good, name="Good")
            world.minute(bad, name="Bad")
            assert world.state() == state

    def test_a_percentile_with_few_samples_can_be_ignored(self, world: World) -> None:
        world.put_alarm(Statistic=None, ExtendedStatistic="p90", EvaluateLowSampleCountPercentile="ignore")
        with request_scope(ACCOUNT, HERE):
            cloudwatch._alarms["orders"]["EvaluateLowSampleCountPercentile"] = "ignore"  # as ministack_fixes.py does
        world.minute(*[9] * 99)
        assert world.state() == "INSUFFICIENT_DATA"
        world.minute(*[9] * 100)
        assert world.state() == "ALARM"


class TestTime:
    """When alarms are evaluated."""

    def test_n_of_n(self, world: World) -> None:
        world.put_alarm(EvaluationPeriods=3)
        states = []
        for value in (9, 9, 9, 1, 9, 9, 9):
            world.minute(value)
            states.append(world.state())
        assert states == ["INSUFFICIENT_DATA"] * 2 + ["ALARM", "OK", "OK", "OK", "ALARM"]

    def test_m_of_n(self, world: World) -> None:
        world.put_alarm(EvaluationPeriods=3, DatapointsToAlarm=2)
        states = []
        for value in (1, 9, 1, 9, 1, 1, 1):
            world.minute(value)
            states.append(world.state())
        assert states == ["OK", "OK", "OK", "ALARM", "OK", "OK", "OK"]

    def test_silence_is_noticed_once_the_evaluation_range_is_empty(self, world: World) -> None:
        world.put_alarm(TreatMissingData="breaching", EvaluationPeriods=3)
        states = []
        for values in ([1], [1], [1], [], [], [], [], []):
            world.minute(*values)
            states.append(world.state())
        assert states == ["OK"] * 7 + ["ALARM"]

    def test_a_longer_period_slides_by_the_minute(self, world: World) -> None:
        world.put_alarm(Period=300)
        for _ in range(5):
            world.minute(1)
        assert world.state() == "OK"
        world.minute(2)
        assert world.state() == "ALARM"

    def test_short_periods_are_evaluated_every_ten_seconds(self, world: World) -> None:
        world.put_alarm(Period=10)
        world.put_alarm(AlarmName="minute")
        world.evaluator.evaluate_due()
        world.put(9)
        world.clock.advance(10)
        world.evaluator.evaluate_due()
        assert (world.state(), world.state("minute")) == ("ALARM", "INSUFFICIENT_DATA")

    def test_putting_a_metric_evaluates_nothing(self, world: World) -> None:
        world.put_alarm()
        world.put(9)
        assert world.state() == "INSUFFICIENT_DATA"

    def test_a_state_that_was_set_lasts_until_the_next_evaluation(self, world: World) -> None:
        world.put_alarm(OKActions=[world.topic()])
        world.minute(1)
        world.call("_set_alarm_state", AlarmName="orders", StateValue="ALARM", StateReason="a drill")
        world.clock.advance(30)
        world.evaluator.evaluate_due()
        assert (world.state(), world.alarm()["StateReason"]) == ("ALARM", "a drill")
        world.minute(1)
        assert (world.state(), world.told) == ("OK", ["OK", "OK"])

    def test_dynamodb_alarms_ignore_missing_data_by_default(self, world: World) -> None:
        dynamodb = {"Namespace": "AWS/DynamoDB", "MetricName": "ReplicationLatency"}
        world.put_alarm(AlarmName="default", **dynamodb)
        world.put_alarm(AlarmName="explicit", **dynamodb, TreatMissingData="breaching")
        world.minute()
        assert (world.state("default"), world.state("explicit")) == ("INSUFFICIENT_DATA", "ALARM")
        assert "TreatMissingData" not in world.alarm("default")

    def test_the_part_runs_until_cancelled(self, world: World) -> None:
        world.put_alarm()
        world.put(9)
        world.clock.ends_at = world.clock.time() + 70
        with pytest.raises(asyncio.CancelledError):
            asyncio.run(world.evaluator.run())
        assert world.state() == "ALARM"


class TestOutages:
    """Alarms are gone with their region."""

    @pytest.mark.parametrize(("fault", "more"), [("region-down", {}), ("service-down", {"service": "monitoring"})])
    def test_a_region_that_is_down_evaluates_nothing(self, world: World, fault: str, more: dict[str, str]) -> None:
        for region in (HERE, THERE):
            world.put_alarm(region, TreatMissingData="breaching")
        world.faults.inject(fault, region=HERE, **more)
        world.minute()
        assert (world.state(region=HERE), world.state(region=THERE)) == ("INSUFFICIENT_DATA", "ALARM")
        world.faults.heal()
        world.evaluator.evaluate_due()
        assert world.state(region=HERE) == "ALARM"


class TestStates:
    """What is shown of a state."""

    def test_reason_and_time(self, world: World) -> None:
        world.put_alarm(DatapointsToAlarm=1)
        world.minute(9)
        alarm = world.alarm()
        assert alarm["StateReason"] == (
            "Threshold Crossed: 1 out of the last 1 datapoints [9.0 (14/11/23 22:14:00)] was greater than "
            "the threshold (5.0) (minimum 1 datapoint for OK -> ALARM transition)."
        )
        assert alarm["StateUpdatedTimestamp"] == int(world.clock.time())
        assert '"recentDatapoints": [9.0]' in alarm["StateReasonData"]

    def test_history(self, world: World) -> None:
        world.put_alarm(AlarmActions=[world.topic()])
        for value in (1, 9, 9, 1):
            world.minute(value)
        assert world.history("StateUpdate")[1:] == [
            "Alarm updated from INSUFFICIENT_DATA to OK",
            "Alarm updated from OK to ALARM",
            "Alarm updated from ALARM to OK",
        ]
        assert world.history("Action") == [f"Successfully executed action {world.topic()}"]

    def test_report(self, world: World) -> None:
        world.put_alarm(HERE)
        world.put_alarm(THERE)
        world.minute(9, region=THERE)
        assert world.evaluator.report() == {THERE: ["orders"]}


class TestComposite:
    """MiniStack's composite alarms follow the alarms that are evaluated here."""

    def test_it_follows_its_children(self, world: World) -> None:
        topic = world.topic()
        world.put_alarm(AlarmName="one", MetricName="One", **NOT_BREACHING)
        world.put_alarm(AlarmName="two", MetricName="Two", **NOT_BREACHING)
        rule = 'ALARM("one") AND (ALARM("two") OR INSUFFICIENT_DATA("two")) AND NOT OK("two")'
        composite: dict[str, Any] = {"AlarmName": "both", "AlarmRule": rule, "AlarmActions": [topic]}
        assert world.call("_put_composite_alarm", **composite)["status"] == 200
        world.minute()
        world.minute(9, name="One")
        assert (world.state("one"), world.state("both")) == ("ALARM", "OK")
        world.put(9, name="One")
        world.minute(9, name="Two")
        assert (world.state("both"), world.told) == ("ALARM", ["ALARM"])
        [(_, _, message)] = world.heard
        assert message["AlarmRule"] == rule
        assert [child["Arn"].rpartition(":")[2] for child in message["TriggeringChildren"]] == ["two", "one"]

    def test_a_suppressor_is_not_passed_over_in_silence(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.put_alarm(AlarmName="one")
        world.call("_put_composite_alarm", AlarmName="quiet", AlarmRule="ALARM(one)", AlarmActions=[world.topic()])
        with request_scope(ACCOUNT, HERE):
            cloudwatch._composite_alarms["quiet"]["ActionsSuppressor"] = "one"  # as ministack_fixes.py does
        world.minute(9)
        assert world.told == ["ALARM"]
        assert "actions suppressors are not emulated" in capsys.readouterr().err


class TestRefusals:
    """What cannot be evaluated is not accepted, and never ends the emulator."""

    def test_at_the_api(self, world: World) -> None:
        answer = world.call("_put_metric_alarm", **{**PLAIN, "Statistic": "IQM"})
        assert (answer["status"], answer["__type"]) == (400, "ValidationError")
        assert "'IQM' is not emulated" in answer["message"]
        assert world.call("_describe_alarms")["MetricAlarms"] == []

    def test_past_the_api(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        world.put_alarm()
        with request_scope(ACCOUNT, HERE):
            cloudwatch.cloudformation_put_metric_alarm({**cloudwatch._alarms["orders"], "Statistic": "IQM"})
        world.minute(9)
        world.minute(9)
        assert world.state() == "INSUFFICIENT_DATA"
        assert capsys.readouterr().err.count("is not evaluated") == 1

    def test_one_that_fails_does_not_stop_the_others(self, world: World, capsys: pytest.CaptureFixture[str]) -> None:
        for name in ("orders", "others"):
            world.put_alarm(AlarmName=name)
        with request_scope(ACCOUNT, HERE):
            cloudwatch._alarms["orders"]["AlarmActions"] = 5
        world.minute(9)
        world.minute(9)
        assert world.state("others") == "ALARM"
        assert "alarm:orders is not evaluated: TypeError" in capsys.readouterr().err

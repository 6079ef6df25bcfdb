"""What runs by itself: functions stop with their region, do not reach another that is down, or crash alone."""

import threading
import time

import pytest
from botocore.exceptions import ConnectionClosedError, HTTPClientError, ReadTimeoutError

from emulator import Emulator
from tests.emulated.emulator.faults.calling import EAST, STANDBY, Client, health, invoke, more, runs
from tests.emulated.emulator.sample_api import FAILOVER_NAME, SampleApi, administrator, create_function, role
from tests.emulated.waiting import eventually


class TestRegionDown:
    """Functions in a region that goes down, and functions that call there."""

    @pytest.mark.parametrize("mode", ["refuse", "hang"])
    def test_what_its_functions_do_is_cut_off(
        self, emulator: Emulator, client: Client, functions: dict[str, str], mode: str
    ) -> None:
        answers: list[object] = []

        def wait_for_answer() -> None:
            try:
                answers.append(invoke(client, EAST, functions[EAST], {"sleep": 5}))
            except HTTPClientError as error:
                answers.append(error)

        invoke(client, EAST, functions[EAST], {})
        waiting = threading.Thread(target=wait_for_answer)
        waiting.start()
        time.sleep(0.5)
        with emulator.inject("region-down", region=EAST, mode=mode):
            waiting.join(30)
            expected = ConnectionClosedError if mode == "refuse" else ReadTimeoutError
            assert [type(answer) for answer in answers] == [expected]
        assert invoke(client, EAST, functions[EAST], {"region": EAST}) == "reached"

    @pytest.mark.parametrize("mode", ["refuse", "hang"])
    def test_functions_elsewhere_do_not_reach_it(
        self, emulator: Emulator, client: Client, api: SampleApi, functions: dict[str, str], mode: str
    ) -> None:
        calls: list[dict[str, str]] = [{"region": EAST}, {"url": f"https://{EAST}.{FAILOVER_NAME}/health"}]
        errors = {"refuse": ["ConnectionClosedError", "URLError"], "hang": ["ReadTimeoutError", "TimeoutError"]}
        with emulator.inject("region-down", region=EAST, mode=mode):
            seen = [invoke(administrator(emulator), STANDBY, functions[STANDBY], call) for call in calls]
            assert seen == errors[mode] or (mode == "hang" and seen[0] == "ReadTimeoutError" and seen[1] == "URLError")
        assert [invoke(client, STANDBY, functions[STANDBY], call) for call in calls] == ["reached", "reached"]


class TestWhatRunsByItself:
    """Event sources and asynchronous invocations wait for their region."""

    @pytest.mark.parametrize(
        ("fault", "values"),
        [
            ("region-down", {}),
            ("service-down", {"service": "lambda"}),
            ("region-errors", {"service": "lambda", "share": 1}),
        ],
    )
    def test_queues_are_read_when_lambda_is_back(
        self, emulator: Emulator, client: Client, functions: dict[str, str], fault: str, values: dict[str, object]
    ) -> None:
        queues = client("sqs", EAST)
        url = queues.create_queue(QueueName=f"work-{fault}")["QueueUrl"]
        arn = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        client("lambda", EAST).create_event_source_mapping(EventSourceArn=arn, FunctionName=functions[EAST])
        before = len(runs(client, functions))
        queues.send_message(QueueUrl=url, MessageBody="{}", DelaySeconds=1)
        with emulator.inject(fault, region=EAST, **values):
            time.sleep(2.5)
        healed_at = time.time()
        (run,) = eventually(lambda: more(runs(client, functions), before))
        assert run >= healed_at - 0.1  # the region was back before this was known here

    def test_asynchronous_events_are_kept(self, emulator: Emulator, client: Client, functions: dict[str, str]) -> None:
        invoke(client, EAST, functions[EAST], {})
        before = len(runs(client, functions))
        invoke(client, EAST, functions[EAST], {"sleep": 5}, InvocationType="Event")
        with emulator.inject("region-down", region=EAST):
            time.sleep(2)  # killed before its seconds were over, and not tried again yet
        healed_at = time.time()
        eventually(lambda: more(runs(client, functions), before))  # the killed one could not be logged
        assert runs(client, functions)[-1] >= healed_at


class TestOneServiceDown:
    """What services do for each other."""

    @pytest.mark.parametrize(("fault", "values"), [("service-down", {}), ("region-errors", {"share": 1})])
    def test_without_lambda_the_api_answers_500(
        self, emulator: Emulator, api: SampleApi, fault: str, values: dict[str, object]
    ) -> None:
        with emulator.inject(fault, region=EAST, service="lambda", **values):
            assert (health(emulator, EAST), health(emulator, STANDBY)) == (500, 200)
        assert health(emulator, EAST) == 200

    def test_without_logs_no_line_and_no_metric_is_left(
        self, emulator: Emulator, client: Client, api: SampleApi, functions: dict[str, str]
    ) -> None:
        invoke(client, EAST, functions[EAST], {})
        before = len(runs(client, functions))
        with emulator.inject("service-down", region=EAST, service="logs"):
            invoke(client, EAST, functions[EAST], {})
            invoke(client, EAST, f"sample-{EAST}", {"metric": 1})
        with emulator.inject("service-down", region=EAST, service="monitoring"):
            invoke(client, EAST, functions[EAST], {})
            invoke(client, EAST, f"sample-{EAST}", {"metric": 1})
        assert len(runs(client, functions)) == before + 1
        assert client("cloudwatch", EAST).list_metrics(Namespace="Sample")["Metrics"] == []
        invoke(client, EAST, f"sample-{EAST}", {"metric": 1})
        assert len(client("cloudwatch", EAST).list_metrics(Namespace="Sample")["Metrics"]) == 1


class TestPartition:
    """Two regions that do not reach each other, and are both up."""

    CALLS = ({"region": EAST}, {"url": f"https://{EAST}.{FAILOVER_NAME}/health"})

    def seen(self, emulator: Emulator, functions: dict[str, str], region: str) -> set[str]:
        """Let a region's function call us-east-1."""
        client = administrator(emulator)
        return {invoke(client, region, functions[region], call) for call in self.CALLS}

    def test_functions_do_not_reach_the_other_side(
        self, emulator: Emulator, api: SampleApi, functions: dict[str, str]
    ) -> None:
        with emulator.inject("partition", source=EAST, destination=STANDBY):
            assert self.seen(emulator, functions, STANDBY) == {"ReadTimeoutError", "TimeoutError"}
            assert self.seen(emulator, functions, EAST) == {"reached"}
            assert (health(emulator, EAST), health(emulator, STANDBY)) == (200, 200)
        assert self.seen(emulator, functions, STANDBY) == {"reached"}

    def test_one_way_is_one_way(self, emulator: Emulator, api: SampleApi, functions: dict[str, str]) -> None:
        with emulator.inject("partition", source=EAST, destination=STANDBY, direction="one-way"):
            assert self.seen(emulator, functions, STANDBY) == {"reached"}


class TestCrashes:
    """Functions whose process ends."""

    @pytest.mark.parametrize(
        ("at", "status"), [("init", "exit status 1"), ("invoke", "signal: killed"), ("answer", "signal: killed")]
    )
    def test_the_caller_sees_the_runtime_exit(
        self, emulator: Emulator, client: Client, functions: dict[str, str], at: str, status: str
    ) -> None:
        with emulator.inject("function-crash", function=functions[EAST], at=at):
            answer = invoke(client, EAST, functions[EAST], {})
            assert answer["errorType"] == "Runtime.ExitError"
            assert answer["errorMessage"].endswith(f"Error: Runtime exited with error: {status}")
        assert invoke(client, EAST, functions[EAST], {}) == "reached"

    def test_after_its_answer_the_work_is_done(self, emulator: Emulator, client: Client) -> None:
        code = (
            "import boto3\n"
            "def handler(event, context):\n"
            "    boto3.client('s3').put_object(Bucket='crash', Key=event['key'], Body=b'x')\n"
        )
        client("s3").create_bucket(Bucket="crash")
        create_function(client, EAST, "writer", role(client, "writer", {"Action": "s3:*", "Resource": "*"}), code)
        for at in ("invoke", "answer"):
            with emulator.inject("function-crash", function="writer", at=at):
                invoke(administrator(emulator), EAST, "writer", {"key": at})
        assert [each["Key"] for each in client("s3").list_objects_v2(Bucket="crash")["Contents"]] == ["answer"]

    def test_the_api_says_502(self, emulator: Emulator, api: SampleApi) -> None:
        with emulator.inject("function-crash", function=f"sample-{EAST}"):
            assert (health(emulator, EAST), health(emulator, STANDBY)) == (502, 200)

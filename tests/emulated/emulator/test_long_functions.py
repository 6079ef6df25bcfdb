"""Functions that are always there: started every minute, alive for longer, with reserved concurrency."""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, running
from tests.emulated.emulator.replicated import eventually
from tests.emulated.emulator.sample_api import administrator, create_function, role, zip_of

Client = Callable[..., Any]

REGION = "us-east-1"
NAME = "always-there"
RESERVED = 2
CODE = """
import json, os, time
def handler(event, context):
    if event.get("quick"):
        return "quick"
    print("began", os.getpid(), flush=True)
    print(json.dumps({
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
            {"Namespace": "Long", "Dimensions": [["service"]], "Metrics": [{"Name": "Runs", "Unit": "Count"}]}]},
        "service": "long", "Runs": 1}), flush=True)
    time.sleep(150)
"""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with running(time_scale=30) as started:
        yield started


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Client:
    return administrator(emulator)


@pytest.fixture(scope="module", autouse=True)
def scheduled(client: Client) -> None:
    """Make a function that is invoked each minute, which is two real seconds here."""
    arn = role(client, NAME, {"Action": "logs:*", "Resource": "*"})
    function = create_function(client, REGION, NAME, arn, CODE)
    create_function(client, REGION, "another", arn, CODE)
    functions, events = client("lambda", REGION), client("events", REGION)
    functions.update_function_configuration(FunctionName=NAME, Timeout=170)
    functions.put_function_concurrency(FunctionName=NAME, ReservedConcurrentExecutions=RESERVED)
    functions.put_function_event_invoke_config(FunctionName=NAME, MaximumRetryAttempts=0)
    rule = events.put_rule(Name=NAME, ScheduleExpression="rate(1 minute)")["RuleArn"]
    functions.add_permission(
        FunctionName=NAME,
        StatementId="schedule",
        Action="lambda:InvokeFunction",
        Principal="events.amazonaws.com",
        SourceArn=rule,
    )
    events.put_targets(Rule=NAME, Targets=[{"Id": "function", "Arn": function}])


def _processes(client: Client) -> list[int]:
    """Return the processes of the runs, as their logs name them while they run."""
    groups = client("logs", REGION).describe_log_groups(logGroupNamePrefix=f"/aws/lambda/{NAME}")["logGroups"]
    events = client("logs", REGION).filter_log_events(logGroupName=groups[0]["logGroupName"]) if groups else {}
    lines = [str(each["message"]) for each in events.get("events", [])]
    return [int(line.split()[1]) for line in lines if line.startswith("began ")]


def _sum(client: Client, namespace: str, metric: str, dimensions: dict[str, str]) -> float:
    now = datetime.now(UTC)
    points = client("cloudwatch", REGION).get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
        StartTime=now - timedelta(hours=2),
        EndTime=now + timedelta(hours=2),
        Period=60,
        Statistics=["Sum"],
    )["Datapoints"]
    return float(sum(point["Sum"] for point in points))


def _is_alive(process: int) -> bool:
    return Path(f"/proc/{process}").exists()


def test_runs_overlap_up_to_the_reserve_and_log_while_they_run(client: Client) -> None:
    processes = eventually(lambda: len(found := _processes(client)) == RESERVED and found)
    assert all(_is_alive(process) for process in processes)


def test_their_metrics_are_published_while_they_run(client: Client) -> None:
    eventually(lambda: _sum(client, "Long", "Runs", {"service": "long"}) == RESERVED)


def test_what_exceeds_the_reserve_is_throttled_and_not_retried(client: Client) -> None:
    eventually(lambda: _sum(client, "AWS/Lambda", "Throttles", {"FunctionName": NAME}) >= 1)
    assert len(_processes(client)) == RESERVED


def test_other_functions_are_served_meanwhile(client: Client) -> None:
    answer = client("lambda", REGION).invoke(FunctionName="another", Payload=json.dumps({"quick": True}))
    assert json.loads(answer["Payload"].read()) == "quick"


def test_a_new_version_of_the_code_lets_them_run(client: Client) -> None:
    processes = eventually(lambda: len(found := _processes(client)) == RESERVED and found)
    client("lambda", REGION).update_function_code(FunctionName=NAME, ZipFile=zip_of(CODE))
    time.sleep(3)  # another invocation has been due
    assert all(_is_alive(process) for process in processes)


def test_they_end_with_their_region_and_begin_again_with_it(emulator: Emulator, client: Client) -> None:
    before = eventually(lambda: len(found := _processes(client)) >= RESERVED and found)
    with emulator.inject("region-down", region=REGION):
        eventually(lambda: not any(_is_alive(process) for process in before))
    after = eventually(lambda: len(found := set(_processes(client)) - set(before)) == RESERVED and found)
    assert all(_is_alive(process) for process in after)


def test_they_end_with_the_emulator() -> None:
    with running(time_scale=30) as emulator:
        client = administrator(emulator)
        arn = role(client, NAME, {"Action": "logs:*", "Resource": "*"})
        create_function(client, REGION, NAME, arn, CODE)
        client("lambda", REGION).invoke(FunctionName=NAME, InvocationType="Event", Payload=b"{}")
        processes = eventually(lambda: _processes(client))
        assert all(_is_alive(process) for process in processes)
    assert not any(_is_alive(process) for process in processes)

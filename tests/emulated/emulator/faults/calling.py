"""How the tests of faults call: once, without patience, and from functions in both regions."""

import json
from collections.abc import Callable
from typing import Any

from botocore.config import Config

from emulator import Emulator
from tests.emulated.emulator.sample_api import FAILOVER_NAME
from tests.emulated.emulator.sending import ApiCaller

EAST, STANDBY = "us-east-1", "us-east-2"
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=4, read_timeout=4)

Client = Callable[..., Any]

WORKER_CODE = """
import boto3, time, urllib.request
from botocore.config import Config

SECONDS = 4  # a cold start's time on a busy machine
ONCE = Config(retries={"total_max_attempts": 1}, connect_timeout=SECONDS, read_timeout=SECONDS)

def handler(event, context):
    time.sleep(event.get("sleep", 0))
    if "Records" in event:
        return {}
    try:
        if "region" in event:
            boto3.client("sqs", region_name=event["region"], config=ONCE).list_queues()
        if "url" in event:
            urllib.request.urlopen(event["url"], timeout=SECONDS).read()
    except Exception as error:
        return type(error).__name__
    return "reached"
"""


def invoke(client: Client, region: str, name: str, event: object, **more: Any) -> Any:
    """Invoke a function and return what it returns."""
    answer = client("lambda", region).invoke(FunctionName=name, Payload=json.dumps(event), **more)
    return json.loads(answer["Payload"].read() or b"null")


def health(emulator: Emulator, region: str) -> int:
    """Ask a region's data plane; raises OSError when it is not reached."""
    return ApiCaller(emulator, FAILOVER_NAME).send(region, "GET", "/health").status


def runs(client: Client, functions: dict[str, str]) -> list[float]:
    """Return when the runs of us-east-1's function ended, in seconds since the epoch."""
    group = {"logGroupName": f"/aws/lambda/{functions[EAST]}", "filterPattern": "END"}
    return sorted(event["timestamp"] / 1000 for event in client("logs", EAST).filter_log_events(**group)["events"])


def more(found: list[float], than: int) -> list[float]:
    """Return what there is beyond a number, for waiting until there is."""
    assert len(found) > than
    return found[than:]

"""Many cold functions invoked at once: how a server gets through more starts than the machine has cores for."""

import io
import json
import statistics
import threading
import time
import zipfile
from dataclasses import dataclass

from botocore.config import Config

from benchmarks.emulator import world
from benchmarks.emulator.servers import Server

_LIMIT_SECONDS = 3
"""The functions' own limit, which is also AWS's default."""

_PATIENCE_SECONDS = 600

_CODE = """
import os, time
import boto3

boto3.client("dynamodb")
with open("/proc/self/stat") as stat:
    began = int(stat.read().rpartition(")")[2].split()[19]) / os.sysconf("SC_CLK_TCK")
TAKEN = time.clock_gettime(time.CLOCK_BOOTTIME) - began

def handler(event, context):
    return TAKEN
"""


@dataclass(frozen=True)
class Burst:
    """How a burst went."""

    invoked: int
    answered: int
    seconds: float  # until the last answer
    start_seconds: float  # the median time that a process took to become ready
    cpu: float  # seconds of CPU of the server and its workers


def make_functions(server: Server, count: int) -> None:
    """Make functions that none has a worker yet, and that load the SDK when they start."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", _CODE)
    role = world.make_role(server, "burst", "lambda")
    for number in range(count):
        world.boto(server, "lambda").create_function(
            FunctionName=f"burst-{number}",
            Runtime="python3.13",
            Role=role,
            Handler="index.handler",
            Code={"ZipFile": buffer.getvalue()},
            Timeout=_LIMIT_SECONDS,
        )


def invoke_at_once(server: Server, count: int) -> Burst:
    """Invoke each function once, all at the same moment."""
    patient = Config(read_timeout=_PATIENCE_SECONDS, retries={"total_max_attempts": 1}, max_pool_connections=count)
    client = world.boto(server, "lambda", config=patient)
    taken: list[float] = []
    go = threading.Barrier(count + 1)

    def invoke(number: int) -> None:
        go.wait()
        try:
            answer = client.invoke(FunctionName=f"burst-{number}")
        except client.exceptions.ClientError:
            return
        if "FunctionError" not in answer:
            taken.append(json.loads(answer["Payload"].read()))

    threads = [threading.Thread(target=invoke, args=(number,)) for number in range(count)]
    for each in threads:
        each.start()
    cpu = server.cpu()
    go.wait()
    began = time.perf_counter()
    for each in threads:
        each.join()
    seconds = time.perf_counter() - began
    return Burst(count, len(taken), seconds, statistics.median(taken or [float("nan")]), server.cpu() - cpu)

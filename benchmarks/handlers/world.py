"""What the measured handlers need: an emulator with tables, queues, a bucket and a parameter, and code to run."""

import contextlib
import os
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract.environment import PARTITION_KEY, Variable
from dr_constructs.function_package import THIS_PYTHON, build_function_package
from emulator import Emulator, running
from emulator.functions import sdk
from handlers.writer.item import Writer, WriterState

REGION, PEER, WITNESS = "us-east-2", "us-east-1", "us-west-2"
TABLE, BUCKET = "payments-benchmark", "payments-benchmark"
CONTROL_TABLE = "payments-control-benchmark"
STRONG_LATENCY_SECONDS = 0.015
"""What reading or writing the control table takes at least, as between regions of the US set (FACTS 1.10)."""

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_QUEUES = {
    Variable.RETRY_QUEUE_URL: (REGION, "retry-benchmark"),
    Variable.PEER_RETRY_QUEUE_URL: (PEER, "retry-benchmark"),
    Variable.DEAD_LETTER_QUEUE_URL: (REGION, "dead-letters-benchmark"),
}


@dataclass(frozen=True)
class BenchmarkWorld:
    """Where code and services are."""

    functions: Path
    """The functions' zip, unpacked, with byte code."""
    sdk: Path
    zip_bytes: int
    environment: dict[str, str]


@contextlib.contextmanager
def prepared(directory: Path) -> Iterator[BenchmarkWorld]:
    """Unpack the code into `directory`, start an emulator and create what the handlers call."""
    package = build_function_package(_ROOT, runtime=THIS_PYTHON)
    functions = directory / "functions"
    with zipfile.ZipFile(package.path) as archive:
        archive.extractall(functions)
    with running(replication_lag=0, strong_latency=STRONG_LATENCY_SECONDS) as emulator:
        queue_urls = _create(emulator)
        yield BenchmarkWorld(
            functions=functions,
            sdk=sdk.link(directory / "sdk"),
            zip_bytes=package.size,
            environment=_environment(emulator, queue_urls),
        )


def python() -> str:
    """Return the interpreter behind the virtual environment: a function's own has nothing else installed."""
    return os.path.realpath(sys.executable)


def _environment(emulator: Emulator, queue_urls: dict[Variable, str]) -> dict[str, str]:
    aws = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {
        **{name: emulator.environment[name] for name in aws},
        "PATH": os.environ["PATH"],
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",  # entry points build their context on import, as on Lambda
        Variable.REGION: REGION,
        Variable.PRIMARY_REGION: PEER,
        Variable.STANDBY_REGION: REGION,
        Variable.TABLE_NAME: TABLE,
        Variable.CONTROL_TABLE_NAME: CONTROL_TABLE,
        Variable.BUCKET_NAME: BUCKET,
        **{str(name): url for name, url in queue_urls.items()},
        Variable.ALLOW_CARD_NUMBERS: "false",
        Variable.PAYMENT_RECEIPTS: "false",
        Variable.CONNECTION_STRING_PARAMETER: "/benchmark/connection-string",
        Variable.RELEASE: "benchmark",
        Variable.LOG_LEVEL: "INFO",
        Variable.SERVICE: "benchmark",
        Variable.METRICS_NAMESPACE: "benchmark",
    }


def _create(emulator: Emulator) -> dict[Variable, str]:
    """Create tables, bucket, parameter and queues; return the queues' URLs by the variables that name them."""
    dynamodb = emulator.client("dynamodb", REGION)
    key = {"AttributeName": PARTITION_KEY}
    for table in (TABLE, CONTROL_TABLE):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{**key, "KeyType": "HASH"}],
            AttributeDefinitions=[{**key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
    dynamodb.update_table(
        TableName=CONTROL_TABLE,
        MultiRegionConsistency="STRONG",
        ReplicaUpdates=[{"Create": {"RegionName": PEER}}],
        GlobalTableWitnessUpdates=[{"Create": {"RegionName": WITNESS}}],
    )
    writer = Writer(region=REGION, epoch=1, state=WriterState.OPEN)
    dynamodb.put_item(TableName=CONTROL_TABLE, Item=writer.item())
    emulator.client("s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    emulator.client("ssm", REGION).put_parameter(
        Name="/benchmark/connection-string", Value=f"dynamodb://{REGION}/{TABLE}", Type="String"
    )
    return {
        variable: str(emulator.client("sqs", region).create_queue(QueueName=name)["QueueUrl"])
        for variable, (region, name) in _QUEUES.items()
    }

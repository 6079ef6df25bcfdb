"""What the measured handlers need: an emulator with a table, a queue, a bucket and parameters, and code to run."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dr_constructs.function_package import build_function_package
from emulator import Emulator, running, sdk
from handlers.environment import PARTITION_KEY, Variable

REGION, PEER = "us-east-2", "us-east-1"
TABLE, BUCKET, QUEUE = "payments-benchmark", "payments-benchmark", "retry-benchmark"

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SENTINEL_CONFIGURATION = {
    "automaticTakeover": True,
    "peerDeadAfterSeconds": 180,
    "localPaymentsWithinSeconds": 180,
}


@dataclass(frozen=True)
class World:
    """Where code and services are."""

    functions: Path
    """The functions' zip, unpacked, with byte code."""
    functions_without_byte_code: Path
    sdk: Path
    sdk_without_byte_code: Path
    node: Path
    zip_bytes: int
    environment: dict[str, str]


@contextlib.contextmanager
def prepared(directory: Path) -> Iterator[World]:
    """Unpack the code into `directory`, start an emulator and create what the handlers call."""
    package = build_function_package(_ROOT)
    functions, bare = directory / "functions", directory / "bare"
    for target in (functions, bare):
        with zipfile.ZipFile(package.path) as archive:
            archive.extractall(target)
    subprocess.run([python(), "-m", "compileall", "-q", str(functions)], check=True)
    with running(replication_lag=0) as emulator:
        queue_url = _create(emulator)
        yield World(
            functions=functions,
            functions_without_byte_code=bare,
            sdk=sdk.link(directory / "sdk"),
            sdk_without_byte_code=_copy_sdk_sources(directory / "sdk-sources"),
            node=_install_node_handler(_ROOT / "build" / "benchmarks" / "node"),
            zip_bytes=package.size,
            environment=_environment(emulator, queue_url),
        )


def python() -> str:
    """Return the interpreter behind the virtual environment: a function's own has nothing else installed."""
    return os.path.realpath(sys.executable)


def _environment(emulator: Emulator, queue_url: str) -> dict[str, str]:
    aws = ("AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    return {
        **{name: emulator.environment[name] for name in aws},
        "PATH": os.environ["PATH"],
        "NODE_NO_WARNINGS": "1",  # the SDK's notice about coming versions of Node.js
        "AWS_DEFAULT_REGION": REGION,
        "AWS_LAMBDA_FUNCTION_NAME": "benchmark",  # entry points build their context on import, as on Lambda
        Variable.REGION: REGION,
        Variable.PRIMARY_REGION: PEER,
        Variable.STANDBY_REGION: REGION,
        Variable.TABLE_NAME: TABLE,
        Variable.BUCKET_NAME: BUCKET,
        Variable.RETRY_QUEUE_URL: queue_url,
        Variable.PAYMENT_RECEIPTS: "false",
        Variable.CONNECTION_STRING_PARAMETER: "/benchmark/connection-string",
        Variable.CONFIGURATION_PARAMETER: "/benchmark/configuration",
        Variable.PEER_ENDPOINT_PARAMETER: "/benchmark/peer",
        Variable.RELEASE: "benchmark",
        Variable.LOG_LEVEL: "INFO",
        Variable.SERVICE: "benchmark",
        Variable.METRICS_NAMESPACE: "benchmark",
    }


def _create(emulator: Emulator) -> str:
    """Create table, bucket, queue and parameters; return the queue's URL."""
    key = {"AttributeName": PARTITION_KEY}
    emulator.client("dynamodb", REGION).create_table(
        TableName=TABLE,
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    emulator.client("s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    parameters = {
        "connection-string": f"dynamodb://{REGION}/{TABLE}",
        "configuration": json.dumps(_SENTINEL_CONFIGURATION),
        "peer": "https://us-east-1.api.example.com",
    }
    for name, value in parameters.items():
        emulator.client("ssm", REGION).put_parameter(Name=f"/benchmark/{name}", Value=value, Type="String")
    return str(emulator.client("sqs", REGION).create_queue(QueueName=QUEUE)["QueueUrl"])


def _copy_sdk_sources(directory: Path) -> Path:
    """Copy the SDK as a zip of sources would hold it."""
    directory.mkdir()
    for source in sdk.sources():
        if source.is_dir():
            shutil.copytree(source, directory / source.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, directory)
    return directory


def _install_node_handler(directory: Path) -> Path:
    """Install the plain Node.js handler once, as its lock file says."""
    directory.mkdir(parents=True, exist_ok=True)
    locked = (_HERE / "node" / "package-lock.json").read_bytes()
    installed = directory / "package-lock.json"
    if not (installed.exists() and installed.read_bytes() == locked and (directory / "node_modules").exists()):
        for name in ("package.json", "package-lock.json"):
            shutil.copy(_HERE / "node" / name, directory)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=directory, check=True)
    shutil.copy(_HERE / "node" / "handler.mjs", directory)
    return directory / "handler.mjs"

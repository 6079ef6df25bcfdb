"""`./run sandbox.demo`: deploys both regions into the emulator, pays, switches over, shows it all, destroys."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path

from botocore.credentials import Credentials
from rich.console import Console
from rich.table import Table

from client.aws_variables import BadAwsVariableError
from client.https import Response
from client.output import run
from emulator import Emulator, EndedError, StartError
from sandbox.deployment import Deployment, DeploymentError
from sandbox.emulation import emulated_aws
from sandbox.payer import RequestSender
from sandbox.progress import progress

_ROOT = Path(__file__).resolve().parent.parent
_REPLICATED_SECONDS = 10
_SWITCHOVER_SECONDS = 300
_PAUSE_SECONDS = 5
_REFUSED = 2
"""The exit status of `dr` when a precondition does not hold yet."""

console = Console(highlight=False)


class UnexpectedAnswerError(Exception):
    """The API did not answer as the demo promises."""


def main() -> int:
    """Run the demo; return 1 when anything is not as it should be."""
    try:
        with tempfile.TemporaryDirectory(prefix="payments-dr-demo-") as directory, emulated_aws() as emulator:
            _run(emulator, Path(directory))
    except (BadAwsVariableError, DeploymentError, StartError, EndedError, UnexpectedAnswerError) as error:
        console.print(f"demo: {error}", style="red", markup=False, soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        console.print("demo: interrupted; the emulator and everything in it is gone")
        return 130
    return 0


def _run(emulator: Emulator, directory: Path) -> None:
    console.print(f"An emulated AWS with {len(emulator.addresses)} regions runs at {emulator.endpoint_url}.")
    with progress(console, "Deploying both regions with `cdktf deploy`") as on_line:
        deployment = Deployment(emulator, directory, {"ENVIRONMENT_SUFFIX": "dev"}, on_line)
        deployment.deploy()
    console.print(f"{len(deployment.resources())} resources are deployed; the primary's ticker has opened the writer.")
    _pay(deployment)
    _show(deployment)
    with progress(console, "Destroying it all with `cdktf destroy`") as on_line:
        Deployment(emulator, directory, deployment.settings, on_line).destroy()
    left = deployment.resources()
    if left:
        raise UnexpectedAnswerError(f"{len(left)} resources are left: {', '.join(left)}")


def _pay(deployment: Deployment) -> None:
    """Pay in the region that serves, switch over as an operator does, and pay in the other one."""
    outputs = deployment.outputs
    primary, standby = outputs["regions"]["primary"], outputs["regions"]["standby"]
    host = outputs["failover_endpoint_url"].removeprefix("https://")
    payer = RequestSender(deployment.emulator, host, credentials=_payer_credentials(deployment))
    payment = {"transactionId": "order-1001", "amount": "49.90", "currency": "EUR", "metadata": {"order": 1001}}
    second = {**payment, "transactionId": "order-1002"}
    steps = Table(title="Payments, signed with SigV4a")
    for column in ("what the client does", "where", "status"):
        steps.add_column(column, no_wrap=True)
    steps.add_column("answer", no_wrap=True, max_width=max(20, console.width - 56))

    def step(what: str, region: str, expected: int, call: Callable[[], Response]) -> None:
        answer = call()
        steps.add_row(what, region, str(answer.status), answer.body.decode())
        if answer.status != expected:
            raise UnexpectedAnswerError(f"{what} in {region}: expected {expected}, got {answer.status} {answer.body!r}")

    def probe(region: str, path: str) -> Response:
        regional = outputs[f"{'primary' if region == primary else 'standby'}_endpoint_url"].removeprefix("https://")
        return RequestSender(deployment.emulator, regional).send(region, "GET", path)

    step("GET /writer", primary, 200, lambda: probe(primary, "/writer"))
    step("GET /writer", standby, 404, lambda: probe(standby, "/writer"))
    step("GET /health", standby, 200, lambda: probe(standby, "/health"))
    step("pays", primary, 201, lambda: payer.post(primary, payment))
    step("pays it again", primary, 200, lambda: payer.post(primary, payment))
    step("pays another amount", primary, 409, lambda: payer.post(primary, {**payment, "amount": "50.00"}))
    step("pays NaN", primary, 400, lambda: payer.post(primary, {**payment, "amount": "NaN"}))
    step("reads it there", standby, 200, lambda: _once_there(lambda: payer.get(standby, "order-1001")))
    step("pays where nobody may", standby, 503, lambda: payer.post(standby, second))
    _switch_over(deployment)
    step("GET /writer", standby, 200, lambda: probe(standby, "/writer"))
    step("pays, with stale DNS", primary, 503, lambda: payer.post(primary, second))
    step("pays, after DNS has moved", standby, 201, lambda: payer.post(standby, second))
    step("pays the first again", standby, 200, lambda: payer.post(standby, payment))
    console.print(steps)


def _switch_over(deployment: Deployment) -> None:
    """Run `dr switchover`, again while it refuses: it wants to know the replication lag, which takes some minutes."""
    command = [
        *(sys.executable, "-m", "operations", "switchover", "--pay", "--yes"),
        *("--operator", "demo", "--reason", "the demo"),
        *("--environment", deployment.settings["ENVIRONMENT_SUFFIX"]),
        *("--outputs", str(deployment.directory / "outputs.json")),
        *("--journals", str(deployment.directory / "journals")),
    ]
    deadline = time.monotonic() + _SWITCHOVER_SECONDS
    with console.status("Switching over to the standby with `dr switchover`"):
        while True:
            done = subprocess.run(  # noqa: S603 — the project's own command
                command,
                cwd=_ROOT,
                env=deployment.environment,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
            )
            if done.returncode != _REFUSED or time.monotonic() > deadline:
                break
            time.sleep(_PAUSE_SECONDS)
    if done.returncode:
        raise UnexpectedAnswerError(f"`dr switchover` ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
    console.print("`dr switchover` has moved the right to store payments to the standby.")


def _once_there(call: Callable[[], Response]) -> Response:
    """Repeat a call while it finds nothing, which a region without the writer calls 503: replication has its lag."""
    deadline = time.monotonic() + _REPLICATED_SECONDS
    while True:
        answer = call()
        if answer.status != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def _payer_credentials(deployment: Deployment) -> Credentials:
    """Return the keys of a new IAM user who may call the payment routes of both APIs and nothing else."""
    iam = deployment.emulator.client("iam", "us-east-1")
    arn = iam.create_user(UserName="demo-payer")["User"]["Arn"]
    account = arn.split(":")[4]
    apis = {
        deployment.outputs["regions"][role]: url.removeprefix("https://").partition(".")[0]
        for role, url in deployment.outputs["execute_api_urls"].items()
    }
    resources = [f"arn:aws:execute-api:{region}:{account}:{api}/live/*/payment*" for region, api in apis.items()]
    allowed = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": resources}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_user_policy(UserName="demo-payer", PolicyName="pay", PolicyDocument=policy)
    key = iam.create_access_key(UserName="demo-payer")["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _show(deployment: Deployment) -> None:
    """Show what each region holds: its replica of the payments, and its bucket's transaction logs."""
    held = Table("region", "payments in its replica", "transaction logs in its bucket", title="What each region holds")
    with console.status("Waiting for the transaction logs"):
        payments = _replicated_payments(deployment)
        for role, region in deployment.outputs["regions"].items():
            held.add_row(region, "\n".join(payments), "\n".join(_logs(deployment, role, region)))
    console.print(held)


def _replicated_payments(deployment: Deployment) -> list[str]:
    """Return the payments, once all replicas hold the same: replication has its lag."""
    deadline = time.monotonic() + 60
    held: list[list[str]] = []
    while time.monotonic() < deadline:
        held = [_payments(deployment, region) for region in deployment.outputs["regions"].values()]
        if all(each == held[0] for each in held):
            return held[0]
        time.sleep(0.2)
    raise UnexpectedAnswerError(f"the replicas do not hold the same payments after 60 s: {held}")


def _payments(deployment: Deployment, region: str) -> list[str]:
    scan = deployment.emulator.client("dynamodb", region).scan(
        TableName=deployment.outputs["table_name"], ConsistentRead=True
    )
    return sorted(_line(item) for item in scan["Items"] if item["pk"]["S"].startswith("payment#"))


def _line(item: Mapping[str, Mapping[str, str]]) -> str:
    amount = Decimal(item["amount"]["N"])
    return f"{item['transactionId']['S']} {amount:.2f} {item['currency']['S']}, begun in {item['region']['S']}"


def _logs(deployment: Deployment, role: str, region: str) -> list[str]:
    """Return the names of a bucket's log objects, once those of both regions' payments are there."""
    bucket = deployment.outputs["bucket_names"][role]
    client = deployment.emulator.client("s3", region)
    deadline = time.monotonic() + 60
    names: list[str] = []
    while time.monotonic() < deadline:
        names = [each["Key"] for each in client.list_objects_v2(Bucket=bucket).get("Contents", [])]
        if all(any(f"/{one}/" in name for name in names) for one in deployment.outputs["regions"].values()):
            return names
        time.sleep(0.5)
    raise UnexpectedAnswerError(f"the transaction logs of both regions are not in {bucket} after 60 s, only {names}")


if __name__ == "__main__":
    run("demo", main)

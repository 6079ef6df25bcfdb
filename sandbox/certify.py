"""`make certify`: deploys under a fresh suffix, pays, moves traffic, releases, drills, collects evidence, destroys.

With credentials of a sandbox account it turns emulator results into AWS results; `--emulator` runs it in an emulator.
"""

import argparse
import os
import time
from collections.abc import Mapping
from pathlib import Path

import boto3
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from client.aws_variables import BadAwsVariableError
from client.output import run
from contract.names import stack_name
from costs.__main__ import costs
from costs.prices import read_prices
from costs.stack import read_stack
from dr_constructs.settings import Settings, SettingsError
from emulator import EndedError, StartError
from sandbox.certification import (
    HOURS_A_MONTH,
    Certification,
    CertificationRecord,
    CertificationStep,
    Spending,
    operating_steps,
)
from sandbox.deployment import CDKTF, PARALLELISM, configure
from sandbox.emulation import emulated_aws

_ROOT = Path(__file__).resolve().parent.parent
_RUN_HOURS = 3.0
"""About what a run takes: half of it waiting for the provider and for alarms."""

_PAYMENTS_PER_SECOND = 1.0
_FIXED_DOLLARS = 1.0
"""Requests, exports and a zone, rounded up."""

console = Console(highlight=False)


def main() -> int:
    """Certify, and return 0 if everything went well and nothing is left."""
    options = _parser().parse_args()
    try:
        if not options.emulator:
            _require_credentials()
            return _certify(options, dict(os.environ))
        with emulated_aws() as emulator:
            kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
            return _certify(options, {**kept, **emulator.environment})
    except (BadAwsVariableError, SettingsError, StartError, EndedError) as error:
        console.print(f"certify: {error}", style="red", markup=False, soft_wrap=True)
        return 1


def _certify(options: argparse.Namespace, environment: Mapping[str, str]) -> int:
    suffix = options.suffix or f"c{int(time.time()) % 10**7}"
    chosen = {**environment, "ENVIRONMENT_SUFFIX": suffix}
    settings = Settings.load(chosen, _ROOT)
    directory = (options.evidence / f"certify-{suffix}").resolve()
    directory.mkdir(parents=True)
    configure(directory, stack_name(suffix))
    cdktf = str(CDKTF)
    runner_environment = {**chosen, "PYTHONPATH": str(_ROOT)}
    spending = _spending(directory, cdktf, runner_environment, suffix)
    certificate = CertificationRecord(suffix, round(spending.estimate, 2), options.budget)
    console.print(
        f"Certifying {suffix}: about {_RUN_HOURS:g} hours and ${certificate.estimate:.2f} by list prices, "
        f"budget ${options.budget:.2f}, evidence in {directory}"
    )
    if certificate.estimate > options.budget:
        console.print(f"certify: --budget must be at least ${certificate.estimate:.2f}, got ${options.budget:.2f}")
        return 2
    outputs = directory / "outputs.json"
    regions = (settings.primary_region, settings.standby_region)
    certification = Certification(
        certificate,
        directory,
        runner_environment,
        spending,
        say=lambda line: console.print(line, markup=False),
    )
    work = ("--terraform-parallelism", PARALLELISM)
    deploy = ("deploy", stack_name(suffix), "--auto-approve", "--parallelism", "1", "--outputs-file", str(outputs))
    certification.run(
        CertificationStep("deploy", (cdktf, *deploy, *work)),
        lambda: operating_steps(suffix, outputs, directory, regions),
        CertificationStep("destroy", (cdktf, "destroy", stack_name(suffix), "--auto-approve", *work)),
        lambda: _left(suffix, (*regions, settings.witness_region), environment.get("AWS_ENDPOINT_URL")),
    )
    told = certificate.ended or "every step succeeded"
    left = "unknown" if certificate.left is None else (", ".join(certificate.left) or "nothing")
    console.print(f"{told}; left: {left}; {directory / 'certificate.json'}", markup=False, soft_wrap=True)
    return 0 if certificate.is_good else 1


def _require_credentials() -> None:
    """Ask AWS who calls: without an answer nothing is begun."""
    try:
        boto3.client("sts", region_name="us-east-1").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise StartError(f"the shell must have credentials of a sandbox account: {error}") from None


def _spending(directory: Path, cdktf: str, environment: Mapping[str, str], suffix: str) -> Spending:
    """Synthesize, which costs nothing, and return what the stack costs with time."""
    synth = Certification(
        CertificationRecord(suffix, 0, 0), directory, environment, Spending(0, 0, 0), say=console.print
    )
    if synth.take(CertificationStep("synth", (cdktf, "synth"))):
        raise StartError(f"the stack could not be synthesized: see {directory / 'synth.txt'}")
    stack = read_stack(directory / "cdktf.out" / "stacks" / stack_name(suffix) / "cdk.tf.json")
    month = sum(costs(read_prices(), stack, _PAYMENTS_PER_SECOND).values())
    return Spending(hourly=month / HOURS_A_MONTH, fixed=_FIXED_DOLLARS, hours=_RUN_HOURS)


def _left(suffix: str, regions: tuple[str, ...], endpoint: str | None) -> list[str]:
    """Return the ARNs of what still has the deployment's tag, in each of the regions."""
    found: set[str] = set()
    for region in regions:
        tagging = boto3.client("resourcegroupstaggingapi", region_name=region, endpoint_url=endpoint)
        wanted = {"TagFilters": [{"Key": "Environment", "Values": [suffix]}]}
        for page in tagging.get_paginator("get_resources").paginate(**wanted):
            found.update(each["ResourceARN"] for each in page["ResourceTagMappingList"])
    return sorted(found)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run sandbox.certify", description=__doc__, allow_abbrev=False)
    parser.add_argument("--budget", type=float, default=10.0, help="dollars that it does not pass, as calculated")
    parser.add_argument("--suffix", help="the deployment's suffix; by default a new one")
    parser.add_argument("--evidence", type=Path, default=Path("evidence"), help="where it leaves its folder")
    parser.add_argument("--emulator", action="store_true", help="run it in an emulator instead of AWS")
    return parser


if __name__ == "__main__":
    run("certify", main)

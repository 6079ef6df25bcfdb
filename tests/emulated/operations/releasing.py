"""Publishes versions of the deployed functions, good and bad, and runs `dr release` as an operator does."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from contract.environment import PARTITION_KEY, RELEASE_KEY, Function
from contract.releases import LIVE_ALIAS, STAGE_NAME
from operations.drills.planted_versions import replaced
from tests.emulated.operations.commands import ROOT, Ended
from tests.emulated.site import REGIONS, Site
from tests.emulated.waiting import eventually

HANDLER = "handlers/payment_api.py"
STORE = "handlers/payments/store.py"
CHANGED = (Function.PAYMENT_API, Function.PAYMENT_CANARY)
"""The functions that get a new version: as many as show what a release does, and no more."""

_SECONDS = 300


@dataclass(frozen=True)
class PlantedVersion:
    """A change of the code: a text in a file of the zip, and what stands there instead."""

    file: str
    before: str
    after: str

    def planted(self, code: bytes) -> bytes:
        """Return the zip with the change."""
        return replaced(code, self.file, self.before, self.after)


def good() -> PlantedVersion:
    """Return a harmless change, another one each time: Lambda publishes no version of the same code twice."""
    return PlantedVersion(HANDLER, '"""Answer one request."""', f'"""Answer one request: {uuid4()}."""')


STORES_NOTHING = PlantedVersion(
    STORE,
    "            with table_access():\n                self._client.put_item(",
    "            with table_access():\n                dict(",
)


def deployed_code(site: Site) -> bytes:
    """Return the zip that Terraform deployed."""
    stack = site.deployment.directory / "cdktf.out" / "stacks" / site.deployment.stack
    document = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    files = {each["filename"] for each in document["resource"]["aws_lambda_function"].values()}
    (file,) = files
    code: bytes = (stack / file).read_bytes()
    return code


def publish(site: Site, planted: PlantedVersion) -> dict[tuple[str, Function], str]:
    """Publish a version of the payment function and its canary in both regions; return what was live before."""
    code, before = planted.planted(deployed_code(site)), {}
    for region in REGIONS:
        functions = site.aws("lambda", region)
        for function in CHANGED:
            name = site.name(function, region)
            before[region, function] = functions.get_alias(FunctionName=name, Name=LIVE_ALIAS)["FunctionVersion"]
            functions.update_function_code(FunctionName=name, ZipFile=code)
            functions.publish_version(FunctionName=name)
    return before


def versions(site: Site, region: str, function: Function) -> list[str]:
    """Return the numbers of the versions that there are."""
    pages = (
        site.aws("lambda", region)
        .get_paginator("list_versions_by_function")
        .paginate(FunctionName=site.name(function, region))
    )
    return [each["Version"] for page in pages for each in page["Versions"] if each["Version"].isdigit()]


@contextmanager
def restored(site: Site) -> Iterator[None]:
    """Put all back afterwards, and take the release item away: others judge by what it says."""
    before, stages = live(site), {region: _stage(site, region) for region in REGIONS}
    deployments = {region: _deployments(site, region) for region in REGIONS}
    there = {(region, function): versions(site, region, function) for region, function in before}
    yield
    code = deployed_code(site)
    for (region, function), version in before.items():
        functions, name = site.aws("lambda", region), site.name(function, region)
        functions.update_function_code(FunctionName=name, ZipFile=code)
        functions.update_alias(
            FunctionName=name,
            Name=LIVE_ALIAS,
            FunctionVersion=version,
            RoutingConfig={"AdditionalVersionWeights": {}},
        )
        for added in set(versions(site, region, function)) - set(there[region, function]):
            functions.delete_function(FunctionName=name, Qualifier=added)
    for region, deployment in stages.items():
        gateways, api = site.aws("apigateway", region), site.output("rest_api_ids", region)
        patch = [{"op": "replace", "path": "/deploymentId", "value": deployment}]
        gateways.update_stage(restApiId=api, stageName=STAGE_NAME, patchOperations=patch)
        for added in _deployments(site, region) - deployments[region]:
            gateways.delete_deployment(restApiId=api, deploymentId=added)
    site.aws("dynamodb").delete_item(TableName=site.control_table, Key={PARTITION_KEY: {"S": RELEASE_KEY}})


@contextmanager
def alarms_muted(site: Site) -> Iterator[None]:
    """Let no alarm ring: a busy machine is slow, and what failed in one test rings in the next."""
    muted = []
    for region in REGIONS:
        metrics = site.aws("cloudwatch", region)
        settings = metrics.meta.service_model.operation_model("PutMetricAlarm").input_shape.members
        for alarm in metrics.get_paginator("describe_alarms").paginate().search("MetricAlarms[]"):
            as_set = {name: value for name, value in alarm.items() if name in settings}
            muted.append((metrics, as_set))
            beyond = -1e12 if as_set["ComparisonOperator"].startswith("LessThan") else 1e12
            metrics.put_metric_alarm(**{**as_set, "Threshold": beyond, "TreatMissingData": "ignore"})
    yield
    for metrics, as_set in muted:
        metrics.put_metric_alarm(**as_set)


def _deployments(site: Site, region: str) -> set[str]:
    answer = site.aws("apigateway", region).get_deployments(restApiId=site.output("rest_api_ids", region), limit=500)
    return {each["id"] for each in answer["items"]}


def _stage(site: Site, region: str) -> str:
    api = site.output("rest_api_ids", region)
    return str(site.aws("apigateway", region).get_stage(restApiId=api, stageName=STAGE_NAME)["deploymentId"])


def live(site: Site) -> dict[tuple[str, Function], str]:
    """Return what the aliases point at; one that shares has its weights behind it."""
    found = {}
    for region in REGIONS:
        for function in CHANGED:
            alias = site.aws("lambda", region).get_alias(FunctionName=site.name(function, region), Name=LIVE_ALIAS)
            weights = (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}
            found[region, function] = alias["FunctionVersion"] + (f" {weights}" if weights else "")
    return found


def command_line(site: Site, verb: str, *options: str) -> list[str]:
    """Return a command of `dr release` with the site's own role."""
    outputs = site.deployment.directory / "outputs.json"
    shared = ["--outputs", str(outputs), "--environment", site.suffix, "--role", "site", "--output", "json"]
    return [sys.executable, "-m", "operations", "release", verb, *shared, *options]


def release(site: Site, verb: str, *options: str) -> Ended:
    """Run a command to its end."""
    done = subprocess.run(
        command_line(site, verb, *options),
        cwd=ROOT,
        env=site.deployment.environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def start(site: Site, journals: Path, *options: str) -> Ended:
    """Release; what a busy machine has made unfit for a moment is asked for again."""

    def begun() -> Ended:
        ended = release(site, "start", "--yes", "--journals", str(journals), *options)
        obstacles = ended.document["refusal"]["obstacles"] if ended.status == 2 else []
        assert not [each for each in obstacles if each["precondition"].endswith("must be healthy")], ended
        return ended

    return eventually(begun)


@contextmanager
def started(site: Site, journals: Path, *options: str) -> Iterator[subprocess.Popen[str]]:
    """Have a release run beside the test, begun again if it is refused; it is ended when the block is left."""
    begun = command_line(site, "start", "--yes", "--journals", str(journals), *options)
    drivers: list[subprocess.Popen[str]] = []

    def runs() -> None:
        if not drivers or drivers[-1].poll() is not None:
            environment, nowhere = site.deployment.environment, subprocess.DEVNULL
            drivers.append(
                subprocess.Popen(begun, cwd=ROOT, env=environment, stdout=nowhere, stderr=nowhere, text=True)
            )
        assert item(site).get("state") == "running"

    try:
        eventually(runs)
        yield drivers[-1]
    finally:
        for driver in drivers:
            driver.kill()
            driver.wait()


def item(site: Site) -> Mapping[str, Any]:
    """Return the release item's texts."""
    found = site.control_item(REGIONS[1], "release") or {}
    return {name: next(iter(value.values())) for name, value in found.items()}


def await_state(site: Site, state: str, *, within: float = 600) -> None:
    """Wait until the release is so far."""

    def reached() -> None:
        assert item(site).get("state") == state

    eventually(reached, within=within)


def await_step(site: Site, beginning: str, *, within: float = 600) -> None:
    """Wait until a driver that runs is at a step whose text holds something; the last release left its own there."""

    def reached() -> None:
        now = item(site)
        assert now.get("state") == "running"
        assert beginning in str(now.get("step", ""))

    eventually(reached, within=within)

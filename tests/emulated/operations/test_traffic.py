"""`dr switchover`, `dr failover` and `dr failback` with the operations role's rights, while a payer pays all the time.

One story, told in order: each test begins where the one before it has left the site.
"""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from botocore.credentials import Credentials

from client.dns import ResolutionError, Resolver
from emulator import Emulator
from handlers.runtime import timestamp
from tests.emulated.faults import quick_retries
from tests.emulated.operations.paying import SteadyPayer
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import current_writer, move_writer

ROOT = Path(__file__).resolve().parents[3]
SCALE = 10
RETRY_SECONDS = 120 // SCALE
LATE_SECONDS = 40
"""Emulated ones, for which the primary stays away: a lag of that much is refused at any time scale."""


class Operator:
    """Runs `dr` as somebody who may assume the operations role, with journals of their own."""

    def __init__(self, site: Site, journals: Path) -> None:
        self.site = site
        self.journals = journals
        self.began = timestamp(time.time())

    def start(self, *arguments: str, source: str = "outputs") -> subprocess.Popen[str]:
        """Start a command; with `source="parameters"`, no Terraform state is in reach."""
        deployment = self.site.deployment
        environment = {**deployment.environment, "DR_JOURNALS": str(self.journals), "DR_OPERATOR": "the test"}
        where = ["--outputs", str(deployment.directory / "outputs.json"), "--role", "site"]
        if source == "parameters":
            environment["PATH"] = os.path.dirname(sys.executable)  # noqa: PTH120 — Terraform is elsewhere
            where = ["--role", "site"]
        return subprocess.Popen(
            [sys.executable, "-m", "operations", *arguments, *where, "-e", self.site.suffix, "-o", "json", "--yes"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0, source: str = "outputs") -> Any:
        """Run a command to its end and return what it tells."""
        output, errors = (process := self.start(*arguments, source=source)).communicate(timeout=120)
        document = json.loads(output) if output else None
        assert process.returncode == status, why(document, errors)
        return document or errors

    def when_possible(self, *arguments: str, source: str = "outputs") -> Any:
        """Run a command as soon as it is not refused any more: health checks and metrics take their time."""
        return eventually(lambda: self.run(*arguments, source=source), every=1)


@pytest.fixture(scope="module")
def fast(emulator: Emulator, site: Site) -> Iterator[None]:
    """Let time pass faster, as for queues, which live in real time."""
    with ExitStack() as restored:
        restored.callback(emulator.set_time_scale, 1)
        emulator.set_time_scale(SCALE)
        for region in REGIONS:
            restored.enter_context(quick_retries(site, region, seconds=RETRY_SECONDS))
        restored.callback(open_again, site)  # whatever failed, the other modules begin in peace
        yield


@pytest.fixture(scope="module")
def operator(site: Site, fast: None, tmp_path_factory: pytest.TempPathFactory) -> Operator:
    return Operator(site, tmp_path_factory.mktemp("journals"))


@pytest.fixture(scope="module")
def steady(site: Site, operator: Operator, payer_credentials: Credentials) -> Iterator[SteadyPayer]:
    with SteadyPayer(site, payer_credentials, SCALE) as paying:
        yield paying


def evidence(document: Any, says: str) -> Any:
    """Return what a step left for the record."""
    (found,) = (result["evidence"] for result in document["results"] if says in result["says"])
    return found


def why(document: Any, errors: str) -> str:
    """Return why a command did not do as it was told: every obstacle, or else all that it said."""
    refusal = document and document.get("refusal")
    if not refusal:
        return errors
    return "\n".join(f"{each['precondition']}: {each['found']}" for each in refusal["obstacles"])


def obstacles(document: Any) -> set[str]:
    """Return which preconditions failed."""
    return {each["precondition"] for each in document["refusal"]["obstacles"]}


def test_a_switchover_moves_the_payments(site: Site, operator: Operator, steady: SteadyPayer) -> None:
    before = current_writer(site)
    document = operator.when_possible("switchover", "--pay")
    assert document["outcome"] == "done"
    assert evidence(document, "find each payment")["payments"] >= 0
    assert evidence(document, "DNS")["answered"] == STANDBY
    own = site.stored(STANDBY, evidence(document, "pay 0.01")["transaction_id"])
    assert own is not None
    assert own["region"]["S"] == STANDBY
    assert document["after"]["dns"]["value"]["role"]["value"] == "standby"
    after = current_writer(site)
    assert (after.region, after.is_open, after.epoch) == (STANDBY, True, before.epoch + 2)


def test_a_failback_is_refused_while_payments_are_parked(site: Site, operator: Operator, steady: SteadyPayer) -> None:
    queues, url = site.aws("sqs", STANDBY), site.queue("dead_letter", STANDBY)
    queues.send_message(QueueUrl=url, MessageBody=queue_message(new_payment(), STANDBY))
    try:
        document = operator.run("failback", status=2)
    finally:
        queues.purge_queue(QueueUrl=url)
    assert "the dead letter queue of us-east-2 must be empty" in obstacles(document)
    assert current_writer(site).allows(STANDBY)


def test_a_failback_returns_to_the_primary(site: Site, operator: Operator, steady: SteadyPayer) -> None:
    document = operator.when_possible("failback", "--since", operator.began, "--earlier", "0")
    assert evidence(document, "DNS")["answered"] == PRIMARY
    assert current_writer(site).allows(PRIMARY)


def test_a_failover_needs_nothing_of_a_dead_region(
    site: Site, emulator: Emulator, operator: Operator, steady: SteadyPayer
) -> None:
    with emulator.inject("region-down", region=PRIMARY), emulator.inject("control-plane-down"):
        document = operator.run("failover", source="parameters")
        assert evidence(document, "DNS")["answered"] == STANDBY
        assert evidence(document, "first payment")["seen"]
        assert current_writer(site, STANDBY).allows(STANDBY)
        time.sleep(LATE_SECONDS / SCALE)


def test_a_failback_is_refused_until_replication_has_settled(
    site: Site, operator: Operator, steady: SteadyPayer
) -> None:
    """What was written meanwhile arrives late."""

    def back() -> None:
        document = operator.run("failback", status=2)
        assert f"the replication lag us-east-2 → us-east-1 must be at most {2 * SCALE} s" in obstacles(document)

    eventually(back, every=1)
    assert current_writer(site).allows(STANDBY)


def test_nothing_was_lost_and_nothing_stored_twice(site: Site, operator: Operator, steady: SteadyPayer) -> None:
    steady.__exit__()

    def arrived() -> None:
        assert steady.acknowledged
        for region in REGIONS:
            assert not set(steady.acknowledged) - payment_ids(site, region)

    eventually(arrived, every=1)
    assert max(steady.created.values()) == 1


def payment_ids(site: Site, region: str) -> set[str]:
    """Return the ids of all payments that a replica holds."""
    pages = site.aws("dynamodb", region).get_paginator("scan").paginate(TableName=site.table)
    return {item["transactionId"]["S"] for page in pages for item in page["Items"] if "transactionId" in item}


def open_again(site: Site) -> None:
    """Make the primary the owner, and wait until DNS answers it again."""
    emulator = site.deployment.emulator
    move_writer(site, PRIMARY)

    def returned() -> None:
        with contextlib.suppress(ResolutionError):
            assert Resolver(("127.0.0.1", emulator.dns_port)).address(site.host) == emulator.addresses[PRIMARY]
            return
        raise AssertionError

    eventually(returned)

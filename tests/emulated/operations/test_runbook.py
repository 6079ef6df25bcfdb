"""The commands of docs/runbook.md, each run in the situation that its section is about, in the order of a bad week.

`SITUATIONS` says what goes wrong for a section; time passes ten times faster.
"""

import contextlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager as Situation
from decimal import Decimal
from pathlib import Path

import pytest

from contract.environment import Function
from emulator import Emulator
from handlers.payments.model import Payment, StoredPayment
from handlers.runtime import timestamp
from tests.emulated.faults import closed_port, variables
from tests.emulated.operations import pages
from tests.emulated.operations.commands import dr
from tests.emulated.outage import await_dns
from tests.emulated.payments import new_id, new_payment, queue_message
from tests.emulated.programs import require
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import current_writer, move_writer, switch_automatic

RUNBOOK = pages.ROOT / "docs" / "runbook.md"
PAGE = pages.sections(RUNBOOK)
BEFORE = "Before anything"
ELSEWHERE = {"Change the standby while us-east-1 is down", "The replica is gone"}
"""Run by test_standby_changes.py and test_replica_gone.py."""

SCALE = 10
EXPORTS = [command for command in PAGE[BEFORE] if not command.text.startswith("./dr")]


@contextlib.contextmanager
def steady(site: Site) -> Iterator[None]:
    """The primary owns the writer and serves; takeovers wait for a person, as in all of these tests."""
    move_writer(site, PRIMARY)
    await_dns(site, PRIMARY)
    yield


def fault(name: str, /, **values: object) -> Callable[[Site], Situation[None]]:
    """Return a situation in which something is wrong with a primary that served a moment ago."""

    @contextlib.contextmanager
    def wrong(site: Site) -> Iterator[None]:
        with steady(site), site.deployment.emulator.inject(name, **values):
            yield

    return wrong


@contextlib.contextmanager
def lagging(site: Site) -> Iterator[None]:
    """Nothing leaves the primary, for long enough to be noticed."""
    with fault("replication-paused", source=PRIMARY, destination=STANDBY)(site):

        def noticed() -> None:
            ended = dr(site, "switchover", "--dry-run")
            assert ended.status == 2
            # Not refused for what the section before has left: this one only grows while nothing leaves.
            unmet = [each["precondition"] for each in ended.document["refusal"]["obstacles"]]
            assert [each for each in unmet if f"the age of {PRIMARY}'s heartbeat in {STANDBY}" in each]

        eventually(noticed, within=180, every=1)  # heartbeats may be a real minute old
        yield


@contextlib.contextmanager
def both_unfit(site: Site) -> Iterator[None]:
    """No region's function reaches its table, and says so; the operator does reach them."""
    with contextlib.ExitStack() as faults:
        for region in REGIONS:
            cut_off = variables(site, Function.PAYMENT_API, region, AWS_ENDPOINT_URL_DYNAMODB=closed_port())
            faults.enter_context(cut_off)
        yield


@contextlib.contextmanager
def lost(site: Site) -> Iterator[None]:
    emulator = site.deployment.emulator
    with steady(site), emulator.inject("region-down", region=PRIMARY), emulator.inject("control-plane-down"):
        yield


@contextlib.contextmanager
def returned(_: Site) -> Iterator[None]:
    """The fault of `lost` is over, and the standby serves."""
    yield


@contextlib.contextmanager
def left(site: Site) -> Iterator[None]:
    """The standby serves, the primary is well, and nothing speaks against the return any more."""

    def possible() -> None:
        ended = dr(site, "failback", "--dry-run", "--since", timestamp(time.time() - 1))
        unmet = [each["precondition"] for each in ended.document["refusal"]["obstacles"]] if ended.status else []
        # Which payments differ is what the section itself finds out.
        assert set(unmet) <= {"both replicas must hold the same payments"}

    eventually(possible, within=300, every=1)
    yield


@contextlib.contextmanager
def automatic(site: Site) -> Iterator[None]:
    """What the section switches off and on again is off for the tests that follow."""
    with steady(site):
        yield
    assert current_writer(site).automatic
    switch_automatic(site, on=False)


@contextlib.contextmanager
def parked(site: Site) -> Iterator[None]:
    """A payment that the primary accepted, and that its retry worker gave up on."""
    payment, queues = new_payment(), site.aws("sqs", PRIMARY)
    queues.send_message(QueueUrl=site.queue("dead_letter", PRIMARY), MessageBody=queue_message(payment, PRIMARY))
    with steady(site):
        yield

    def stored() -> None:
        assert site.stored(PRIMARY, payment["transactionId"]) is not None

    eventually(stored)


@contextlib.contextmanager
def unlogged(site: Site) -> Iterator[None]:
    """What Lambda writes when it gives up on a batch of the stream."""
    queues, url = site.aws("sqs", PRIMARY), site.queue("stream_failure", PRIMARY)
    queues.send_message(QueueUrl=url, MessageBody=json.dumps({"DDBStreamBatchInfo": {"batchSize": 1}}))
    yield
    queues.purge_queue(QueueUrl=url)  # the section leaves it while payments differ, which other tests may have done


@contextlib.contextmanager
def damaged(site: Site) -> Iterator[str]:
    """A payment that a script changed, after a moment that is told."""
    table, now = site.aws("dynamodb", PRIMARY), timestamp(time.time())
    payment = StoredPayment(Payment(new_id(), Decimal("10.50"), "EUR"), PRIMARY, now)
    with steady(site):
        table.put_item(TableName=site.table, Item=payment.item())
        before = site.stored(PRIMARY, payment.payment.transaction_id)
        assert before is not None
        right = math.ceil(time.time()) + 1
        time.sleep(right + 1 - time.time())
        table.put_item(TableName=site.table, Item={**before, "amount": {"N": "1050"}})
        yield f"{timestamp(right).removesuffix('.000Z')}Z"
        assert site.stored(PRIMARY, payment.payment.transaction_id) == before


RIGHT = Path("incidents") / "4711" / "right"
"""Where the page keeps the moment that a situation tells: until when the payments were right."""

SITUATIONS: dict[str, Callable[[Site], Situation[str | None]]] = {
    BEFORE: steady,
    "Some checkers do not see the primary": fault("checkers-partial", endpoint=PRIMARY, checkers="us-west-1,sa-east-1"),
    "The bucket is not copied": fault("replication-paused", source=PRIMARY, destination=STANDBY, kind="s3"),
    "The witness is lost": fault("region-down", region="us-west-2"),
    "Switch automatic takeover off": automatic,
    "Stop all payments, and start again": steady,
    "Break the glass": steady,
    "A command was interrupted": steady,
    "Payments are parked": parked,
    "A batch could not be logged": unlogged,
    "Replication stands still": lagging,
    "The data are wrong": damaged,
    "The table refuses writes": fault("region-errors", region=PRIMARY, service="dynamodb", share=1),
    "Both regions are unfit": both_unfit,
    "Nobody takes payments": lost,
    "The serving region is lost": lost,
    "The region has returned": returned,
    "Return to the primary": left,
    "A planned switchover": steady,
    "Release": steady,
    "Without dr": steady,
    "Evidence": steady,
}


def prepare(site: Site, incident: Path) -> None:
    """Say when the trouble began, as the page asks, and accept what other tests have left behind."""
    incident.mkdir(parents=True)
    left = dr(site, "reconcile", "--audit", str(incident / "left.jsonl"))
    lines = map(json.loads, (incident / "left.jsonl").read_text(encoding="utf-8").splitlines())
    digests = [line["finding"]["digest"] for line in lines if line["event"] == "seen"]
    assert left.status in {0, 1, 2}
    (incident / "judged").write_text("".join(f"{digest}\n" for digest in digests), encoding="utf-8")
    (incident / "began").write_text(timestamp(time.time()), encoding="utf-8")


@pytest.fixture(scope="module")
def journals(site: Site, emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Let time pass faster, give a directory to work in, and return the writer to the primary in the end."""
    for region in REGIONS:
        for kind in ("dead_letter", "retry", "stream_failure"):
            site.aws("sqs", region).purge_queue(QueueUrl=site.queue(kind, region))
    emulator.set_time_scale(SCALE)
    directory = tmp_path_factory.mktemp("runbook")
    prepare(site, directory / "incidents" / "4711")
    yield directory
    emulator.heal()
    move_writer(site, PRIMARY)
    await_dns(site, PRIMARY)
    emulator.set_time_scale(1)


def test_the_page_leaves_nothing_out() -> None:
    assert set(PAGE) == set(SITUATIONS) | ELSEWHERE


def test_its_alarms_are_deployed(site: Site) -> None:
    named = set(re.findall(r"`([a-z-]+-us-[a-z]+-\d)-<suffix>`", RUNBOOK.read_text(encoding="utf-8")))
    deployed = {arn.rpartition(":")[2] for arns in site.deployment.outputs["alarm_arns"].values() for arn in arns}
    assert {f"{name}-{site.suffix}" for name in named} <= deployed
    assert named


@pytest.mark.parametrize(
    "section",
    # A restore and two comparisons; most of it waits for logs.
    [pytest.param(each, marks=[pytest.mark.prove] if SITUATIONS[each] is damaged else []) for each in SITUATIONS],
)
def test_the_commands_of(site: Site, journals: Path, section: str) -> None:
    commands = [command for command in PAGE[section] if command not in EXPORTS]
    if any(command.text.startswith("aws ") for command in commands):
        require("aws")
    with SITUATIONS[section](site) as right:
        if right is not None:
            (journals / RIGHT).write_text(right, encoding="utf-8")
        pages.run(site, *EXPORTS, *commands, directory=journals)


def test_the_record_of_the_incident_is_complete(journals: Path) -> None:
    (incident,) = (journals / "incidents").iterdir()
    written = {each.name for each in incident.iterdir()}
    assert written >= {"status-before.json", "during.jsonl", "after.jsonl", "journals"}
    assert len(list((incident / "journals").rglob("*.jsonl"))) >= 3

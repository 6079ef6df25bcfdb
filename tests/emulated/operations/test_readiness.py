"""`dr readiness` under the operations role: what it finds in a deployed site, and when something is made wrong."""

import contextlib
from collections.abc import Iterator

from contract.environment import Function
from emulator import Emulator
from tests.emulated.faults import paused, quick_retries
from tests.emulated.operations.commands import Ended, dr
from tests.emulated.site import PRIMARY, STANDBY, Site
from tests.emulated.waiting import eventually
from tests.emulated.writing import switch_automatic

UNSETTLED = ("data of the alarms", "alarms that ring", "replication lag", "heartbeat of")
"""What depends on the minutes before: alarms and metrics have just begun, or remember other tests."""

EXIT_STATUS = {"pass": 0, "fail": 1, "unknown": 2}
SENTENCES = {"Ready:": 0, "Not": 1, "Cannot": 2}
"""The exit status by the first word of the verdict."""


def findings(ended: Ended) -> dict[str, tuple[str, str]]:
    """Return verdict and detail by check."""
    document = ended.document
    assert ended.status == EXIT_STATUS[document["readiness"]]
    return {each["check"]: (each["verdict"], each["detail"]) for each in document["findings"]}


class TestFit:
    """A site as it is deployed."""

    def test_everything_that_has_settled_passes(self, site: Site) -> None:
        switch_automatic(site, on=True)
        try:
            eventually(lambda: self.passes(site), every=2)
        finally:
            switch_automatic(site, on=False)

    def passes(self, site: Site) -> None:
        found = findings(dr(site, "readiness"))
        assert not {
            check: said for check, said in found.items() if said[0] != "pass" and not check.startswith(UNSETTLED)
        }
        assert len(found) > 50

    def test_the_text_ends_with_the_verdict(self, site: Site) -> None:
        ended = dr(site, "readiness", "--output", "text")
        sentence = ended.output.strip().rpartition("checks pass (--all lists them)\n")[2]
        assert ended.status == SENTENCES[sentence.split(maxsplit=1)[0]]


@contextlib.contextmanager
def reserved(site: Site, region: str, count: int) -> Iterator[None]:
    """Keep executions for a region's payment function."""
    functions, name = site.aws("lambda", region), site.name(Function.PAYMENT_API, region)
    functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=count)
    try:
        yield
    finally:
        functions.delete_function_concurrency(FunctionName=name)


@contextlib.contextmanager
def unscheduled(site: Site, function: Function, region: str) -> Iterator[None]:
    """Stop a function's schedule."""
    events, name = site.aws("events", region), site.name(function, region)
    events.disable_rule(Name=name)
    try:
        yield
    finally:
        events.enable_rule(Name=name)


def test_what_is_wrong_fails(site: Site) -> None:
    """Several things at once: each has a check of its own."""
    with (
        reserved(site, PRIMARY, 50),
        paused(site, Function.RETRY_WORKER, STANDBY),
        unscheduled(site, Function.TICKER, STANDBY),
        quick_retries(site, STANDBY),
    ):
        ended = dr(site, "readiness")
    found = findings(ended)
    assert ended.status == 1
    assert found["executions reserved for payment-api"] == ("fail", "the standby's must be at least 50, is none")
    assert found["unattended takeover"][0] == "fail"
    assert found["what starts retry-worker"] == ("fail", "must be enabled, but is Disabled in the standby")
    assert found["what starts ticker"] == ("fail", "must be enabled, but is DISABLED in the standby")
    assert found["configuration of the retry queue"] == ("fail", "must be the same, but differs in VisibilityTimeout")


def test_a_region_that_does_not_answer_is_unknown(emulator: Emulator, site: Site) -> None:
    with emulator.inject("region-down", region=PRIMARY):
        ended = dr(site, "readiness")
    found = findings(ended)
    assert ended.status in (1, 2)
    for check in (f"replica in {PRIMARY}", f"alarms in {PRIMARY}", "code of payment-api", "configuration of ticker"):
        assert found[check][0] == "unknown"
    assert found[f"replica in {STANDBY}"][0] == "pass"

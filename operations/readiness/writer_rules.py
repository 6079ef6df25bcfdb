"""Readiness rules for moving the writer: the writer item, both tickers and what they see."""

import math
from collections.abc import Iterator
from functools import partial

from contract.deadlines import TICKER_RUN_SECONDS
from contract.environment import Function
from handlers.writer.glass import Glass
from handlers.writer.item import ClosingKind, Writer
from operations.readiness.model import CheckFinding, Facts
from operations.readiness.rule import DEPLOY
from operations.readiness.rule_evaluation import both, judge
from operations.topology.model import SILENT_TICKER_SECONDS, TickerState
from operations.topology.readings import Known
from operations.topology.words import who_did_what

RUNS_AT_ONCE = math.ceil(TICKER_RUN_SECONDS / 60)
"""A ticker is started every minute, whether the runs before have ended or not."""

_END_OF_CLOSING = {
    ClosingKind.HELD: "`dr start`, once you know why payments were stopped",
    ClosingKind.PLANNED: "wait 30 s, the source's ticker undoes it; if it does not, `dr start`",
    ClosingKind.TAKEOVER: "wait 10 s, it opens by itself; if it does not, `dr start`",
}


def writer(facts: Facts) -> Iterator[CheckFinding]:
    """Judge the writer item, and whether it may move unattended."""
    topology = facts.topology
    for state in topology.regions.values():
        yield judge(
            f"writer as {state.site.name} reads it",
            state.control,
            lambda read: "must exist: the primary's ticker creates it" if read is None else "",
            lambda read: f"epoch {read.epoch}" if read else "",
            remedy=f"wait for the next run of {topology.site.primary.name}'s ticker, which starts every minute",
        )
    yield judge(
        "writer in both regions",
        both(topology.primary.control, topology.standby.control),
        lambda pair: "" if _epoch(pair[0]) == _epoch(pair[1]) else f"must be the same, {_epochs(*pair)}",
        lambda pair: f"the same, {_epochs(*pair)}",
        remedy="the writer moved while it was read: `dr readiness` again",
    )
    read = topology.writer
    if isinstance(read, Known) and read.value is None:
        return  # which the rules above report
    yield judge(
        "owner of the writer", read, partial(_owner_problem, topology.primary.site.name), _owned, remedy=_owner_remedy
    )
    yield judge("unattended takeover", read, _automatic_problem, lambda _: "on", remedy="`dr automatic on`")


def regions(facts: Facts) -> Iterator[CheckFinding]:
    """Judge what each region reports: health, `/writer`, its ticker, and that break glass is not in force."""
    topology = facts.topology
    for role, state in topology.regions.items():
        name = state.site.name
        yield judge(
            f"/health of {name}",
            state.health,
            lambda ok: "" if ok else "must answer 200",
            lambda _: "200",
            remedy=f"see the log of payment-api in {name}: it does not reach its tables",
        )
        yield judge(
            f"/writer of {name}",
            both(state.owns, topology.writer),
            partial(_answer_problem, state.site.name),
            lambda pair: "200" if pair[0] else "404",
            remedy=f"`dr readiness` again after 10 s; if it stays, see the log of payment-api in {name}",
        )
        yield judge(f"ticker in {name}", state.ticker, _ticker_problem, _ticking, remedy=partial(_ticker_remedy, name))
        yield judge(
            f"break glass in {name}",
            state.glass,
            _glass_problem,
            lambda _: "whole",
            remedy='wait until a quorum is back, then `dr reconcile`; docs/runbook.md, "Break the glass"',
        )
        yield judge(
            f"executions reserved for the ticker in {name}",
            facts.regions[role].reserved_concurrency[Function.TICKER],
            _reserve_problem,
            lambda reserved: f"{reserved}",
            remedy=DEPLOY,
        )


def _epoch(writer: Writer | None) -> int | None:
    return writer.epoch if writer else None


def _epochs(*writers: Writer | None) -> str:
    epochs = {_epoch(each) for each in writers}
    return f"epoch {' and '.join(str(each) for each in sorted(epochs, key=str))}"


def _owner_problem(primary: str, writer: Writer | None) -> str:
    if writer is None or (writer.region == primary and writer.is_open):
        return ""
    return f"must be {primary if writer.is_open else 'open'}, but {who_did_what(writer)}"


def _owner_remedy(writer: Writer | None) -> str:
    if writer is None or writer.kind is None:
        return "`dr wait ready-for-failback`, then `dr failback`"
    return _END_OF_CLOSING[writer.kind]


def _owned(writer: Writer | None) -> str:
    return f"{writer.region}, open" if writer else ""


def _automatic_problem(writer: Writer | None) -> str:
    if writer is None or writer.automatic:
        return ""
    return "must be on, is off"


def _answer_problem(region: str, pair: tuple[bool, Writer | None]) -> str:
    owns, writer = pair
    expected = writer is not None and writer.region == region
    return "" if owns is expected else f"must answer {200 if expected else 404}, answers {200 if owns else 404}"


def _ticker_problem(ticker: TickerState) -> str:
    if ticker.age > SILENT_TICKER_SECONDS:
        return f"must have ticked in the last {SILENT_TICKER_SECONDS} s, did {ticker.age:.0f} s ago"
    return "" if ticker.is_fit else "must call its region fit to take a payment, does not"


def _ticker_remedy(region: str, ticker: TickerState) -> str:
    if ticker.age > SILENT_TICKER_SECONDS:
        return f"see the log of the ticker in {region}, its schedule and its reserved concurrency"
    return f"`dr status` shows what is wrong in {region}; repair it"


def _ticking(ticker: TickerState) -> str:
    return f"fit for {ticker.fit_seconds:.0f} s"


def _glass_problem(glass: Glass | None) -> str:
    return f"must be whole, was broken at {glass.at} by {glass.by}: {glass.reason}" if glass else ""


def _reserve_problem(reserved: int | None) -> str:
    if reserved is not None and reserved >= RUNS_AT_ONCE:
        return ""
    return f"must be at least {RUNS_AT_ONCE}, since runs overlap, is {'none' if reserved is None else reserved}"

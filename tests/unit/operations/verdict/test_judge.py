"""Who is said to take payments, since when, and what is at risk."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contract.deadlines import PROOF_STALE_SECONDS
from contract.outputs import QueueKind
from contract.roles import Role
from handlers.writer.item import ClosingKind
from operations.topology.model import QueueDepth, TickerState
from operations.topology.readings import Known, Unknown
from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict
from tests.unit.operations.plans.topologies import (
    FIT,
    UNFIT,
    closing,
    isolated,
    open_in,
    topology,
    with_queue,
    with_region,
    without,
)
from tests.unit.operations.screens.situations import CHANGED_AT, LATE, NOW, SITUATIONS, STEADY, lost, seen

EARLIER = open_in(epoch=6, by="bob", at="2026-01-30T12:00:03.000Z")
LATER = "2026-01-31T13:00:00.000Z"

SCHEMA = Path(__file__).resolve().parents[4] / "docs" / "verdict.schema.json"


def test_steady_state_names_the_region_since_when_and_who_opened_it() -> None:
    verdict = judge(STEADY)
    assert (verdict.takes_payments, verdict.since) == ("us-east-1", "2026-01-31T12:00:03.000Z")
    assert verdict.says == (
        "dev: us-east-1 takes payments since 2026-01-31 12:00:03 UTC (3 h 0 min), by us-east-1's ticker; "
        "automatic takeover on"
    )


def test_opening_that_is_older_than_the_last_change_counts() -> None:
    verdict = judge(topology(writer=open_in(by="alice"), read_at=NOW), begun=EARLIER)
    assert verdict.since == "2026-01-30T12:00:03.000Z"
    assert "(27 h 0 min)" in verdict.says


def test_clock_of_the_author_that_is_ahead_makes_no_duration() -> None:
    assert "12:00:03 UTC, by" in judge(topology(read_at=CHANGED_AT - 5)).says


@pytest.mark.parametrize("proof_age", [0.0, 3.0])
def test_region_that_proves_its_fitness_to_its_peer_is_not_called_lost(proof_age: float) -> None:
    verdict = judge(lost(STEADY, Role.PRIMARY, proof_age=proof_age))
    assert (verdict.takes_payments, verdict.alert) == ("us-east-1", TrafficAlert.UNKNOWN)


def test_lost_region_is_lost_since_its_last_proof() -> None:
    verdict = judge(lost(STEADY, Role.PRIMARY, proof_age=40.0))
    assert (verdict.takes_payments, verdict.since) == (None, "2026-01-31T14:59:22.500Z")


def test_silent_region_is_not_lost_without_a_tickers_confirmation() -> None:
    late = judge(SITUATIONS["the primary does not answer, and one answer is late"])
    assert (late.takes_payments, late.alert) == (None, TrafficAlert.UNKNOWN)
    assert (late.next.command, "from another network" in late.next.says) == ("dr status --watch", True)


@pytest.mark.parametrize(("own", "alert"), [(FIT, TrafficAlert.UNKNOWN), (UNFIT, TrafficAlert.OUTAGE)])
def test_own_ticker_is_asked_where_the_other_region_is_lost(own: TickerState, alert: TrafficAlert) -> None:
    unwell = with_region(without(STEADY, Role.STANDBY), Role.PRIMARY, health=Known(value=False), ticker=Known(own))
    assert judge(unwell).alert is alert


def test_lost_api_is_an_outage_once_nothing_proves_its_fitness() -> None:
    found = SITUATIONS["the primary's API is lost, automatic takeover is off"]
    verdict = judge(found)
    assert (verdict.takes_payments, verdict.alert) == (None, TrafficAlert.OUTAGE)
    assert verdict.next.command == "dr failover --to us-east-2"
    proven = judge(with_region(found, Role.STANDBY, ticker=Known(seen(PROOF_STALE_SECONDS - 1))))
    assert (proven.takes_payments, proven.alert) == ("us-east-1", TrafficAlert.UNKNOWN)


@pytest.mark.parametrize(
    "doubt",
    [{"health": Known(value=True)}, {"owns": Known(value=True)}, {"control": LATE, "health": LATE}],
)
def test_no_glass_is_broken_on_a_slow_read(doubt: dict[str, Any]) -> None:
    sure = isolated(isolated(STEADY, Role.PRIMARY), Role.STANDBY)
    assert judge(sure).alert is TrafficAlert.OUTAGE
    verdict = judge(with_region(sure, Role.STANDBY, **doubt))
    assert (verdict.alert, verdict.next.command) == (TrafficAlert.UNKNOWN, "dr status --watch")


def test_primary_that_owns_by_its_word_alone_is_not_repeated() -> None:
    sure = isolated(isolated(STEADY, Role.PRIMARY), Role.STANDBY)
    assert "says that it owns" not in judge(sure).says


def test_glass_counts_where_its_region_owns_and_remembers_no_later_writer() -> None:
    broken = SITUATIONS["broken glass"]
    assert judge(broken).takes_payments == "us-east-2"
    denied = judge(with_region(broken, Role.STANDBY, owns=Known(value=False)))
    void = judge(with_region(broken, Role.STANDBY, remembered=Known(open_in(epoch=12))))
    for verdict in (denied, void):
        assert verdict.takes_payments is None
    assert "broken glass lies in us-east-2" in " ".join(denied.risks)


def test_glass_in_both_regions_names_both() -> None:
    says = judge(SITUATIONS["broken glass in both regions"]).says
    assert says.startswith("dev: BOTH us-east-1 and us-east-2 take payments on broken glass")


def test_what_regions_answer_is_not_called_unreached() -> None:
    assert judge(SITUATIONS["the writer is malformed"]).alert is TrafficAlert.OUTAGE
    throttled = without(without(STEADY, Role.PRIMARY), Role.STANDBY)
    for role in Role:
        throttled = with_region(throttled, role, control=Unknown("ThrottlingException (GetItem)"))
    assert judge(throttled).situation is TrafficSituation.NOT_READ


def test_stop_keeps_its_author_after_takeovers_are_switched() -> None:
    stopped = closing(ClosingKind.HELD, reason="wrong amounts")
    switched = closing(ClosingKind.HELD, epoch=8, by="bob", at=LATER, automatic=False, switches_automatic=True)
    found = topology(writer=switched, read_at=NOW)
    told = judge(found, begun=stopped)
    assert told.since == stopped.at
    assert told.says.endswith(": alice stopped both regions (wrong amounts)")
    unknown = judge(found)
    assert (unknown.since, unknown.says) == (
        None,
        "dev: NOBODY takes payments since an unknown time: somebody stopped both regions",
    )


def test_takeover_names_the_region_that_is_left() -> None:
    taken = judge(SITUATIONS["a takeover, just begun"])
    assert "us-east-2's ticker opens us-east-2 instead of us-east-1" in taken.says
    first = judge(SITUATIONS["a first deployment"])
    assert "us-east-1's ticker opens us-east-1 (there is no writer)" in first.says
    assert len(first.risks) == 1


def test_payments_that_wait_where_nothing_is_stored_are_a_risk() -> None:
    (risk,) = judge(SITUATIONS["payments wait in the region that was left"]).risks
    assert risk == "3 accepted payments still wait in us-east-1's retry queue"
    own = with_queue(STEADY, Role.PRIMARY, QueueKind.RETRY, Known(QueueDepth(3, 0, 0)))
    assert judge(own).risks == ()


@pytest.mark.parametrize(("counted", "alert"), [(1, TrafficAlert.ATTENTION), (0, TrafficAlert.WELL)])
def test_takeover_back_to_the_primary_is_reported_until_forgiven(counted: int, alert: TrafficAlert) -> None:
    found = topology(writer=open_in(automatic_changes=2), read_at=NOW)
    memory = replace(FIT.memory, automatic_changes=2, forgiven=2 - counted)
    assert judge(with_region(found, Role.PRIMARY, ticker=Known(replace(FIT, memory=memory)))).alert is alert


def test_standby_that_its_peer_sees_is_no_lost_reserve() -> None:
    verdict = judge(SITUATIONS["the standby is not reached from here"])
    assert (verdict.situation, verdict.alert) == (TrafficSituation.DOUBTFUL, TrafficAlert.UNKNOWN)


def test_refused_payers_come_before_what_could_follow() -> None:
    found = replace(SITUATIONS["DNS leads elsewhere"], lag={each: Known(95.0) for each in STEADY.lag})
    assert judge(found).risks[0].startswith("DNS leads payers to us-east-2")


@pytest.mark.parametrize(("after", "command"), [(2, "dr status --watch"), (400, "dr start --force")])
def test_one_slow_read_ends_no_planned_closing(after: float, command: str) -> None:
    found = topology(writer=closing(ClosingKind.PLANNED), read_at=CHANGED_AT + after)
    assert judge(with_region(found, Role.PRIMARY, ticker=LATE)).next.command == command


def test_planned_closing_of_a_region_that_proves_its_fitness_is_not_left() -> None:
    found = topology(writer=closing(ClosingKind.PLANNED), read_at=CHANGED_AT + 400)
    assert judge(lost(found, Role.PRIMARY, proof_age=1)).next.command == "dr status --watch"


def test_planned_closing_of_a_silent_ticker_is_not_waited_for() -> None:
    found = topology(writer=closing(ClosingKind.PLANNED), read_at=CHANGED_AT + 3)
    silent = with_region(found, Role.PRIMARY, ticker=Known(replace(seen(1), age=90)))
    assert judge(silent).next.command == "dr start --force"


def test_worst_risk_decides_and_all_are_shown() -> None:
    found = topology(writer=open_in(automatic=False), lag=95, read_at=NOW)
    verdict = judge(with_region(found, Role.PRIMARY, alarms=Unknown("no answer in time")))
    assert (verdict.situation, verdict.alert) == (TrafficSituation.AUTOMATIC_OFF, TrafficAlert.ATTENTION)
    assert [risk[:12] for risk in verdict.risks] == ["should us-ea", "payments rea", "unknown: us-"]


def test_what_is_unknown_is_never_well() -> None:
    unknown = Unknown("no answer in time")
    for name in ("health", "ticker", "alarms"):
        for role in Role:
            assert judge(with_region(STEADY, role, **{name: unknown})).alert is not TrafficAlert.WELL, (name, role)


@pytest.mark.parametrize("name", SITUATIONS)
def test_its_json_has_every_field(name: str) -> None:
    told = json.loads(judge(SITUATIONS[name]).model_dump_json(by_alias=True))
    assert list(told) == ["situation", "alert", "takesPayments", "since", "automatic", "says", "risks", "next"]
    assert list(told["next"]) == ["command", "says"]
    assert TrafficVerdict.model_validate(told) == judge(SITUATIONS[name])


def test_schema_is_the_published_one() -> None:
    assert json.loads(SCHEMA.read_text(encoding="utf-8")) == TrafficVerdict.model_json_schema(mode="serialization")

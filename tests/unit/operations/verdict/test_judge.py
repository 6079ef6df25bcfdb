"""Who is said to take payments, since when, and what is at risk."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.writer.item import ClosingKind
from operations.site import Role
from operations.topology.readings import Known, Unknown
from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficSituation, TrafficVerdict
from tests.unit.operations.plans.topologies import closing, open_in, topology, with_region, without
from tests.unit.operations.screens.situations import CHANGED_AT, NOW, SITUATIONS, STEADY, lost, seen

SCHEMA = Path(__file__).resolve().parents[4] / "docs" / "verdict.schema.json"


def test_steady_state_names_the_region_since_when_and_who_opened_it() -> None:
    verdict = judge(STEADY)
    assert (verdict.takes_payments, verdict.since) == ("us-east-1", "2026-01-31T12:00:03.000Z")
    assert verdict.says == (
        "us-east-1 takes payments since 2026-01-31 12:00:03 UTC (3 h 0 min), by us-east-1's ticker; "
        "automatic takeover on"
    )


def test_opening_that_is_older_than_the_last_change_counts() -> None:
    verdict = judge(topology(writer=open_in(by="alice"), read_at=NOW), opened_at="2026-01-30T12:00:03.000Z")
    assert verdict.since == "2026-01-30T12:00:03.000Z"
    assert "(27 h 0 min)" in verdict.says


def test_clock_of_the_author_that_is_ahead_makes_no_duration() -> None:
    assert "12:00:03 UTC, by" in judge(topology(read_at=CHANGED_AT - 5)).says


@pytest.mark.parametrize("proof_age", [0.0, 3.0])
def test_region_that_proves_its_fitness_to_its_peer_is_not_called_lost(proof_age: float) -> None:
    verdict = judge(lost(STEADY, Role.PRIMARY, proof_age=proof_age))
    assert (verdict.takes_payments, verdict.alert) == ("us-east-1", TrafficAlert.UNKNOWN)


def test_region_that_was_heard_of_by_nobody_is_lost_since_its_last_proof() -> None:
    verdict = judge(lost(STEADY, Role.PRIMARY, proof_age=40.0))
    assert (verdict.takes_payments, verdict.since) == (None, "2026-01-31T14:59:22.500Z")


def test_loss_without_a_ticker_that_saw_it_has_no_time() -> None:
    verdict = judge(without(STEADY, Role.PRIMARY))
    assert verdict.situation is TrafficSituation.SERVING_LOST
    assert (verdict.since, "NOBODY takes payments: us-east-1 does not answer" in verdict.says) == (None, True)


def test_planned_closing_of_a_silent_ticker_is_not_waited_for() -> None:
    found = topology(writer=closing(ClosingKind.PLANNED), read_at=CHANGED_AT + 3)
    silent = with_region(found, Role.PRIMARY, ticker=Known(replace(seen(1), age=90)))
    assert judge(silent).next.command == "dr start --force"


def test_worst_concern_decides_and_all_are_told() -> None:
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

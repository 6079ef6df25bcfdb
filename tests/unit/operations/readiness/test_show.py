"""What people read of readiness: failures first, each with what ends it, and a sentence at the end."""

from dataclasses import replace

import pytest
from rich.console import Console

from contract.roles import Role
from operations.readiness.model import CheckResult, Facts
from operations.readiness.show import show
from operations.readiness.summary import summary
from operations.readiness.verdict import judged
from operations.topology.readings import Known, Unknown
from tests.unit.operations.plans.topologies import open_in, with_region, without
from tests.unit.operations.readiness.test_rules import (
    PRIMARY,
    RECOVERY_OFF,
    STANDBY,
    STEADY,
    TOPOLOGY,
    WHO_KNOWS,
    by_rule,
    seen,
)

NO_RECOVERY = by_rule(STANDBY, "table_recovery", RECOVERY_OFF)
TROUBLE = replace(NO_RECOVERY, topology=without(TOPOLOGY, PRIMARY))
LOST = seen(without(TOPOLOGY, PRIMARY))
FIT = "whether us-east-2 is fit to take over"
ALL = len(judged(STEADY))


def shown(facts: Facts, *, passes: bool = False, width: int = 300) -> list[str]:
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as captured:
        console.print(show(facts, judged(facts), surroundings="AWS", passes=passes))
    return [line.rstrip() for line in captured.get().splitlines()]


def test_steady_state_is_three_lines() -> None:
    assert shown(STEADY) == [
        "dev · AWS · 2027-01-15 08:00:00 UTC",
        f"{ALL} checks pass (--all lists them)",
        f"Ready: us-east-2 is fit to take over; all {ALL} checks pass.",
    ]


def test_failures_come_before_what_is_unknown() -> None:
    verdicts = [line.split()[0] for line in shown(TROUBLE)[1:] if line.startswith(tuple(CheckResult))]
    assert verdicts == ["fail", "unknown"]


def test_failure_names_the_check_and_what_ends_it() -> None:
    assert shown(NO_RECOVERY)[1:3] == [
        "fail  point-in-time recovery in us-east-2: must be enabled for payments-dev",
        "      → deploy again: `./run deploy`",
    ]


def test_lost_region_is_one_entry() -> None:
    lines = shown(LOST, width=1000)
    (unknown,) = [line for line in lines if line.startswith("unknown")]
    assert unknown.startswith("unknown  no connection: writer as us-east-1 reads it, ")
    assert "alarms in us-east-1" in unknown


def test_all_lists_the_passes_last() -> None:
    lines = shown(NO_RECOVERY, passes=True)
    assert lines[1].startswith("fail")
    assert sum(line.startswith("pass ") for line in lines) == ALL - 1
    assert lines[-2] == f"{ALL - 1} checks pass"


@pytest.mark.parametrize("width", [60, 80, 120])
def test_no_line_is_longer_than_the_screen(width: int) -> None:
    assert max(map(len, shown(TROUBLE, passes=True, width=width))) <= width


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        (NO_RECOVERY, f"Not ready for a takeover: 1 of {ALL} checks fails."),
        (TROUBLE, f"Not ready for a takeover: 1 of {ALL} checks fails, 13 are unknown (us-east-1 does not answer)."),
        (by_rule(STANDBY, "table_recovery", WHO_KNOWS), f"Cannot tell {FIT}: of {ALL} checks 1 is unknown."),
        (LOST, f"Cannot tell {FIT}: of {ALL} checks 13 are unknown (us-east-1 does not answer)."),
    ],
    ids=["failed", "failed and unknown", "unknown", "region lost"],
)
def test_sentence(facts: Facts, said: str) -> None:
    told = summary(facts, judged(facts))
    assert told.startswith(said)
    assert told.endswith("then run `dr readiness` again.") is said.startswith("Not ready")


def test_sentence_names_the_region_that_does_not_serve() -> None:
    told = TOPOLOGY
    for role in Role:
        told = with_region(told, role, control=Known(open_in(STANDBY)), ticker=Unknown("no answer in time"))
    unknown = [each for each in judged(seen(told)) if each.verdict is not CheckResult.FAIL]
    assert "us-east-1 is fit" in summary(seen(told), unknown)

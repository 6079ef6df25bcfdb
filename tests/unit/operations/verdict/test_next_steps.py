"""The next command is accepted by the plan that it asks for, and its options exist."""

import shlex
from typing import Any

import pytest
import typer.main

from contract.roles import Role
from operations.cli.app import application
from operations.plans.break_glass import plan_break_glass
from operations.plans.failback import plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Refusal
from operations.plans.stopping import plan_automatic, plan_start
from operations.topology.model import Topology
from operations.topology.readings import Known
from operations.verdict.judge import judge
from tests.unit.operations.plans.topologies import SITE, loss
from tests.unit.operations.screens.situations import SITUATIONS
from tests.unit.test_documents import require_known

COMMANDS = {name: judge(found).next.command for name, found in SITUATIONS.items()}
TYPED = {name: command for name, command in COMMANDS.items() if command and " dr " in f" {command}"}
DR: Any = typer.main.get_command(application([]))


def planned(found: Topology, words: list[str]) -> Plan | Refusal | None:
    """Return the plan that a command makes; None if it changes nothing."""
    force = "--force" in words
    match words[0]:
        case "start":
            return plan_start(found, force=force)
        case "failover":
            return plan_failover(found, to=role(words), force=force)
        case "failback":
            return plan_failback(found, reconciled=Known(value=True), loss=loss(Role.STANDBY))
        case "automatic":
            return plan_automatic(found, automatic=words[1] == "on")
        case "break-glass":
            return plan_break_glass(found, role(words))
        case _:
            return None


def role(words: list[str]) -> Role:
    found = next(filter(None, map(SITE.role_of, words)))
    assert found is not None
    return found


def test_stop_is_explained_whatever_the_owner_is() -> None:
    says = judge(SITUATIONS["held by an operator, the owner is unfit"]).next.says
    assert says.startswith("once you know why; alice can tell; us-east-1 is not known to be fit to open")


@pytest.mark.parametrize("name", TYPED)
def test_command_is_accepted(name: str) -> None:
    words = shlex.split(str(TYPED[name]).partition("dr ")[2])
    require_known(DR, words)
    assert not isinstance(planned(SITUATIONS[name], words), Refusal)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("the primary is lost", "dr failover --to us-east-2"),
        ("the standby is lost while it serves", "dr failover --to us-east-1"),
        ("both regions are unwell", "dr status --watch"),
        ("a planned closing, just begun", "dr status --watch"),
        ("a planned closing that nobody ended", "dr start"),
        ("a planned closing whose source is lost", "dr failover --to us-east-2"),
        ("a takeover that does not open", "dr failover --to us-east-1 --force"),
        ("held by an operator", "dr start"),
        ("held by an operator, the owner is unfit", "dr status --watch"),
        ("strong reads are late", "dr status --watch"),
        ("the primary's API is lost, automatic takeover is off", "dr failover --to us-east-2"),
        ("the standby has taken over", "dr reconcile --since 2026-01-31T12:00:03.000Z"),
        ("two regions are gone", "dr break-glass --region us-east-2"),
        ("automatic takeover is off", "dr automatic on"),
        ("the standby serves", "dr failback"),
        ("payments are parked", "dr redrive us-east-1"),
        ("nothing is deployed", "./run deploy"),
        ("steady state", None),
    ],
)
def test_command_of_a_situation(name: str, command: str | None) -> None:
    assert COMMANDS[name] == command

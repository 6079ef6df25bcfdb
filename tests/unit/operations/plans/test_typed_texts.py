"""Whatever a plan, a refusal or a check says, the commands that it names act on the deployment that was asked about."""

import ast
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from contract.roles import Role
from operations.execution.display import MoveDisplay
from operations.execution.document import plan_document, refusal_document
from operations.plans.break_glass import plan_break_glass
from operations.plans.causes import merged_causes
from operations.plans.failback import Differing, plan_failback
from operations.plans.failover import plan_failover
from operations.plans.plan import Plan, Refusal
from operations.plans.roll_back import plan_roll_back
from operations.plans.stopping import plan_automatic, plan_start, plan_stop
from operations.plans.switchover import plan_switchover
from operations.topology.model import Topology
from operations.topology.readings import Known, Unknown
from operations.typed_commands import typed_command, typed_text
from operations.verdict.judge import judge
from operations.verdict.typed import with_options
from tests.unit.operations.plans.topologies import SITE, loss, unknown_loss
from tests.unit.operations.screens.situations import SITUATIONS, STEADY

OPERATIONS = Path(__file__).resolve().parents[4] / "operations"
TEXTS = ("plans", "readiness", "topology", "execution", "reconcile", "cli")
OPTIONS = ("--environment", "prod", "--role", "site")
GIVEN = "--environment prod"
TYPED = partial(typed_text, options=OPTIONS)
NAMED = re.compile(r"\bdr (?:[a-z]+(?:-[a-z]+)*)[^`]*`?")


def decisions(found: Topology) -> Iterator[Plan | Refusal]:
    """Return what each command decides, for each way in which it may be told of losses and differences."""
    for lost in (loss(count=9, oldest=95.0), unknown_loss(), loss(Role.STANDBY)):
        yield plan_switchover(found, loss=lost)
        for same in (Known(value=True), Differing(value=False, differences="they differ"), Unknown("no answer")):
            yield plan_failback(found, reconciled=same, loss=lost)
    for to in (None, *Role):
        for force in (False, True):
            yield plan_failover(found, to=to, force=force)
    yield from (plan_stop(found), plan_start(found), plan_start(found, force=True))
    yield from (plan_automatic(found, automatic=on) for on in (False, True))
    yield from (plan_break_glass(found, role) for role in Role)
    interrupted = plan_switchover(STEADY, loss=loss())
    assert isinstance(interrupted, Plan)
    yield plan_roll_back(found, interrupted)


def shown(decided: Plan | Refusal, found: Topology) -> str:
    """Return what people and JSON are told."""
    file = io.StringIO()
    display = MoveDisplay(Console(file=file), SITE, typed=TYPED)
    if isinstance(decided, Plan):
        display.plan(decided)
        return file.getvalue() + str(plan_document(decided, SITE, TYPED))
    causes = merged_causes(decided, found)
    display.refusal(decided, causes)
    return file.getvalue() + str(refusal_document(decided, causes, TYPED))


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_command_that_a_plan_or_a_refusal_names_has_the_options(name: str) -> None:
    found = SITUATIONS[name]
    for text in {shown(decided, found) for decided in decisions(found)}:
        for command in NAMED.findall(text):
            assert command.endswith(f"{GIVEN}`") or f"{GIVEN} --role site`" in command, text


def test_refusals_name_commands() -> None:
    """What the test above looks for is there."""
    texts = [shown(decided, found) for found in SITUATIONS.values() for decided in decisions(found)]
    assert sum(len(NAMED.findall(text)) for text in texts) > len(SITUATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_next_command_of_each_verdict_has_the_options(name: str) -> None:
    command = with_options(judge(SITUATIONS[name]), OPTIONS).next.command
    assert command is None or not re.search(r"\bdr ", command) or GIVEN in command


def texts_of(path: Path) -> Iterator[str]:
    """Return the strings of a module that are no docstrings; an f-string's values are left out."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (said | parts):
            yield node.value


@pytest.mark.parametrize("package", TEXTS)
def test_texts_name_commands_in_backticks_where_they_are_found(package: str) -> None:
    commands = "status|history|readiness|wait|switchover|failover|failback|stop|start|automatic|break-glass|reconcile"
    bare = re.compile(rf"(?<![`\w])dr (?:{commands}|accept|redrive|evidence)\b")
    for path in (OPERATIONS / package).glob("*.py"):
        for text in texts_of(path):
            assert text.startswith("Example: ") or not bare.search(text), (path.name, text)


@pytest.mark.parametrize(
    ("command", "typed"),
    [
        ("dr start", "dr start --environment prod --role site"),
        ("dr readiness --role other", "dr readiness --role other --environment prod"),
        ("DR_ROLE=site dr status", "DR_ROLE=site dr status --environment prod"),
        ("dr", "dr --environment prod --role site"),
        ("./run deploy", "./run deploy"),
        ("drive", "drive"),
    ],
)
def test_command_keeps_the_role_that_it_names(command: str, typed: str) -> None:
    assert typed_command(command, OPTIONS) == typed


def test_text_without_options_stays() -> None:
    assert typed_text("`dr start` opens it", ()) == "`dr start` opens it"
    assert typed_text("`dr start` or `./run deploy`", OPTIONS[:2]) == (
        "`dr start --environment prod` or `./run deploy`"
    )

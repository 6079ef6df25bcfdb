"""`dr accept`: what a human has judged is noted with who, why and when, and stands in the way no more."""

import json
from pathlib import Path

import pytest

from operations.cli import app as command_line
from operations.reconcile.acceptance import read_accepted
from operations.reconcile.audit import verify
from operations.reconcile.sources import LOGS
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import topology
from tests.unit.operations.reconcile.world import STANDBY, World, lines, stored

WHY = "paid once, says the customer"


class Terminal:
    """Where somebody types `dr reconcile` and `dr accept`."""

    def __init__(self, patch: pytest.MonkeyPatch, directory: Path) -> None:
        self.world = World()
        self.world.hold(stored("paid"))
        self.accepted = directory / "journals" / "dev" / "accepted"
        opened(patch, aws=self.world, clock=self.world.clock)
        patch.setenv("DR_JOURNALS", str(directory / "journals"))
        patch.chdir(directory)
        patch.setattr("operations.cli.standing.read_topology", lambda *_: topology())
        for module in ("reconcile", "accept"):
            patch.setattr(f"operations.cli.{module}.who", lambda _: "on call")

    def dr(self, *arguments: str) -> int:
        return command_line.main(list(arguments))


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Terminal:
    """A terminal at a world with a conflict, which a comparison has found."""
    terminal = Terminal(monkeypatch, tmp_path)
    terminal.world.hold(stored("twice"))
    terminal.world.hold(stored("twice", amount="99.99", region=STANDBY), *LOGS)
    assert terminal.dr("reconcile") == 1
    return terminal


def test_it_shows_the_finding_and_notes_who_why_and_when(
    terminal: Terminal, capsys: pytest.CaptureFixture[str]
) -> None:
    assert terminal.dr("accept", "twice", "--reason", WHY, "--yes") == 0
    assert "99.99 EUR" in capsys.readouterr().out
    (line,) = terminal.accepted.read_text().splitlines()
    assert line.partition("  # ")[2] == f"twice: {WHY}; on call, 2026-05-28T20:26:40.000Z"


def test_the_next_comparison_leaves_it_out_until_there_is_new_evidence(terminal: Terminal) -> None:
    terminal.dr("accept", "twice", "--reason", WHY, "--yes")
    assert terminal.dr("reconcile") == 0
    terminal.world.hold(stored("twice", amount="5.00"), *LOGS)
    assert terminal.dr("reconcile") == 1


def test_acceptance_is_in_the_audit_trail(terminal: Terminal, tmp_path: Path) -> None:
    terminal.dr("accept", "twice", "--reason", WHY, "--yes")
    (trail,) = tmp_path.glob("reconcile-dev-*Z.jsonl")
    (noted,) = lines(trail, "accepted")
    assert (noted["by"], noted["transactionId"], noted["reason"]) == ("on call", "twice", WHY)
    verify(trail.read_text().splitlines())


def test_the_beginning_of_the_digest_names_it_too(terminal: Terminal, tmp_path: Path) -> None:
    (trail,) = tmp_path.glob("reconcile-dev-*Z.jsonl")
    digest = lines(trail, "seen")[0]["finding"]["digest"]
    assert terminal.dr("accept", digest[:12], "--reason", WHY, "--yes") == 0
    assert read_accepted(terminal.accepted) == {digest}


def test_files_can_be_named(terminal: Terminal, tmp_path: Path) -> None:
    trail, judged = tmp_path / "after.jsonl", tmp_path / "judged"
    judged.touch()
    files = ("--audit", str(trail), "--accepted", str(judged))
    assert terminal.dr("reconcile", *files) == 1
    assert terminal.dr("accept", "twice", *files, "--reason", WHY, "--yes") == 0
    assert terminal.dr("reconcile", *files) == 0


def test_what_is_accepted_is_not_noted_again(terminal: Terminal) -> None:
    for _ in range(2):
        assert terminal.dr("accept", "twice", "--reason", WHY, "--yes") == 0
    assert len(terminal.accepted.read_text().splitlines()) == 1


def test_without_a_yes_nothing_is_noted(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    assert terminal.dr("accept", "twice", "--reason", WHY) != 0
    assert not terminal.accepted.exists()


def test_for_programs_it_is_one_document(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert terminal.dr("accept", "twice", "--reason", WHY, "--yes", "-o", "json") == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["by"], document["finding"]["transactionId"]) == ("on call", "twice")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["twice"], "--reason must say why the difference is in order"),
        (
            ["other", "--reason", WHY],
            "FINDING must be the payment's id, or at least 8 digits of the digest, of one of the 1 findings; got other",
        ),
        (["twice", "--reason", WHY, "--audit", "missing"], "--audit must be a readable audit trail, got missing: "),
    ],
    ids=["no reason", "no such finding", "no such trail"],
)
def test_a_mistake_is_one_line(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    capsys.readouterr()
    assert terminal.dr("accept", *arguments, "--yes") == 2
    assert capsys.readouterr().err.startswith(f"dr: {said}")
    assert not terminal.accepted.exists()


def test_before_any_comparison_there_is_nothing_to_accept(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Terminal(monkeypatch, tmp_path).dr("accept", "twice", "--reason", WHY, "--yes") == 2
    assert "--audit must name the audit trail of a comparison" in capsys.readouterr().err


def test_two_findings_of_one_payment_need_a_digest(terminal: Terminal, capsys: pytest.CaptureFixture[str]) -> None:
    terminal.world.queues[STANDBY].letters.append('{"transactionId":"twice"}')
    terminal.world.clock.advance(60)
    assert terminal.dr("reconcile") == 1
    assert terminal.dr("accept", "twice", "--reason", WHY, "--yes") == 2
    assert "FINDING must name one finding; twice has 2, whose digests begin" in capsys.readouterr().err


def test_reason_that_is_no_text_is_noted_nowhere(terminal: Terminal, tmp_path: Path) -> None:
    assert terminal.dr("accept", "twice", "--reason", "\udcff", "--yes") == 2
    (trail,) = tmp_path.glob("reconcile-dev-*Z.jsonl")
    assert not lines(trail, "accepted")


def test_journals_that_cannot_be_read_are_one_line(
    terminal: Terminal, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (trail,) = tmp_path.glob("reconcile-dev-*Z.jsonl")
    named = ("--audit", str(trail), "--journals", "x" * 300)
    assert terminal.dr("accept", "twice", "--reason", WHY, *named, "--yes") == 2
    assert "dr: --accepted must be a readable file of text" in capsys.readouterr().err

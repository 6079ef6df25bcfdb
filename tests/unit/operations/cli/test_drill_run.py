"""`dr drill run`: what is asked before anybody pays."""

from pathlib import Path
from typing import Any

import pytest

from operations.cli import app as command_line
from operations.cli.exit_status import INTERRUPTED, REFUSED
from operations.endpoints import EndpointSettings
from tests.unit.operations.cli.sessions import opened


class Asked:
    """Answers a question, and keeps it."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.questions: list[str] = []

    def __call__(self, question: str, **_: object) -> Any:
        self.questions.append(question)
        return self._answer


def run(
    patch: pytest.MonkeyPatch, evidence: Path, *, surroundings: EndpointSettings, scenario: str = "stale-clients"
) -> tuple[int, Asked, Asked]:
    opened(patch, surroundings=surroundings)
    for name in ("require_steady_state", "faults_for", "show_topology"):
        patch.setattr(f"operations.cli.drill.{name}", lambda *_, **__: {})
    typed, confirmed = Asked("prod"), Asked(answer=False)
    patch.setattr("typer.prompt", typed)
    patch.setattr("typer.confirm", confirmed)
    status = command_line.main(["drill", "run", scenario, "--evidence", str(evidence)])
    assert not evidence.exists()
    return status, typed, confirmed


def test_on_aws_the_environments_name_must_be_typed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, typed, confirmed = run(monkeypatch, tmp_path / "evidence", surroundings=EndpointSettings())
    assert (status, confirmed.questions) == (REFUSED, [])
    (question,) = typed.questions
    assert "Up to 4 payments of 0.01 EUR a second are really stored, under ids `drill-…`" in question
    assert question.endswith("Type dev to go on (Ctrl-C changes nothing)")
    assert "the environment's name must be typed to go on: dev, got prod" in capsys.readouterr().err


def test_bad_release_on_aws_announces_that_it_needs_a_deployers_rights(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    evidence = tmp_path / "evidence"
    _, typed, _ = run(monkeypatch, evidence, surroundings=EndpointSettings(), scenario="bad-release")
    (question,) = typed.questions
    assert "Up to 9 payments" in question
    assert "Your own credentials publish a bad version, and have to be a deployer's." in question


def test_in_an_emulator_a_yes_will_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    emulator = EndpointSettings(control_url="http://127.0.0.1:1")
    status, typed, confirmed = run(monkeypatch, tmp_path / "evidence", surroundings=emulator)
    assert (status, typed.questions, len(confirmed.questions)) == (INTERRUPTED, [], 1)


def test_a_scenario_of_ones_own_is_named_by_its_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        'what = "Nothing happens."\n[[steps]]\ndo = "wait"\nseconds = 1\n'
        '[expect]\nserving = "primary"\nrto = { none = 0 }\nrpo = 5\n'
    )
    _, _, confirmed = run(
        monkeypatch,
        tmp_path / "evidence",
        surroundings=EndpointSettings(control_url="http://127.0.0.1:1"),
        scenario=str(path),
    )
    assert confirmed.questions == ["Run mine on dev (emulator, time scale 1)? Nothing happens."]

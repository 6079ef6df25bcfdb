"""`dr redrive`: what it prints, and what its exit status says."""

import json
from typing import Any

import pytest

from operations.cli import app as command_line
from tests.unit.operations.cli.sessions import opened
from tests.unit.operations.plans.topologies import topology
from tests.unit.operations.redrive.test_redrive import CLOSING, NOW, TAKEN_OVER, Site, body, queue


def unconfirmed(patch: pytest.MonkeyPatch, site: Site, *arguments: str) -> int:
    opened(patch, aws=site, clock=site.clock)
    patch.setattr("operations.cli.standing.read_topology", lambda *_: topology())
    return command_line.main(["redrive", "primary", *arguments])


def redrive(patch: pytest.MonkeyPatch, site: Site, *arguments: str) -> int:
    return unconfirmed(patch, site, "--yes", *arguments)


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_everything_is_sent(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert redrive(monkeypatch, queue(body(1)), "-o", "json") == 0
    document = told(capsys)
    assert (document["counts"]["redriven"], document["endedEarly"], document["heldByOthers"]) == (1, None, 0)
    assert document["before"]["environment"] == document["after"]["environment"] == "dev"


def test_serving_region_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    site = queue(body(1))
    site.writer = TAKEN_OVER
    assert redrive(monkeypatch, site, "-o", "json") == 0
    document = told(capsys)
    assert (document["region"], document["serving"]) == ("us-east-1", "us-east-2")


@pytest.mark.parametrize("region", ["primary", "us-east-1"])
def test_region_is_named_by_role_or_by_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], region: str
) -> None:
    site = queue(body(1))
    opened(monkeypatch, aws=site, clock=site.clock)
    monkeypatch.setattr("operations.cli.standing.read_topology", lambda *_: topology())
    assert command_line.main(["redrive", region, "--yes", "-o", "json"]) == 0
    assert told(capsys)["region"] == "us-east-1"


def test_region_that_is_neither_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    site = queue(body(1))
    opened(monkeypatch, aws=site, clock=site.clock)
    assert command_line.main(["redrive", "us-west-2"]) == 2
    assert capsys.readouterr().err == "dr: REGION must be us-east-1 or us-east-2, got us-west-2\n"


def test_people_see_the_topology_before_and_after(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert redrive(monkeypatch, queue(body(1))) == 0
    assert capsys.readouterr().out.count("us-east-1 takes payments since") == 2


def test_a_closing_in_the_middle_leaves_the_counts(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = queue(*map(body, range(30)))

    def close() -> None:
        site.writer = CLOSING

    site.clock.on_sleep = close
    assert redrive(monkeypatch, site, "-o", "json") == 1
    document = told(capsys)
    assert document["counts"]["redriven"] == 10
    assert "must be open" in document["endedEarly"]


def test_text_output_shows_it_too(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    site = queue(*map(body, range(30)))
    site.receives = 1
    assert redrive(monkeypatch, site) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "10 redriven." in shown
    assert "It ended early, messages may be left: Could not connect" in shown


def test_a_closed_writer_from_the_start_is_a_refusal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = queue(body(1))
    site.writer = CLOSING
    assert redrive(monkeypatch, site) == 2
    assert "must be open" in capsys.readouterr().err
    assert site.parked


def test_what_others_hold_is_not_called_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    site = queue(body(1), body(2))
    site.shows_at["message-0"] = NOW + 600
    assert redrive(monkeypatch, site, "-o", "json") == 1
    document = told(capsys)
    assert (document["counts"]["redriven"], document["heldByOthers"]) == (1, 1)


class Uncounted(Site):
    """A queue whose count lags behind what it holds."""

    def get_queue_attributes(self, **_: Any) -> dict[str, Any]:
        return Site().get_queue_attributes()


class TestConfirmation:
    """Whatever the count says, people are asked before anything is sent."""

    @pytest.fixture
    def asked(self, monkeypatch: pytest.MonkeyPatch) -> list[str]:
        questions: list[str] = []

        def confirm(question: str, **_: Any) -> bool:
            questions.append(question)
            return False

        monkeypatch.setattr("typer.confirm", confirm)
        return questions

    def test_a_count_of_nothing_is_no_answer(self, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
        site = Uncounted({"message-0": body(1)})
        assert unconfirmed(monkeypatch, site) == 130
        assert asked == ["Redrive what is selected of about 0 messages in us-east-1 to us-east-1, which serves?"]
        assert (site.retried, len(site.parked)) == ([], 1)

    def test_a_dry_run_asks_nothing(self, monkeypatch: pytest.MonkeyPatch, asked: list[str]) -> None:
        assert unconfirmed(monkeypatch, Uncounted({"message-0": body(1)}), "--dry-run") == 0
        assert asked == []


@pytest.mark.parametrize("rate", ["nan", "inf"])
def test_rate_that_is_no_number_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], rate: str
) -> None:
    site = queue(body(1))
    assert redrive(monkeypatch, site, "--rate", rate) == 2
    assert "--rate" in capsys.readouterr().err
    assert not site.retried

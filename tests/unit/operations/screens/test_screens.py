"""The screens are as the files beside this test hold them, and each names who takes payments and what to do."""

import io

import pytest
from rich.console import Console

from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficSituation
from tests.unit.operations.screens.files import FILES, text_of
from tests.unit.operations.screens.looking import looks
from tests.unit.operations.screens.situations import SITUATIONS


@pytest.mark.parametrize("name", FILES)
def test_they_are_as_they_were_read_last(name: str) -> None:
    anew = "`.venv/bin/python -m tests.unit.operations.screens` draws them anew"
    assert text_of(name) == FILES[name].read_text(encoding="utf-8"), anew


def test_every_situation_is_drawn() -> None:
    assert {judge(found).situation for found in SITUATIONS.values()} == set(TrafficSituation)


@pytest.mark.parametrize("name", SITUATIONS)
def test_first_line_names_who_takes_payments(name: str) -> None:
    verdict = judge(SITUATIONS[name])
    environment, _, says = verdict.says.partition(": ")
    assert environment == "dev"
    if verdict.takes_payments is not None:
        assert says.startswith(f"{verdict.takes_payments} takes payments ")
    else:
        assert says.startswith(("NOBODY ", "BOTH ", "It is NOT KNOWN who takes payments"))


@pytest.mark.parametrize("name", SITUATIONS)
def test_what_is_not_well_has_a_risk_and_a_next_command(name: str) -> None:
    verdict = judge(SITUATIONS[name])
    if verdict.alert is not TrafficAlert.WELL:
        assert verdict.risks
        assert verdict.next.command


@pytest.mark.parametrize("title", looks())
def test_command_ends_as_its_screen_says(title: str) -> None:
    look = looks()[title]
    assert look.draw(Console(file=io.StringIO())) == look.status


def test_findings_are_shown_with_what_they_are_worth() -> None:
    shown = text_of("120.txt")
    assert "1250.00 EUR stored 2026-05-28 18:26:52.000 UTC, began in us-east-1" in shown
    assert "rent-8: conflicting" in shown


@pytest.mark.parametrize("name", [name for name in FILES if name.endswith("txt")])
def test_no_line_is_longer_than_the_screen(name: str) -> None:
    width = int(name.partition(".")[0])
    _, _, looking = text_of(name).partition("== dr readiness")
    assert max(map(len, looking.splitlines())) <= width

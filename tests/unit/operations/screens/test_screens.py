"""The screens are as the files beside this test hold them, and each names who takes payments and what to do."""

import pytest

from operations.verdict.judge import judge
from operations.verdict.model import TrafficAlert, TrafficSituation
from tests.unit.operations.screens.files import FILES, text_of
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

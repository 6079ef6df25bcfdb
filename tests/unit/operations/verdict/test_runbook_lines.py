"""What the runbook's sections quote of `dr` is what `dr` says in some situation."""

import re
from pathlib import Path

import pytest

from operations.verdict.judge import judge
from operations.verdict.model import TrafficVerdict
from operations.verdict.show import next_text
from tests.unit.operations.screens.situations import SITUATIONS

RUNBOOK = Path(__file__).resolve().parents[4] / "docs" / "runbook.md"
_LINE = re.compile(r"^\*\*`dr` says\*\* (.+)$", re.MULTILINE)
_QUOTED = re.compile(r"\*([^*]+)\*")
_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
WITHOUT = {"Before anything", "Without dr", "The witness is lost", "Change the standby while us-east-1 is down"}
"""Sections that no line of `dr` leads to."""


def lines(verdict: TrafficVerdict) -> str:
    """Return all that `dr` says, without line ends."""
    risks = [f"Risk: {risk}" for risk in verdict.risks or ("none known",)]
    return " ".join([verdict.says, *risks, f"Next: {next_text(verdict)}"])


SAID = [lines(judge(found)) for found in SITUATIONS.values()]
PAGE = RUNBOOK.read_text(encoding="utf-8")
SECTIONS = dict(zip(_SECTION.findall(PAGE), _SECTION.split(PAGE)[2::2], strict=True))


def pattern(quoted: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part.strip()) for part in quoted.split("…")))


@pytest.mark.parametrize("line", _LINE.findall(PAGE))
def test_line_of_the_runbook_appears(line: str) -> None:
    quoted = [pattern(each) for each in _QUOTED.findall(line.partition(", and no longer ")[0])]
    assert quoted
    assert [said for said in SAID if all(each.search(said) for each in quoted)]


@pytest.mark.parametrize("title", SECTIONS.keys() - WITHOUT - {"Each alarm", "Evidence"})
def test_every_section_begins_with_its_line(title: str) -> None:
    assert SECTIONS[title].strip().startswith("**`dr` says** ")


def test_page_begins_with_what_to_do_when_nobody_takes_payments() -> None:
    assert PAGE.splitlines()[2] == "> **Nobody takes payments?**"

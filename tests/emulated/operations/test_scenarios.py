"""Scenarios that come with the project, as `dr drill run` runs them, in an emulator whose time passes faster.

With `DRILLS=all`, as `make drills` sets it, every one; else those whose course nothing cheaper shows.

Real work takes real time, which a faster clock multiplies: budgets are judged in real time, by `make drill`.
"""

import os

import pytest

from operations.drills.scenario import shipped
from tests.emulated.operations.background_drills import BackgroundDrills
from tests.emulated.site import PRIMARY

BRIEFLY = ("region-loss", "two-operators")
SCENARIOS = shipped() if os.environ.get("DRILLS") == "all" else BRIEFLY


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_scenario(drills: BackgroundDrills, scenario: str) -> None:
    drilled = drills.result(scenario)
    failures = {each["rule"]: each for each in drilled.verdict["findings"] if not each["holds"]}
    assert not {rule: each for rule, each in failures.items() if not rule.endswith("budget")}
    assert "not measured" not in {each["measured"] for each in failures.values()}
    # What it leaves behind: sound evidence, and a site as it was.
    assert drilled.shown.status == (1 if failures else 0), drilled.shown.output
    assert "was changed" not in drilled.shown.output
    assert drilled.faults == []
    assert drilled.serving == PRIMARY

"""Scenarios that come with the project, as `dr drill run` runs them, in an emulator whose time passes faster.

`make prove` runs every one, `make test` the one that the whole project is for.

Real work takes real time, which a faster clock multiplies: budgets are judged in real time, by `make drill`.
"""

import pytest

from operations.drills.scenario import shipped
from tests.emulated.operations.background_drills import BackgroundDrills
from tests.emulated.site import PRIMARY

SCENARIOS = [
    pytest.param(each, marks=[] if each == "region-loss" else [pytest.mark.prove], id=each) for each in shipped()
]


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

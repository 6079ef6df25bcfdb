"""Activates the fast synth before any test imports cdktf, and lets the garbage collector look at less."""

import gc
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.configuration import set_hypothesis_home_dir

from fast_synth.activation import activate

activate()
# A failed assertion of a shared helper says what it compared, as a test's own does.
pytest.register_assert_rewrite("tests.emulated", "tests.simulated", "tests.synth", "tests.unit")
# Tests write nothing into the checkout; examples that have failed are kept from run to run all the same.
set_hypothesis_home_dir(Path(tempfile.gettempdir()) / f"hypothesis-{os.getuid()}")
# A busy machine is slow, which is no failure of what is tested.
PATIENT = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("patient", PATIENT)
settings.register_profile("quick", PATIENT, max_examples=25)
"""For `make unit`, after each change; `make test` tries properties on as many examples as hypothesis does by itself."""
settings.load_profile("patient")


def pytest_collection_finish(session: pytest.Session) -> None:
    """What was imported and collected stays until the end: looking for garbage in it takes a tenth of the time."""
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    gc.unfreeze()

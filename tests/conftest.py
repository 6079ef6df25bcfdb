"""Makes the AWS provider package lazy before any test imports it, and the collector of garbage look at less."""

import gc

import pytest
from hypothesis import HealthCheck, settings

from dr_constructs.lazy_provider import activate

activate()
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

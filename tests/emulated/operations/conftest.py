"""The scenarios of drills, on their way since the session began."""

from typing import Any

import pytest

from tests.emulated.conftest import DEV, DEV_ON_ITS_WAY, missing
from tests.emulated.operations.background_drills import BackgroundDrills

_ON_THEIR_WAY = pytest.StashKey[BackgroundDrills]()


def _nothing() -> None:
    """Wait for nothing."""


@pytest.hookimpl(trylast=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """Begin with the scenarios that tests will ask for, once the session's own deployment is there."""
    asking: list[Any] = [item for item in session.items if "drills" in getattr(item, "fixturenames", ())]
    if asking and not missing() and not session.config.option.collectonly:
        scenarios = [item.callspec.params["scenario"] for item in asking]
        own = session.config.stash.get(DEV_ON_ITS_WAY, None)
        session.config.stash[_ON_THEIR_WAY] = BackgroundDrills(scenarios, DEV, after=own.result if own else _nothing)


def pytest_unconfigure(config: pytest.Config) -> None:
    if _ON_THEIR_WAY in config.stash:
        config.stash[_ON_THEIR_WAY].close()


@pytest.fixture(scope="session")
def drills(prerequisites: None, request: pytest.FixtureRequest) -> BackgroundDrills:
    """Each selected scenario, run in turn while other tests run."""
    return request.config.stash[_ON_THEIR_WAY]

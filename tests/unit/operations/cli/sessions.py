"""Sessions without surroundings."""

from dataclasses import asdict
from typing import Any

import pytest

from operations.cli.options import OutputFormat, SessionOptions
from operations.cli.session import Session
from operations.endpoints import EndpointSettings
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.fakes import FakeAws
from tests.unit.operations.plans.topologies import SITE


def opened(patch: pytest.MonkeyPatch, **fields: Any) -> dict[str, Any]:
    """Have commands opened with this session; return what they will ask for."""
    asked: dict[str, Any] = {}

    def open_session(given: SessionOptions, *, site_role: str = "") -> Session:
        del site_role
        asked.update(asdict(given))
        return session(output=given.output, yes=given.yes, **fields)

    patch.setattr("operations.cli.session.open_session", open_session)
    return asked


def session(*, output: OutputFormat = OutputFormat.TEXT, yes: bool = False, **fields: Any) -> Session:
    """Return a session that reaches nothing."""
    given: dict[str, Any] = {
        "site": SITE,
        "aws": FakeAws(),
        "clock": FakeClock(),
        "surroundings": EndpointSettings(),
        "operator": "tests",
        **fields,
    }
    return Session(output=output, yes=yes, **given)

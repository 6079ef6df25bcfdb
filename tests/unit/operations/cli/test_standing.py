"""Which options a proposed command needs: those that were given, and that the shell does not stand for."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from operations.cli.standing import given_options
from tests.unit.operations.plans.topologies import SITE


def session(suffix: str, role: str | None = None, outputs: Path | None = None) -> Any:
    return SimpleNamespace(site=SITE.model_copy(update={"suffix": suffix}), role=role, outputs=outputs)


def test_only_what_the_shell_does_not_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT_SUFFIX", "DR_ROLE", "DR_OUTPUTS"):
        monkeypatch.delenv(name, raising=False)
    assert given_options(session("dev")) == []
    assert given_options(session("prod", "site", Path("o.json"))) == [
        *("--environment", "prod"),
        *("--role", "site"),
        *("--outputs", "o.json"),
    ]
    monkeypatch.setenv("ENVIRONMENT_SUFFIX", "prod")
    monkeypatch.setenv("DR_ROLE", "site")
    monkeypatch.setenv("DR_OUTPUTS", "o.json")
    assert given_options(session("prod", "site", Path("o.json"))) == []
    assert given_options(session("dev", "site", Path("o.json"))) == ["--environment", "dev"]

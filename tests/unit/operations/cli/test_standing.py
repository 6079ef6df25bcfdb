"""Which options a proposed command needs: those that were given, and that the shell does not stand for."""

from pathlib import Path

import pytest

from operations.cli.session import typed_errors
from operations.errors import UsageError
from tests.unit.operations.cli import sessions
from tests.unit.operations.plans.topologies import SITE


def given_options(suffix: str, role: str | None = None, outputs: Path | None = None) -> list[str]:
    site = SITE.model_copy(update={"suffix": suffix})
    return sessions.session(site=site, role=role, outputs=outputs).given_options


def test_only_what_the_shell_does_not_stand_for(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ENVIRONMENT_SUFFIX", "DR_ROLE", "DR_OUTPUTS"):
        monkeypatch.delenv(name, raising=False)
    assert given_options("dev") == []
    assert given_options("prod", "site", Path("o.json")) == [
        *("--environment", "prod"),
        *("--role", "site"),
        *("--outputs", "o.json"),
    ]
    monkeypatch.setenv("ENVIRONMENT_SUFFIX", "prod")
    monkeypatch.setenv("DR_ROLE", "site")
    monkeypatch.setenv("DR_OUTPUTS", "o.json")
    assert given_options("prod", "site", Path("o.json")) == []
    assert given_options("dev", "site", Path("o.json")) == ["--environment", "dev"]


def test_commands_that_errors_name_have_them_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENVIRONMENT_SUFFIX", raising=False)
    prod = sessions.session(site=SITE.model_copy(update={"suffix": "prod"}))
    with pytest.raises(UsageError, match=r"^see `dr reconcile --environment prod`$"), typed_errors(prod):
        raise UsageError("see `dr reconcile`")

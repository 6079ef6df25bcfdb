"""The sandbox's programs start no emulator that they could not use."""

from pathlib import Path

import pytest

from client.aws_variables import BadAwsVariableError
from sandbox import emulation
from sandbox.emulation import emulated_aws


@pytest.fixture(autouse=True)
def never_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(emulation, "running")


def test_unreadable_profile_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config").write_text("[default]\nmetadata_service_timeout = x\n")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with (
        pytest.raises(BadAwsVariableError, match=f"^metadata_service_timeout of profile default in {tmp_path}"),
        emulated_aws(),
    ):
        pass


def test_unreadable_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "many")
    with pytest.raises(BadAwsVariableError, match=r"^AWS_MAX_ATTEMPTS must be a whole number"), emulated_aws():
        pass

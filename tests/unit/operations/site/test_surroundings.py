"""AWS by default; an emulator's variables belong together."""

from pathlib import Path

import pytest

from operations.clock import ScaledClock
from operations.errors import OperationError
from operations.surroundings import Surroundings


def test_nothing_said_is_aws() -> None:
    surroundings = Surroundings.read({"AWS_ENDPOINT_URL": "http://elsewhere", "EMULATOR_TIME_SCALE": "9"})
    assert surroundings == Surroundings()
    assert not surroundings.is_emulator
    assert (surroundings.https_port, surroundings.dns_server, surroundings.time_scale) == (443, None, 1.0)


def test_an_emulator_that_is_gone_is_named() -> None:
    environ = {
        "EMULATOR_CONTROL_URL": "nowhere",
        "EMULATOR_DNS_PORT": "53",
        "EMULATOR_DATA_PLANE_PORT": "443",
        "EMULATOR_CA_FILE": "ca.pem",
    }
    with pytest.raises(OperationError, match="EMULATOR_CONTROL_URL must lead to a running emulator, got nowhere"):
        Surroundings.read(environ)


@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_an_authority_that_cannot_be_read_is_named(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.surroundings._time_scale", lambda _: 1.0)
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content, encoding="utf-8")
    environ = {
        "EMULATOR_CONTROL_URL": "http://127.0.0.1:1",
        "EMULATOR_DNS_PORT": "53",
        "EMULATOR_DATA_PLANE_PORT": "443",
        "EMULATOR_CA_FILE": str(ca_file),
    }
    with pytest.raises(OperationError, match="EMULATOR_CA_FILE must be a readable file of certificates, got") as raised:
        Surroundings.read(environ)
    assert str(ca_file) in str(raised.value)


@pytest.mark.parametrize("name", ["EMULATOR_DNS_PORT", "EMULATOR_DATA_PLANE_PORT"])
@pytest.mark.parametrize("port", ["x", "", "0", "-1", "65536", "5.3", "٥٣", "9" * 5000])
def test_a_port_that_is_none_is_named(name: str, port: str) -> None:
    environ = {
        "EMULATOR_CONTROL_URL": "nowhere",
        "EMULATOR_DNS_PORT": "53",
        "EMULATOR_DATA_PLANE_PORT": "443",
        "EMULATOR_CA_FILE": "ca.pem",
        name: port,
    }
    with pytest.raises(OperationError, match=f"^{name} must be a port from 1 to 65535, got {port}$"):
        Surroundings.read(environ)


def test_a_missing_variable_is_named() -> None:
    with pytest.raises(OperationError, match="EMULATOR_DNS_PORT must be set when EMULATOR_CONTROL_URL is"):
        Surroundings.read({"EMULATOR_CONTROL_URL": "nowhere"})


def test_a_clock_runs_forwards() -> None:
    with pytest.raises(ValueError, match="`scale` must be above 0"):
        ScaledClock(0)
    assert ScaledClock(10).scale == 10

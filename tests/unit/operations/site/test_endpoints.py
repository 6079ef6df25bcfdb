"""AWS by default; an emulator's variables belong together."""

import re
from pathlib import Path

import pytest

from operations.clock import ScaledOperationsClock
from operations.endpoints import EndpointSettings
from operations.errors import OperationError, UsageError

EMULATOR = {
    "EMULATOR_CONTROL_URL": "nowhere",
    "EMULATOR_DNS_PORT": "53",
    "EMULATOR_DATA_PLANE_PORT": "443",
    "EMULATOR_CA_FILE": "ca.pem",
}


def test_default_is_aws() -> None:
    surroundings = EndpointSettings.read({"AWS_ENDPOINT_URL": "http://elsewhere", "EMULATOR_TIME_SCALE": "9"})
    assert surroundings == EndpointSettings()
    assert not surroundings.is_emulator
    assert (surroundings.port, surroundings.nameserver, surroundings.time_scale) == (443, None, 1.0)


def test_an_emulator_that_is_gone_is_named() -> None:
    with pytest.raises(OperationError, match="EMULATOR_CONTROL_URL must lead to a running emulator, got nowhere"):
        EndpointSettings.read(EMULATOR)


@pytest.mark.parametrize("content", [None, "no certificate\n"])
def test_an_authority_that_cannot_be_read_is_named(
    content: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.endpoints._time_scale", lambda _: 1.0)
    ca_file = tmp_path / "ca.pem"
    if content is not None:
        ca_file.write_text(content, encoding="utf-8")
    with pytest.raises(OperationError, match="EMULATOR_CA_FILE must be a readable file of certificates, got") as raised:
        EndpointSettings.read({**EMULATOR, "EMULATOR_CA_FILE": str(ca_file)})
    assert str(ca_file) in str(raised.value)


def test_what_a_payer_cannot_read_ends_a_command_in_the_same_line() -> None:
    with pytest.raises(OperationError, match=r"^EMULATOR_DATA_PLANE_PORT must be a port, got 'x'$"):
        EndpointSettings.read({**EMULATOR, "EMULATOR_DATA_PLANE_PORT": "x"})


@pytest.mark.parametrize("name", ["EMULATOR_CONTROL_URL", "EMULATOR_DNS_PORT"])
def test_half_of_an_emulator_is_neither_it_nor_aws(name: str) -> None:
    with pytest.raises(OperationError, match="EMULATOR_CONTROL_URL and EMULATOR_DNS_PORT must be set together"):
        EndpointSettings.read({key: value for key, value in EMULATOR.items() if key != name})


def test_an_emulator_is_what_is_exported_at_its_present_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("operations.endpoints._time_scale", lambda _: 4.0)
    monkeypatch.setattr("client.network_settings.require_authority", lambda _: None)
    read = EndpointSettings.read({**EMULATOR, "EMULATOR_TIME_SCALE": "10"})
    assert read == EndpointSettings(("127.0.0.1", 53), 443, "ca.pem", 4.0, "nowhere")
    assert read.is_emulator


AWS, EMULATED = EndpointSettings(), EndpointSettings(control_url="http://127.0.0.1:4570")
LOOPBACKS = ("http://127.0.0.1:4566", "http://127.0.1.2:4566", "http://localhost:4566", "http://[::1]:4566")
ELSEWHERE = ("https://dynamodb.us-east-2.amazonaws.com", "https://vpce-1.dynamodb.us-east-2.vpce.amazonaws.com")


class TestOneSide:
    """boto3 goes to the emulator if, and only if, payments do."""

    @pytest.mark.parametrize("endpoint", LOOPBACKS)
    def test_a_loopback_address_is_the_emulators(self, endpoint: str) -> None:
        EMULATED.require_one_side(endpoint)
        with pytest.raises(UsageError, match=rf"those are AWS's, but boto3 goes to {re.escape(endpoint)};"):
            AWS.require_one_side(endpoint)

    @pytest.mark.parametrize("endpoint", ELSEWHERE)
    def test_all_else_is_not(self, endpoint: str) -> None:
        AWS.require_one_side(endpoint)
        with pytest.raises(UsageError, match=rf"those are the emulator's, but boto3 goes to {re.escape(endpoint)};"):
            EMULATED.require_one_side(endpoint)


def test_a_clock_runs_forwards() -> None:
    with pytest.raises(ValueError, match="`scale` must be above 0"):
        ScaledOperationsClock(0)
    assert ScaledOperationsClock(10).scale == 10

"""The control interface of a running emulator: by command, over HTTP, and as the Python API."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator import BadFaultError, Emulator, NotRunningError, running
from emulator.control.client import ControlClient
from tests.emulated.emulator.sending import ApiCaller

PARTS = {
    *("data plane", "control", "replication", "alarms", "schedules", "scheduler", "table recovery"),
    *("health-checkers", "dns", "health-check-metrics", "service-metrics", "live-logs"),
}


@pytest.fixture(autouse=True)
def healed(plain_emulator: Emulator) -> Iterator[None]:
    yield
    plain_emulator.heal()


def fault(emulator: Emulator | None, *arguments: str) -> tuple[int, str, str]:
    """Run the command as in another terminal; return its exit status and what it printed."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    environment = {**others, **(emulator.environment if emulator else {})}
    command = [sys.executable, "-m", "emulator", "fault", *arguments]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout, ended.stderr


class TestCommand:
    """`./run emulator fault list|inject|heal|status`."""

    def test_a_fault_comes_and_goes(self, plain_emulator: Emulator) -> None:
        status, said, _ = fault(plain_emulator, "inject", "region-down", "region=us-west-2", "mode=hang")
        assert (status, said[:20]) == (0, "injected region-down")
        fault_id = said.split()[1]
        assert f"  {fault_id} region=us-west-2 mode=hang\n" in fault(plain_emulator, "status")[1]
        assert fault(plain_emulator, "heal", fault_id) == (0, f"healed {fault_id} region=us-west-2 mode=hang\n", "")
        assert "faults:\n  none\n" in fault(plain_emulator, "status")[1]

    def test_the_status_is_there_for_programs(self, plain_emulator: Emulator) -> None:
        status, said, _ = fault(plain_emulator, "status", "--json")
        assert (status, json.loads(said)["time_scale"]) == (0, 1)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["inject", "region-dwon", "region=us-east-1"], "unknown fault 'region-dwon'; did you mean 'region-down'?"),
            (["inject", "region-down", "region=mars"], "unknown region 'mars'; there are us-east-1, us-east-2,"),
            (["inject", "region-down", "us-east-1"], "values are given as name=value, got 'us-east-1'"),
            (["heal", "region-down-99"], "no fault 'region-down-99' is injected; there are none"),
        ],
    )
    def test_a_mistake_is_one_line(self, plain_emulator: Emulator, arguments: list[str], said: str) -> None:
        status, printed, errors = fault(plain_emulator, *arguments)
        assert (status, printed) == (1, "")
        assert errors.startswith(f"emulator: {said}")
        assert errors.count("\n") == 1

    def test_without_an_emulator_it_is_one_line_as_well(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as closed:
            url = f"http://127.0.0.1:{closed.getsockname()[1]}"
        status, printed, errors = fault(None, "status", "--control-url", url)
        assert (status, printed, errors.count("\n")) == (1, "", 1)
        assert errors.startswith(f"emulator: no emulator answers at {url}")
        assert fault(None, "status")[0] == 1


class TestPythonApi:
    """What tests use."""

    def test_a_fault_lasts_as_long_as_its_block(self, plain_emulator: Emulator) -> None:
        with plain_emulator.inject("region-slow", region="us-west-2", seconds=3) as injected:
            shown = {"id": injected.id, "fault": "region-slow", "region": "us-west-2", "seconds": 3.0}
            assert plain_emulator.status()["faults"] == [shown]
        assert plain_emulator.status()["faults"] == []

    def test_or_until_it_is_healed(self, plain_emulator: Emulator) -> None:
        with plain_emulator.inject("checkers-partial", endpoint="us-east-1", checkers=["us-west-1"]) as injected:
            plain_emulator.heal(injected.id)
            assert plain_emulator.status()["faults"] == []

    def test_a_bad_fault_is_refused(self, plain_emulator: Emulator) -> None:
        with pytest.raises(BadFaultError, match="did you mean 'partition'"):
            plain_emulator.inject("partiton")

    def test_the_status_shows_scale_and_parts(self, plain_emulator: Emulator) -> None:
        status = plain_emulator.status()
        assert status["time_scale"] == plain_emulator.time_scale == 1
        assert status["parts"] == dict.fromkeys(PARTS, "running")
        assert {"replication", "strong_consistency", "alarms", "health_checks"} <= status.keys()

    def test_when_the_emulator_is_gone_it_says_so(self) -> None:
        with running(time_scale=20) as emulator:
            assert emulator.status()["time_scale"] == emulator.time_scale == 20
        with pytest.raises(NotRunningError):
            emulator.status()


GARBAGE = [
    b"\x00" * 200,
    b"GET / HTTP/1.1\r\n\r\n",
    b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    b"POST /faults HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n",
    b"DELETE /faults/%ff%00/../.. HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /status HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n",
    b"PUT /b/k HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: DynamoDB_20120810.PutItem\r\nContent-Length: 3\r\n\r\n[[[",
    b"POST / HTTP/1.1\r\nHost: x\r\nAuthorization: AWS4-HMAC-SHA256 Credential=a/b/c/d/e\r\nContent-Length: 0\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nX-Amz-Target: AmazonSQS.SendMessage\r\nContent-Length: 3\r\n\r\n{\xfb}",
    b"POST /2015-03-31/functions/x/invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
    b"POST / HTTP/1.1\r\nHost: \xc3\xa9\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n",
]


@pytest.mark.parametrize("sent", GARBAGE)
@pytest.mark.parametrize("injected", [True, False], ids=["with a fault", "without"])
def test_any_connection_leaves_the_emulator_running(plain_emulator: Emulator, sent: bytes, injected: bool) -> None:  # noqa: FBT001
    if injected:  # faults look at requests before MiniStack does
        plain_emulator.inject("region-errors", region="us-west-2", share=0.5)
    for url in (plain_emulator.environment["EMULATOR_CONTROL_URL"], plain_emulator.endpoint_url):
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 5) as raw:
            raw.settimeout(0.2)
            raw.sendall(sent)
            try:
                raw.recv(100)
            except OSError:
                continue
    status = plain_emulator.status()
    assert status["parts"] == dict.fromkeys(PARTS, "running")
    assert ApiCaller(plain_emulator, "x.example.com").send("us-east-1", "GET", "/").status in (403, 503)


def test_the_control_port_can_be_chosen() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with running(control_port=port) as emulator:
        assert emulator.environment["EMULATOR_CONTROL_URL"] == f"http://127.0.0.1:{port}"
        assert ControlClient(f"http://127.0.0.1:{port}").faults() == []
        assert Path(emulator.ca_file).is_file()

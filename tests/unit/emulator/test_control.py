"""The control interface and its command, without sockets."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from emulator.control import command
from emulator.control.client import ControlClient, NotRunningError
from emulator.control.service import Control
from emulator.fault_kinds import KINDS
from emulator.faults import ActiveFaults

JSON = {b"content-type": b"application/json"}
DOWN = {"fault": "region-down", "region": "us-east-1"}


class Asked:
    """A control interface that is asked directly, and counts how often faults were put into effect."""

    def __init__(self) -> None:
        self.faults = ActiveFaults()
        self.applied = 0
        self.time_scale = 1.0

    def __call__(
        self, method: str, path: str, body: object = b"", headers: Mapping[bytes, bytes] = JSON
    ) -> tuple[int, Any]:
        sent: list[dict[str, Any]] = []
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        parts: Iterator[dict[str, Any]] = iter(
            [{"type": "http.request", "body": data[:5], "more_body": True}, {"body": data[5:]}]
        )

        async def receive() -> dict[str, Any]:
            return next(parts)

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        async def apply() -> None:
            self.applied += 1

        def set_time_scale(scale: float) -> None:
            self.time_scale = scale

        control = Control(
            faults=self.faults,
            apply=apply,
            status=lambda: {"time_scale": self.time_scale},
            set_time_scale=set_time_scale,
        )
        scope = {"type": "http", "method": method, "path": path, "headers": list(headers.items())}
        asyncio.run(control(scope, receive, send))
        return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.fixture
def ask() -> Asked:
    return Asked()


class TestInterface:
    """JSON in, JSON out."""

    def test_a_fault_is_injected_listed_and_healed(self, ask: Asked) -> None:
        shown = {"id": "region-down-1", **DOWN, "mode": "refuse"}
        assert ask("POST", "/faults", DOWN) == (201, shown)
        assert ask("GET", "/faults") == (200, [shown])
        assert ask("DELETE", "/faults/region-down-1") == (200, [shown])
        assert ask("GET", "/faults") == (200, [])
        assert ask.applied == 2

    def test_all_are_healed_at_once(self, ask: Asked) -> None:
        ask("POST", "/faults", DOWN)
        ask("POST", "/faults", DOWN)
        status, healed = ask("DELETE", "/faults/all")
        assert (status, len(healed)) == (200, 2)

    def test_the_status_is_the_emulators(self, ask: Asked) -> None:
        assert ask("GET", "/status") == (200, {"time_scale": 1.0})

    @pytest.mark.parametrize(
        ("method", "path", "body", "status", "said"),
        [
            ("POST", "/faults", {"fault": "region-dwn"}, 400, "did you mean 'region-down'?"),
            ("POST", "/faults", {"fault": "region-down", "self": 1}, 400, "takes no 'self'"),
            ("POST", "/faults", {"region": "us-east-1"}, 400, "the body must be an object such as"),
            ("POST", "/faults", [], 400, "the body must be an object such as"),
            ("POST", "/faults", b"{", 400, "the body is no JSON"),
            ("POST", "/faults", b"\xff\xfe", 400, "the body is no JSON"),
            ("POST", "/faults", b"[" * 60_000, 400, "the body is no JSON"),
            ("POST", "/faults", b" " * 70_000, 413, "at most 65536 bytes"),
            ("DELETE", "/faults/none", b"", 400, "no fault 'none' is injected"),
            ("DELETE", "/faults", b"", 400, "DELETE /faults/all"),
            ("POST", "/faults", {"fault": 1}, 400, "`fault` must be the name of a fault, got 1"),
            ("PUT", "/faults", b"", 404, "there is no PUT /faults here"),
            ("PUT", "/time-scale", {"time_scale": 0.5}, 400, "a time scale is a number from 1 to 1000, got 0.5"),
            ("PUT", "/time-scale", {"time_scale": "fast"}, 400, "a time scale is a number from 1 to 1000, got fast"),
            ("PUT", "/time-scale", {"time_scale": [10]}, 400, "a time scale is a number from 1 to 1000, got [10]"),
            ("PUT", "/time-scale", {"time_scale": 10**400}, 400, "a time scale is a number from 1 to 1000, got 1000"),
            ("PUT", "/time-scale", b'{"time_scale": NaN}', 400, "a time scale is a number from 1 to 1000, got nan"),
            ("PUT", "/time-scale", 10, 400, 'the body must be an object such as {"time_scale": 10}'),
            ("GET", "/", b"", 404, "there is no GET / here"),
        ],
    )
    def test_a_mistake_is_one_line(
        self, ask: Asked, method: str, path: str, body: object, status: int, said: str
    ) -> None:
        answered, shown = ask(method, path, body)
        assert (answered, said in shown["error"]) == (status, True)
        assert not ask.faults.active
        assert (ask.applied, ask.time_scale) == (0, 1)

    @pytest.mark.parametrize(
        ("method", "path", "body"), [("POST", "/faults", DOWN), ("PUT", "/time-scale", {"time_scale": 2})]
    )
    def test_web_pages_cannot_change_anything(self, ask: Asked, method: str, path: str, body: object) -> None:
        status, _ = ask(method, path, body, {b"content-type": b"text/plain"})
        assert (status, ask.faults.active, ask.time_scale) == (415, (), 1)

    def test_the_time_scale_is_set(self, ask: Asked) -> None:
        assert ask("PUT", "/time-scale", {"time_scale": 10}) == (200, {"time_scale": 10.0})
        assert ask("GET", "/status") == (200, {"time_scale": 10.0})


class TestCommand:
    """`./run emulator fault …` and `time-scale …`."""

    @pytest.mark.parametrize(
        "arguments",
        [
            *(["fault", "status"], ["fault", "heal", "all"], ["fault", "inject", "region-down", "region=us-east-1"]),
            ["time-scale", "10"],
        ],
    )
    def test_without_an_address_it_says_what_is_missing(
        self, arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.delenv(command.URL_VARIABLE, raising=False)
        assert command.main(arguments) == 1
        said = capsys.readouterr()
        assert (said.out, said.err) == (
            "",
            "emulator: set EMULATOR_CONTROL_URL as the emulator printed it, or give --control-url\n",
        )

    def test_a_value_has_a_name(self, capsys: pytest.CaptureFixture[str]) -> None:
        url = ["--control-url", "http://127.0.0.1:9"]
        assert command.main(["fault", "inject", "region-down", "us-east-1", *url]) == 1
        assert capsys.readouterr().err == "emulator: values are given as name=value, got 'us-east-1'\n"

    def test_a_time_scale_is_a_number(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["time-scale", "fast", "--control-url", "http://127.0.0.1:9"]) == 1
        assert capsys.readouterr().err == "emulator: a time scale is a number from 1 to 1000, got fast\n"

    def test_the_list_needs_no_emulator(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["fault", "list"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert "region-down: a region answers nothing, and nothing runs in it" in lines
        assert "    mode=…          refuse or hang (default: refuse)" in lines

    def test_the_list_is_there_for_programs(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert command.main(["fault", "list", "--json"]) == 0
        known = json.loads(capsys.readouterr().out)
        assert known.keys() == KINDS.keys()
        assert known["region-down"]["takes"]["mode"]["default"] == "refuse"

    def test_the_status_is_readable(self) -> None:
        status = {
            "time_scale": 20.0,
            "faults": [{"id": "checkers-partial-1", "fault": "checkers-partial", "checkers": ["a", "b"]}],
            "parts": {"dns": "running"},
            "replication": {"pending": 2},
        }
        assert command.status_lines(status) == [
            "time scale: 20",
            "faults:",
            "  checkers-partial-1 checkers=a,b",
            "parts:",
            "  dns: running",
            'replication: {"pending": 2}',
        ]


@pytest.mark.parametrize(
    "url", ["", "127.0.0.1:80", "https://127.0.0.1:80", "http://127.0.0.1", "http://x:y", "http://[::"]
)
def test_a_control_url_must_be_one(url: str) -> None:
    with pytest.raises(NotRunningError, match="the control URL must be like"):
        ControlClient(url)

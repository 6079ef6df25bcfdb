"""Starting and stopping: clean ends, clear refusals, nothing left behind."""

import contextlib
import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator import Emulator, StartError, running
from tests.emulated.emulator.sample_api import administrator, create_function, role
from tests.emulated.emulator.sending import ApiCaller

COMMAND = [sys.executable, "-m", "emulator", "--port", "0", "--data-plane-port", "0", "--dns-port", "0"]


def refused(*options: str) -> str:
    """Start with bad options; return what it says."""
    ended = subprocess.run([*COMMAND, *options], capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode != 0
    assert ended.stdout == ""
    assert "Traceback" not in ended.stderr
    return ended.stderr


def workers_of(emulator_directory: Path) -> list[int]:
    """Return the processes whose command names a file below a directory."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if str(emulator_directory).encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:  # it ended meanwhile
            continue
    return found


class TestStop:
    """SIGINT and SIGTERM end the emulator, its workers and its files."""

    CODE = "import time\ndef handler(event, context):\n    time.sleep(event)\n    return event\n"

    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_it_ends_cleanly_even_while_a_function_runs(self, tmp_path: Path, number: signal.Signals) -> None:
        process = subprocess.Popen(
            [*COMMAND, "--data-dir", str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        announced = dict(re.findall(r"export (\w+)=(.*)", "".join(iter(process.stdout.readline, "# Ready.\n"))))
        client = administrator(Emulator(announced, process.pid))
        create_function(client, "us-east-1", "slow", role(client, "slow"), self.CODE)
        client("lambda").invoke(FunctionName="slow", Payload=b"0")
        client("lambda").invoke(FunctionName="slow", Payload=b"55", InvocationType="Event")
        caller = threading.Thread(target=self.wait_in_vain, args=(client,), daemon=True)
        caller.start()
        time.sleep(1)
        assert workers_of(tmp_path)
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)  # the function would run longer
        assert (process.returncode, errors) == (0, "")
        assert workers_of(tmp_path) == []
        assert list(tmp_path.iterdir()) == []

    @staticmethod
    def wait_in_vain(client: Callable[..., Any]) -> None:
        with contextlib.suppress(Exception):
            client("lambda").invoke(FunctionName="slow", Payload=b"55")

    def test_the_python_api_ends_it(self) -> None:
        with running() as emulator:
            directory = Path(emulator.ca_file).parent
            assert directory.exists()
        assert not directory.exists()
        with pytest.raises(ProcessLookupError):
            os.kill(emulator.process_id, 0)


class TestRefusals:
    """A mistake is one clear line."""

    def test_a_taken_port_is_named(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            said = refused("--port", str(port))
        assert said == (
            f"emulator: cannot listen on 127.0.0.1:{port}: the port is taken; stop its user or choose another port\n"
        )

    def test_a_taken_data_plane_port_is_named_with_its_address(self) -> None:
        with socket.create_server(("127.0.1.2", 0)) as taken:
            port = taken.getsockname()[1]
            assert refused("--data-plane-port", str(port)).startswith(f"emulator: cannot listen on 127.0.1.2:{port}:")

    @pytest.mark.parametrize(
        ("options", "said"),
        [
            (["--no-such-option"], "unrecognized arguments: --no-such-option"),
            (["--port", "http"], "a port is a number from 0 to 65535, got http"),
            (["--port", "65536"], "a port is a number from 0 to 65535, got 65536"),
            (["--host", "192.0.2.1"], "--host must be an IPv4 loopback address such as 127.0.0.1, got 192.0.2.1"),
            (["--time-scale", "0"], "a time scale is a number from 1 to 1000, got 0"),
            (["--time-scale", "fast"], "a time scale is a number from 1 to 1000, got fast"),
            (["--replication-lag", "-1"], "a lag is a number of seconds from 0 to 3600, got -1"),
            (["--stop-with", "0"], "0 is no process that runs"),
            (["--data-dir", "/dev/null/x"], "/dev/null/x is no directory to write to: Not a directory"),
        ],
    )
    def test_a_bad_option_is_named(self, options: list[str], said: str) -> None:
        assert said in refused(*options).splitlines()[-1]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ("import importlib.metadata as m; m.version = lambda name: '0.1'", "hypercorn must have version"),
            (
                "from emulator import seams; seams.SEAMS = (seams.Seam('ministack.app:detect_service', '(path)', ()),)",
                "ministack.app:detect_service must have the signature (path), got (method, path, headers,",
            ),
        ],
        ids=["version", "signature"],
    )
    def test_another_ministack_than_the_listed_one_is_named(self, change: str, said: str) -> None:
        program = f"import sys; {change}; from emulator.__main__ import main; sys.exit(main())"
        command = [sys.executable, "-c", program, *COMMAND[3:]]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1)
        assert ended.stderr.startswith(f"emulator: {said}")

    def test_the_python_api_says_why(self) -> None:
        with (
            socket.create_server(("127.0.0.1", 0)) as taken,
            pytest.raises(StartError, match="the port is taken"),
            running(port=taken.getsockname()[1]),
        ):
            pass


class TestBadInput:
    """Whoever connects, the emulator goes on."""

    @pytest.mark.parametrize(
        "sent", [b"\x00" * 64, b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", b"\x16\x03\x01\x00\x05hello", b""]
    )
    def test_what_is_no_tls_is_dropped(self, plain_emulator: Emulator, sent: bytes) -> None:
        with socket.create_connection(
            (plain_emulator.addresses["us-east-1"], plain_emulator.data_plane_port), 5
        ) as raw:
            raw.sendall(sent)
        self.assert_alive(plain_emulator)

    @pytest.mark.parametrize("name", ["a" * 63, "xn--ls8h.example.com", "_service.example.com", "-", "x..y"])
    def test_any_server_name_is_survived(self, plain_emulator: Emulator, name: str) -> None:
        context = ssl.create_default_context(cafile=plain_emulator.ca_file)
        address = (plain_emulator.addresses["us-east-1"], plain_emulator.data_plane_port)
        with contextlib.suppress(OSError, ValueError), socket.create_connection(address, 5) as raw:
            context.wrap_socket(raw, server_hostname=name).close()
        self.assert_alive(plain_emulator)

    @pytest.mark.parametrize("head", [b"GET\r\n\r\n", b"POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n", b"\xff\r\n\r\n"])
    def test_what_is_no_http_is_refused(self, plain_emulator: Emulator, head: bytes) -> None:
        host, _, port = plain_emulator.endpoint_url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), 5) as raw:
            raw.sendall(head)
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
        self.assert_alive(plain_emulator)

    @staticmethod
    def assert_alive(emulator: Emulator) -> None:
        assert ApiCaller(emulator, "unknown.example.com").send("us-east-1", "GET", "/").status == 403


class TestEnvironment:
    """The caller's environment neither reaches the emulator nor its functions."""

    def test_the_callers_aws_settings_do_no_harm(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in {
            "AWS_SESSION_TOKEN": "x",
            "AWS_ACCESS_KEY_ID": "y",
            "AUTH": "false",
            "USE_SSL": "1",
        }.items():
            monkeypatch.setenv(name, value)
        with running() as emulator:
            monkeypatch.undo()
            client = administrator(emulator)
            assert client("sts").get_caller_identity()["Arn"].endswith(":root")
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", emulator.endpoint_url)

    def test_what_is_announced_can_be_pasted(self, plain_emulator: Emulator) -> None:
        assert {"AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "DR_S3_USE_PATH_STYLE"} <= set(
            plain_emulator.environment
        )
        assert json.dumps(dict(plain_emulator.environment))

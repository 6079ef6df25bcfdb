"""jsii's two processes made one: its entry point starts the program of the second, which speaks through file 3."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from fast_synth.activation import NODE_HOOK, with_node_hook

PROGRAM = """
const options = { readFD:3,writeFD:3 };
console.log("out");
console.error("err");
const answer = [options, require("./part.js"), process.execArgv];
require("node:fs").writeSync(options.writeFD, JSON.stringify(answer));
"""


class Runtime:
    """A runtime of jsii's shape, beside a copy of the hooks."""

    def __init__(self, directory: Path, program: str = PROGRAM, **more: str) -> None:
        self.directory = directory
        self.hook = directory / "app" / "hooks" / NODE_HOOK.name
        self.hook.parent.mkdir(parents=True)
        for source in NODE_HOOK.parent.glob("node_*.js"):
            shutil.copy(source, self.hook.parent)
        for name, text in {
            "bin/jsii-runtime.js": "console.log('two processes');",
            "lib/program.js": program,
            "lib/part.js": "module.exports = 'part';",
            **more,
        }.items():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            (directory / name).write_text(text)

    def code(self) -> Path:
        """Return the file of compiled code."""
        (file,) = (self.directory / "app" / "build").iterdir()
        return file

    def start(self) -> tuple[str, list[str]]:
        """Run it as Python does; return its output, and its error output by line."""
        ran = subprocess.run(
            ["node", str(self.directory / "bin" / "jsii-runtime.js")],
            env={**os.environ, "NODE_OPTIONS": with_node_hook("", self.hook)},
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        return ran.stdout, ran.stderr.splitlines()


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Runtime:
    """A runtime that has run once."""
    runtime = Runtime(tmp_path_factory.mktemp("a runtime"))
    runtime.start()
    return runtime


def test_speaks_through_the_standard_streams_and_frames_what_is_printed(started: Runtime) -> None:
    stdout, stderr = started.start()
    assert json.loads(stdout) == [{"readFD": 0, "writeFD": 1}, "part", ["--preserve-symlinks"]]
    assert [json.loads(line) for line in stderr] == [
        {"stdout": base64.b64encode(b"out\n").decode()},
        {"stderr": base64.b64encode(b"err\n").decode()},
    ]


def test_keeps_the_compiled_code_beside_what_else_is_built(started: Runtime) -> None:
    assert started.code().name.startswith("node-code-v")


def test_compiles_what_has_changed_since(started: Runtime) -> None:
    part = started.directory / "lib" / "part.js"
    original = part.read_text()
    part.write_text("module.exports = 'trap';")  # as long as before
    stdout, _ = started.start()
    part.write_text(original)
    assert json.loads(stdout)[1] == "trap"


def test_does_without_code_that_cannot_be_read(started: Runtime) -> None:
    started.code().write_bytes(started.code().read_bytes()[:40])
    stdout, _ = started.start()
    assert json.loads(stdout)[1] == "part"


@pytest.mark.parametrize(("parts", "says"), [("process", "readFD"), ("modules", "two processes")])
def test_each_part_can_be_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: str, says: str) -> None:
    monkeypatch.setenv("FAST_SYNTH", parts)
    runtime = Runtime(tmp_path)
    assert says in runtime.start()[0]
    assert not (tmp_path / "app" / "build").exists()


@pytest.mark.parametrize("program", ["a program that speaks some other way", PROGRAM * 2])
def test_of_another_shape_stays_two_processes_with_a_warning(tmp_path: Path, program: str) -> None:
    stdout, stderr = Runtime(tmp_path, program).start()
    assert stdout == "two processes\n"
    assert stderr[0].startswith("warning: jsii runs in two processes")

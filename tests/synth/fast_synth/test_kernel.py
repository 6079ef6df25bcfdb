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


def test_speaks_through_the_standard_streams_and_frames_what_is_printed(tmp_path: Path) -> None:
    stdout, stderr = Runtime(tmp_path / "a runtime").start()
    assert json.loads(stdout) == [{"readFD": 0, "writeFD": 1}, "part", ["--preserve-symlinks"]]
    assert [json.loads(line) for line in stderr] == [
        {"stdout": base64.b64encode(b"out\n").decode()},
        {"stderr": base64.b64encode(b"err\n").decode()},
    ]


@pytest.mark.parametrize(("parts", "says"), [("process", "readFD"), ("modules", "two processes")])
def test_each_part_can_be_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, parts: str, says: str) -> None:
    monkeypatch.setenv("FAST_SYNTH", parts)
    runtime = Runtime(tmp_path)
    assert says in runtime.start()[0]


@pytest.mark.parametrize("program", ["a program that speaks some other way", PROGRAM * 2])
def test_of_another_shape_stays_two_processes_with_a_warning(tmp_path: Path, program: str) -> None:
    stdout, stderr = Runtime(tmp_path, program).start()
    assert stdout == "two processes\n"
    assert stderr[0].startswith("warning: jsii runs in two processes")

"""jsii's two processes made one: its entry point starts the program of the second, which speaks through file 3."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dr_constructs.lazy_provider import NODE_HOOK, with_node_hook

PROGRAM = """
const digestFile = (readFileChunks, e, ...p) => {return readFileChunks(e,()=>{},...p)};
const options = { readFD:3,writeFD:3 };
console.log("out");
console.error("err");
const answer = [options, require("./part.js"), process.execArgv];
require("node:fs").writeSync(options.writeFD, JSON.stringify(answer));
"""
DIGEST = "{return readFileChunks(e,()=>{},...p)}"


class Runtime:
    """A runtime of jsii's shape, beside a copy of the hooks."""

    def __init__(self, directory: Path, program: str = PROGRAM, **more: str) -> None:
        self.directory = directory
        self.hook = directory / "app" / "hooks" / NODE_HOOK.name
        self.hook.parent.mkdir(parents=True)
        for source in NODE_HOOK.parent.glob("lazy_provider_*.js"):
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


READS = """
let reads = 0;
const read = () => { reads += 1; return Buffer.from("digest"); };
const told = [digestFile(read, require.resolve("./part.js"), "a comment").toString(), reads];
"""
DIGESTING = PROGRAM.replace("const options", f"{READS}const options").replace("answer = [", "answer = [told, ")


def test_a_package_is_digested_once_while_it_stays_as_it_is(tmp_path: Path) -> None:
    runtime = Runtime(tmp_path, DIGESTING)

    def digested() -> list[str | int]:
        told: list[str | int] = json.loads(runtime.start()[0])[0]
        return told

    assert digested() == ["digest", 1]
    assert digested() == ["digest", 0]
    (tmp_path / "lib" / "part.js").touch()
    assert digested() == ["digest", 1]


LATE_PART = """
const archiver = require("archiver");
const before = globalThis.loaded ?? "not loaded";
module.exports = [before, archiver.kind, archiver("zip"), globalThis.loaded];
"""
ARCHIVER = """
globalThis.loaded = "loaded";
module.exports = Object.assign((kind) => `a ${kind}`, { kind: "tar" });
"""


@pytest.mark.parametrize(("name", "before"), [("cdktf", "not loaded"), ("another", "loaded")])
def test_what_cdktf_seldom_uses_is_loaded_when_it_does(tmp_path: Path, name: str, before: str) -> None:
    program = PROGRAM.replace("./part.js", f"../node_modules/{name}/lib/part.js")
    more = {f"node_modules/{name}/lib/part.js": LATE_PART, "node_modules/archiver/index.js": ARCHIVER}
    stdout, _ = Runtime(tmp_path, program, **more).start()
    assert json.loads(stdout)[1] == [before, "tar", "a zip", "loaded"]


def test_what_cannot_be_made_faster_is_told(tmp_path: Path) -> None:
    stdout, stderr = Runtime(tmp_path, PROGRAM.replace(DIGEST, "{}")).start()
    assert json.loads(stdout)[1] == "part"
    said = base64.b64decode(json.loads(stderr[0])["stderr"]).decode()
    assert said == "warning: synth is slower than it could be: program.js is not the one that is known\n"


@pytest.mark.parametrize("program", ["a program that speaks some other way", PROGRAM * 2])
def test_of_another_shape_stays_two_processes_with_a_warning(tmp_path: Path, program: str) -> None:
    stdout, stderr = Runtime(tmp_path, program).start()
    assert stdout == "two processes\n"
    assert stderr[0].startswith("warning: jsii runs in two processes")

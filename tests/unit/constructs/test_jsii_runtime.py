"""What jsii needs before it starts: a node that works, and a directory to unpack its packages into."""

from importlib.metadata import version
from pathlib import Path

import pytest

from dr_constructs.jsii_runtime import (
    CACHE_VARIABLE,
    NODE_VARIABLE,
    RUNTIME_VARIABLE,
    JsiiRuntimeError,
    NodeProbe,
    require_runtime,
    use_package_cache,
)


def node(directory: Path, script: str) -> dict[str, str]:
    """Write a program that stands for node; return the environment that names it."""
    program = directory / "node"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return {NODE_VARIABLE: str(program)}


@pytest.mark.parametrize("said", ["v20.0.0", "v24.1.3"])
def test_a_node_that_will_do(tmp_path: Path, said: str) -> None:
    NodeProbe.start(node(tmp_path, f"echo {said}")).require()


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ("exit 127", "exit status 127, nothing said"),
        ("echo 'no such option' >&2; echo more >&2; exit 9", "exit status 9, no such option"),
        ("echo v18.20.1", "v18.20.1"),
        ("echo hello", "hello"),
        ("true", "no version"),
    ],
)
def test_a_node_that_will_not_do_is_one_line(tmp_path: Path, script: str, got: str) -> None:
    environ = node(tmp_path, script)
    with pytest.raises(JsiiRuntimeError) as error:
        NodeProbe.start(environ).require()
    assert str(error.value).startswith(f"`{environ[NODE_VARIABLE]}` must be node 20 or newer, on the PATH or named by ")
    assert str(error.value).endswith(f"got: {got}")


@pytest.mark.parametrize("program", ["no-such-node", "/dev/null", ""])
def test_a_node_that_cannot_be_started_is_one_line(program: str) -> None:
    with pytest.raises(JsiiRuntimeError, match=f"^`{program}` must be node 20 or newer, .* got: [^\n]+$"):
        NodeProbe.start({NODE_VARIABLE: program}).require()


@pytest.mark.parametrize("said", [version("jsii"), "0.0.0"])
def test_a_runtime_that_says_hello_will_do(tmp_path: Path, said: str) -> None:
    require_runtime({**node(tmp_path, f"""echo '{{"hello":"@jsii/runtime@{said}"}}'"""), RUNTIME_VARIABLE: "any.js"})
    require_runtime({NODE_VARIABLE: "no-such-node"})  # jsii's own


@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 1", "''"),
        ("echo hello", "'hello'"),
        ("""echo '{"hello":"@jsii/runtime@0.1.0"}'""", """'{"hello":"@jsii/runtime@0.1.0"}'"""),
    ],
)
@pytest.mark.parametrize("program", ["", "/no/such/runtime.js"])
def test_a_runtime_that_is_none_is_one_line(tmp_path: Path, program: str, script: str, says: str) -> None:
    with pytest.raises(JsiiRuntimeError) as error:
        require_runtime({**node(tmp_path, script), RUNTIME_VARIABLE: program})
    assert str(error.value) == (
        f"`JSII_RUNTIME` must be the path of jsii-runtime.js {version('jsii')}, or not be set, got {program!r}, which "
        f"says {says}"
    )


def test_packages_are_unpacked_into_the_checkout_whatever_home_is(tmp_path: Path) -> None:
    environ = {"HOME": "/proc/self"}
    use_package_cache(environ, tmp_path)
    assert Path(environ[CACHE_VARIABLE]) == tmp_path / "build" / "jsii"
    assert (tmp_path / "build" / "jsii").is_dir()


def test_a_directory_that_the_user_names_is_kept(tmp_path: Path) -> None:
    environ = {CACHE_VARIABLE: str(tmp_path / "mine")}
    use_package_cache(environ, tmp_path / "checkout")
    assert environ == {CACHE_VARIABLE: str(tmp_path / "mine")}


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "build").touch()
    with pytest.raises(JsiiRuntimeError, match=f"^`{CACHE_VARIABLE}` must be a directory .*, got .*: Not a directory$"):
        use_package_cache({}, tmp_path)

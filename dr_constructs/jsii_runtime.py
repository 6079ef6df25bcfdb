"""What jsii needs before it starts: a node and a runtime that work, and a directory for the packages that it unpacks.

Where one of them is missing, jsii ends in a traceback or waits for ever, so both are tried first.
"""

import re
import subprocess
import tempfile
from collections.abc import Mapping, MutableMapping
from importlib.metadata import version
from pathlib import Path
from typing import Self

NODE_VARIABLE = "JSII_NODE"
RUNTIME_VARIABLE = "JSII_RUNTIME"
CACHE_VARIABLE = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
LEAST_NODE = 20

_CACHE = ("build", "jsii")
_SECONDS = 30
_LONGEST_SHOWN = 80
_VERSION = re.compile(r"v(\d+)\.\d+\.\d+\s*")


class JsiiRuntimeError(Exception):
    """jsii cannot run here; the text is one line."""


class NodeProbe:
    """`node --version`, started early so that its answer is there when it is asked for."""

    def __init__(self, program: str, process: subprocess.Popen[str] | None, problem: str) -> None:
        self._program = program
        self._process = process
        self._problem = problem

    @classmethod
    def start(cls, environ: Mapping[str, str]) -> Self:
        """Start the node that jsii would start."""
        program = environ.get(NODE_VARIABLE, "node")
        try:
            process = subprocess.Popen(  # noqa: S603 — the user's own node
                [program, "--version"],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
                errors="replace",
            )
        except (OSError, ValueError) as error:
            return cls(program, None, str(getattr(error, "strerror", None) or error))
        return cls(program, process, "")

    def require(self) -> None:
        """Wait for the answer.

        Raises:
            JsiiRuntimeError: There is no node, it does not work, or it is too old.
        """
        problem = self._problem or self._answer()
        if problem:
            message = (
                f"`{self._program}` must be node {LEAST_NODE} or newer, on the PATH or named by {NODE_VARIABLE} "
                f"(https://nodejs.org/), got: {problem}"
            )
            raise JsiiRuntimeError(message)

    def _answer(self) -> str:
        """Return what is wrong with the answer; nothing if it is a version that will do."""
        if self._process is None:
            return self._problem
        try:
            said, complained = self._process.communicate(timeout=_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()
            return f"no answer within {_SECONDS} s"
        if self._process.returncode:
            first = next((line.strip() for line in complained.splitlines() if line.strip()), "nothing said")
            return f"exit status {self._process.returncode}, {first}"
        found = _VERSION.fullmatch(said)
        return "" if found and int(found[1]) >= LEAST_NODE else said.strip()[:_LONGEST_SHOWN] or "no version"


def require_runtime(environ: Mapping[str, str]) -> None:
    """Let the runtime that the user names, if any, say hello as jsii wants it; jsii's own needs no test.

    Raises:
        JsiiRuntimeError: It is none, or another version's.
    """
    program = environ.get(RUNTIME_VARIABLE)
    if program is None:
        return
    try:
        said = subprocess.run(  # noqa: S603 — the user's own node
            [environ.get(NODE_VARIABLE, "node"), program],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_SECONDS,
            check=False,
        ).stdout
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        said = str(error)
    first = said.partition("\n")[0].strip()
    wanted = version("jsii")
    if first not in {f'{{"hello":"@jsii/runtime@{each}"}}' for each in (wanted, "0.0.0")}:
        message = (
            f"`{RUNTIME_VARIABLE}` must be the path of jsii-runtime.js {wanted}, or not be set, got {program!r}, which "
            f"says {first[:_LONGEST_SHOWN]!r}"
        )
        raise JsiiRuntimeError(message)


def use_package_cache(environ: MutableMapping[str, str], root: Path) -> None:
    """Let jsii unpack its packages into the checkout, unless the user has named another directory.

    Its own default is below HOME, which may be read-only, shared with others, or none at all.

    Raises:
        JsiiRuntimeError: Nothing can be written there.
    """
    named = environ.get(CACHE_VARIABLE)
    directory = Path(named) if named else root.joinpath(*_CACHE)
    require_writable(directory, f"`{CACHE_VARIABLE}`")
    environ[CACHE_VARIABLE] = str(directory)


def require_writable(directory: Path, what: str) -> None:
    """Make a directory where it is missing, and try to write there.

    Raises:
        JsiiRuntimeError: Nothing can be written there; the text begins with what the directory is.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=directory):
            pass
    except OSError as error:
        message = f"{what} must be a directory that can be made and written, got {directory}: {error.strerror}"
        raise JsiiRuntimeError(message) from error

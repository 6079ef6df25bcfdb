"""Runs the ```sh blocks of a page, section by section, as they are printed."""

import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.emulated.site import Site

ROOT = Path(__file__).resolve().parents[3]

_SECTION = re.compile(r"^## (.+)$", re.MULTILINE)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_STATUS = re.compile(r" \|\| : 'exit ([0-9]+(?:\|[0-9]+)*)\b.*'$")

_PREPARED = """
aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }  # version 1 of it ignores the variable for SQS
refused() {  # what a busy machine has made unfit for a moment is asked for again
  case "|$2|" in *"|$1|"*) return 1 ;; esac
  [ "$1" = 2 ]
}
ended() {
  case "|$2|" in *"|$1|"*) ;; *) echo "ended with $1, not with $2: $3" >&2; exit 99 ;; esac
}
"""

_PROGRAMS = {
    "dr": f'exec "{ROOT}/dr" "$@"',
    # cdktf works on the project in the directory where it runs.
    "run": f'[ "$1" != synth ] || exec "{ROOT}/node_modules/.bin/cdktf" "$@"; exec "{ROOT}/run" "$@"',
}
"""The project's own, as its commands find them in the directory where they run."""


@dataclass(frozen=True)
class Command:
    """One command, over as many lines as it takes, and the exit statuses that the page allows it."""

    text: str
    statuses: str

    @property
    def checked(self) -> str:
        """The command, repeated while it is refused; it ends the shell when it ends in another way."""
        until = f"status=$?; refused $status '{self.statuses}' || break; sleep 2"
        repeated = f"for _ in {{1..30}}; do\n{self.text}\n{until}\ndone"
        return f"{repeated}\nended $status '{self.statuses}' {_quoted(self.text)}"


def sections(page: Path) -> dict[str, list[Command]]:
    """Return the commands of each section that has any."""
    parts = _SECTION.split(page.read_text(encoding="utf-8"))[1:]
    read = {title: [*map(_command, _lines(text))] for title, text in zip(parts[::2], parts[1::2], strict=True)}
    return {title: commands for title, commands in read.items() if commands}


def run(site: Site, *commands: Command, directory: Path) -> str:
    """Run commands in one shell and a directory, and return what they said.

    Raises:
        AssertionError: One ended otherwise than the page says; the text is what all of them said.
    """
    deployment = site.deployment
    for name, program in _PROGRAMS.items():
        (directory / name).write_text(f"#!/bin/sh\n{program}\n", encoding="utf-8")
        (directory / name).chmod(0o755)
    environment = {
        **deployment.environment,
        "DR_OUTPUTS": str(deployment.directory / "outputs.json"),  # not those of the checkout's own deployment
    }
    done = subprocess.run(
        ["/bin/bash", "-c", "\n".join([_PREPARED, *(command.checked for command in commands)])],
        cwd=directory,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


def _lines(text: str) -> list[str]:
    """Return the commands of a section, those that go on after a backslash in one piece."""
    joined = "".join(_BLOCK.findall(text)).replace("\\\n", "\\\0")
    return [line.replace("\0", "\n") for line in joined.splitlines() if line.strip()]


def _command(line: str) -> Command:
    status = _STATUS.search(line)
    return Command(_STATUS.sub("", line), status[1] if status else "0")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"

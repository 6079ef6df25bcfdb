"""The commands of the documents in bash and in zsh, pasted line by line, with stubs in place of every program.

A pasted line that fails does not keep the next one from running, and an interactive zsh takes `#` for an argument: so
commands have no comments, and each expansion is one that ends its line when it is empty.
"""

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.emulated.programs import require

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted(path for top in ("docs", "benchmarks") for path in (ROOT / top).rglob("*.md"))]

_FENCE = re.compile(r"^ *```([^\n]*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_EXPANSION = re.compile(r"\$(?![('])(\{[^}]*\}|\w+|.)")
_SAFE = re.compile(r"\{\w+(\[@\])?:\?\}|PWD|RANDOM")
_ASSIGNED = re.compile(r"(?:^|[;\s])(\w+)=")
_OF_ZSH = """
aliases argv builtins cdpath commands dirstack fpath functions history jobstates manpath match mbegin mend modules
options parameters path pipestatus prompt psvar signals status terminfo watch widgets
"""  # variables that zsh keeps for itself

SHELLS = {
    "bash": ("bash", "--noprofile", "--norc", "--noediting", "-i", "+m"),
    "zsh": ("zsh", "-f", "-i", "+m"),
}
PROGRAMS = ("aws", "curl", "date", "dig", "make", "sleep", "terraform")
OWN = ("dr", "run")
STUB = """#!/bin/sh
{ printf '%s\\037' "${0##*/}" "$@"; printf '\\036'; } >> "$RECORD"
case "${0##*/}" in date) echo 2026-01-31T00:00:00Z ;; esac
[ -z "$SILENT" ] || exit 1
case "${0##*/} $*" in
  *"state list") printf 'aws_lambda_function.%s\\n' primary_a standby_a standby_b ;;
  *epoch.N*) echo 7 ;;
  *automatic.BOOL*) echo True ;;
  *--query*) echo "told by ${0##*/}" ;;
  *export-credentials*) echo "export SIGNED='in'" ;;
  dig*) seen=$(cat turn 2>/dev/null); echo "127.0.1.$((${seen:-0} + 1))"; echo $((1 - ${seen:-0})) > turn ;;
  run*) echo 200 OK ;;
esac
"""


def blocks(document: Path) -> list[str]:
    """Return a document's blocks of commands."""
    return [text for kind, text in _FENCE.findall(document.read_text(encoding="utf-8")) if kind == "sh"]


WITH_COMMANDS = [document for document in DOCUMENTS if blocks(document)]
each_with_commands = pytest.mark.parametrize("document", WITH_COMMANDS, ids=lambda path: str(path.relative_to(ROOT)))
each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
each_shell = pytest.mark.parametrize("shell", SHELLS)


def paste(shell: str, text: str, directory: Path, *, silent: bool = False) -> tuple[list[tuple[str, ...]], str]:
    """Paste lines into a shell; return the calls of programs, each as its arguments, and what was printed.

    Args:
        shell: Its name.
        text: The lines.
        directory: Where it runs, empty at first.
        silent: Whether every program fails and prints nothing.
    """
    require(shell)
    programs = directory / "programs"
    programs.mkdir(parents=True)
    for path in [programs / name for name in PROGRAMS] + [directory / name for name in OWN]:
        path.write_text(STUB, encoding="utf-8")
        path.chmod(0o755)
    record = directory / "record"
    record.touch()
    incident = directory / "incidents" / "4711"
    incident.mkdir(parents=True)
    for moment in ("began", "right"):  # else the runbook asks a person
        (incident / moment).write_text("2026-01-31T11:40\n", encoding="utf-8")
    environment = {
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(directory),
        "RECORD": str(record),
        "SILENT": "1" if silent else "",
        "EMULATOR_CA_FILE": "ca.pem",
        "EMULATOR_DATA_PLANE_PORT": "8443",
        "EMULATOR_DNS_PORT": "5353",
    }
    ended = subprocess.run(
        SHELLS[shell],
        input=text,
        cwd=directory,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )
    calls = record.read_text(encoding="utf-8").split("\036")[:-1]
    return [tuple(re.sub(r"hand-\d+", "hand-…", call).split("\037")[:-1]) for call in calls], ended.stdout


@each_document
def test_each_block_says_what_it_is(document: Path) -> None:
    kinds = [kind for kind, _ in _FENCE.findall(document.read_text(encoding="utf-8"))]
    assert "" not in kinds


@each_with_commands
def test_no_command_has_a_comment(document: Path) -> None:
    assert not [line for text in blocks(document) for line in text.splitlines() if re.search(r"(^|\s)#", line)]


@each_with_commands
def test_each_expansion_ends_its_line_when_it_is_empty(document: Path) -> None:
    expanded = [name for text in blocks(document) for name in _EXPANSION.findall(text)]
    assert not [name for name in expanded if not _SAFE.fullmatch(name)]


@each_with_commands
def test_no_variable_is_one_of_zsh(document: Path) -> None:
    assert not set(_OF_ZSH.split()) & {name for text in blocks(document) for name in _ASSIGNED.findall(text)}


@each_shell
@each_with_commands
def test_each_block_is_whole(document: Path, shell: str) -> None:
    require(shell)
    for text in blocks(document):
        parsed = subprocess.run([shell, "-n"], input=text, capture_output=True, text=True, check=False)
        assert (parsed.returncode, parsed.stderr) == (0, ""), text


@each_with_commands
def test_both_shells_run_the_same_programs_with_the_same_arguments(document: Path, tmp_path: Path) -> None:
    text = "".join(blocks(document))
    in_bash, _ = paste("bash", text, tmp_path / "bash")
    in_zsh, _ = paste("zsh", text, tmp_path / "zsh")
    assert in_bash == in_zsh
    assert in_bash


@each_shell
@pytest.mark.parametrize("name", ["runbook", "reconciliation"])
def test_what_needs_an_answer_is_not_run_without_it(name: str, shell: str, tmp_path: Path) -> None:
    text = "".join(blocks(ROOT / "docs" / f"{name}.md"))
    usual, _ = paste(shell, text, tmp_path / "usual")
    silent, _ = paste(shell, text, tmp_path / "silent", silent=True)
    assert set(silent) <= set(usual)
    assert set(usual) - set(silent)  # something needs an answer
    careless, _ = paste(shell, text.replace(":?}", "}"), tmp_path / "careless", silent=True)
    assert not set(careless) <= set(usual)  # and would be run without it, if its expansion did not end its line


@each_shell
def test_a_plan_of_the_standby_has_a_target_each_or_is_not_made(shell: str, tmp_path: Path) -> None:
    (text,) = (text for text in blocks(ROOT / "docs" / "runbook.md") if "-target=" in text)
    given = f"export ENVIRONMENT_SUFFIX=dev\n{text}"
    usual, _ = paste(shell, given, tmp_path / "usual")
    (plan,) = (call for call in usual if "plan" in call)
    assert plan[-2:] == ("-target=aws_lambda_function.standby_a", "-target=aws_lambda_function.standby_b")

    stale = tmp_path / "silent" / "cdktf.out" / "stacks" / "payments-dr-dev" / "standby.tfplan"
    stale.parent.mkdir(parents=True)
    stale.touch()
    silent, said = paste(shell, given, tmp_path / "silent", silent=True)
    assert not [call for call in silent if "plan" in call]
    assert not stale.exists()
    assert "found" in said


@each_shell
def test_credentials_that_cannot_be_exported_are_no_success(shell: str, tmp_path: Path) -> None:
    page = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")
    (line,) = re.findall(r"`([^`]*export-credentials[^`]*)`", page)
    after = f'{line}\necho "ended with $?, signed ${{SIGNED-out}}"\n'
    assert "ended with 0, signed in" in paste(shell, after, tmp_path / "usual")[1]
    assert "ended with 1, signed out" in paste(shell, after, tmp_path / "silent", silent=True)[1]

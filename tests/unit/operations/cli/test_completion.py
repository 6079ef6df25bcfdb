"""`dr --version`, and completion in bash, zsh and fish."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from operations.checkout import ROOT
from operations.cli import app as command_line
from operations.cli.completion import words_to_complete
from operations.cli.exit_status import DONE


def shell(*command: str, home: Path) -> str:
    """Run a command line in a shell, from whose name `dr` knows which completion is wanted."""
    environment = {**os.environ, "HOME": str(home), "PATH": f"{ROOT}:{os.environ['PATH']}"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("environ", "words"),
    [
        ({}, None),
        ({"_DR_COMPLETE": "complete_bash", "COMP_WORDS": "./dr\nhistory\n--"}, ["history", "--"]),
        ({"_DR_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": "dr hi"}, ["hi"]),
        ({"_DR_COMPLETE": "complete_fish"}, []),
    ],
)
def test_words_to_complete(environ: dict[str, str], words: list[str] | None) -> None:
    assert words_to_complete(environ) == words


@pytest.mark.parametrize(
    ("of_shell", "line", "found"),
    [
        ("zsh", "dr fail", {"failover", "failback"}),
        ("fish", "dr fail", {"failover", "failback"}),
        ("fish", "dr wait ready", {"ready-for-failback", "ready-for-switchover"}),
        ("fish", "dr history --si", {"--since"}),
        ("fish", "dr drill ", {"list", "run", "show"}),
    ],
)
def test_completes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], of_shell: str, line: str, found: set[str]
) -> None:
    monkeypatch.setenv("_DR_COMPLETE", f"complete_{of_shell}")
    monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
    monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
    with pytest.raises(SystemExit) as ended:
        command_line.main([])
    assert ended.value.code == DONE
    assert set(re.findall(r'^(?:_arguments.*\(\()?"?([\w-]+)', capsys.readouterr().out, re.MULTILINE)) == found


def test_bash_completes_the_program_in_this_directory(tmp_path: Path) -> None:
    asked = "COMP_WORDS=(./dr fail) COMP_CWORD=1; _dr_completion ./dr"
    script = f'source <(./dr --show-completion); {asked}; echo "${{COMPREPLY[@]}}"'
    assert shell("bash", "-c", script, home=tmp_path).split() == ["failover", "failback"]


def test_it_installs_itself(tmp_path: Path) -> None:
    assert "bash completion installed in" in shell("bash", "-c", "./dr --install-completion; true", home=tmp_path)
    assert "complete -o default -F _dr_completion dr" in (tmp_path / ".bash_completions" / "dr.sh").read_text()


def test_version_is_the_commit(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(command_line, "commit", lambda: "abc-dirty")
    assert command_line.main(["--version"]) == DONE
    assert re.fullmatch(r"dr abc-dirty \(Python 3\.\d+\.\d+\)\n", capsys.readouterr().out)

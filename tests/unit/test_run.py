"""`./run` and `./dr`: the project's programs after `make setup` and nothing else, from any directory."""

import shutil
import subprocess
from pathlib import Path

import pytest

from sandbox.deployment import CDKTF

ROOT = Path(__file__).resolve().parents[2]


def call(*command: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a command with a path that holds what every system has, and nothing of the project's environment."""
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(cwd), **variables}
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    """A checkout before `make setup`."""
    (tmp_path / "scripts").mkdir()
    for name in ("run", "dr", "scripts/cdktf"):
        shutil.copy(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize("command", [["./dr", "status"], ["./run", "client", "get"], ["./run", "synth"]])
def test_without_set_up_one_line_says_what_to_run(fresh: Path, command: list[str]) -> None:
    ended = call(*command, cwd=fresh)
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (1, "")
    assert line.endswith(f"run `make setup` in {fresh}")


@pytest.mark.parametrize("command", [["./run"], ["./run", "sytnh"], ["./run", "os"]])
def test_a_program_that_is_none_is_refused_in_one_line(fresh: Path, command: list[str]) -> None:
    ended = call(*command, cwd=fresh)
    (line,) = ended.stderr.splitlines()
    assert (ended.returncode, ended.stdout) == (2, "")
    assert line.startswith("run: the program must be synth, deploy, ")
    assert line.endswith(f"got {' '.join(command[1:]) or 'none'}")


@pytest.mark.parametrize(
    ("program", "module"),
    [
        (["dr"], "operations"),
        (["run", "dr"], "operations"),
        (["run", "client"], "client"),
        (["run", "cost"], "costs"),
        (["run", "rollout"], "rollout"),
        (["run", "sandbox.demo"], "sandbox.demo"),
        (["run", "simulation"], "simulation"),
    ],
)
def test_each_program_is_a_module(prepared: Path, program: list[str], module: str) -> None:
    ended = call(f"./{program[0]}", *program[1:], "--help", cwd=prepared)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"-P -m {module} --help in ")


@pytest.mark.parametrize("program", [["dr"], ["run", "client"]])
def test_it_runs_in_any_directory_whatever_lies_there(tmp_path: Path, program: list[str]) -> None:
    (tmp_path / "operations.py").write_text("raise SystemExit(9)")
    (tmp_path / "json.py").write_text("raise SystemExit(9)")
    ended = call(str(ROOT / program[0]), *program[1:], "--help", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "usage: " in ended.stdout.lower()


def test_a_link_to_it_works_as_well(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "dr").symlink_to(prepared / "dr")
    assert call("./dr", "--help", cwd=elsewhere).stdout.startswith("-P -m operations --help in ")


@pytest.fixture
def prepared(fresh: Path) -> Path:
    """A checkout after `make setup`, whose cdktf says how it was called."""
    for name in (".venv/bin/python", "node_modules/.bin/cdktf"):
        program = fresh / name
        program.parent.mkdir(parents=True)
        program.write_text('#!/bin/sh\necho "$* in $PWD with ${TF_PLUGIN_CACHE_DIR#"$PWD/"}"\n')
        program.chmod(0o755)
    return fresh


KEPT = "build/terraform-plugins"


@pytest.mark.parametrize("home", [None, "/dev/null", "/proc/self"])
def test_cdktf_keeps_providers_in_the_checkout_where_home_takes_none(prepared: Path, home: str | None) -> None:
    ended = call("./run", "synth", "--help", cwd=prepared, HOME=home or "")
    assert (ended.stdout, ended.stderr) == (f"synth --help in {prepared} with {KEPT}\n", "")
    assert (prepared / KEPT).is_dir()


def test_cdktf_keeps_providers_in_the_checkout_where_the_cache_is_read_only(prepared: Path) -> None:
    (prepared / ".terraform.d").mkdir()
    (prepared / ".terraform.d" / "plugin-cache").symlink_to("/proc/self")  # where root, too, can make no file
    ended = call("./run", "synth", cwd=prepared)
    assert (ended.stdout, ended.stderr) == (f"synth in {prepared} with {KEPT}\n", "")


def test_cdktf_keeps_providers_below_home_where_it_can(prepared: Path) -> None:
    ended = call("./run", "synth", cwd=prepared)
    assert (ended.stdout, ended.stderr) == (f"synth in {prepared} with \n", "")
    assert not [*(prepared / ".terraform.d" / "plugin-cache").iterdir()]


def test_a_place_for_providers_that_the_user_names_is_kept(prepared: Path) -> None:
    ended = call("./run", "synth", cwd=prepared, HOME="/dev/null", TF_PLUGIN_CACHE_DIR="/mine")
    assert (ended.stdout, ended.stderr) == (f"synth in {prepared} with /mine\n", "")


def test_deployments_start_cdktf_in_the_same_way() -> None:
    assert CDKTF == ROOT / "scripts" / "cdktf"

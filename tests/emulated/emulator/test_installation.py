"""The emulator runs from its wheel alone, away from the repository."""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[3] / "emulator"
STARTS = """
from emulator import running

with running() as emulator:
    print(emulator.client("sts", "us-east-2").get_caller_identity()["Arn"])
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy, since building leaves files behind, and without any registry."""
    directory = tmp_path_factory.mktemp("wheel")
    copy = directory / "source"
    shutil.copytree(SOURCE, copy, ignore=shutil.ignore_patterns("__pycache__", "build", "*.egg-info"))
    options = ["--no-deps", "--no-build-isolation", "--no-index", "--quiet", "--disable-pip-version-check"]
    subprocess.run([sys.executable, "-m", "pip", "wheel", *options, "-w", str(directory), str(copy)], check=True)
    (built,) = directory.glob("*.whl")
    return built


def test_wheel_holds_the_whole_package(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("emulator/")}
    sources = {f"emulator/{path.relative_to(SOURCE).as_posix()}" for path in SOURCE.rglob("*.py")}
    assert packed == sources | {"emulator/requirements.txt"}


def test_wheel_names_the_command_and_what_it_needs(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        texts = {Path(name).name: archive.read(name).decode() for name in archive.namelist() if ".dist-info/" in name}
    assert "aws-regions-emulator = emulator.__main__:start" in texts["entry_points.txt"]
    assert "Requires-Dist: ministack==" in texts["METADATA"]


def test_emulator_starts_from_its_wheel(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    command = [sys.executable, "-P", "-c", STARTS]
    said = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stdout.strip()) == (0, "arn:aws:iam::000000000000:root"), said.stderr

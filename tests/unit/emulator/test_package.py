"""The emulator is a package that can be installed without the rest of the repository."""

import ast
import importlib.metadata
import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from emulator.patching import requirements

ROOT = Path(__file__).resolve().parents[3]
EMULATOR = ROOT / "emulator"
PROJECT = tomllib.loads((EMULATOR / "pyproject.toml").read_text(encoding="utf-8"))


def imported() -> set[str]:
    """Return the top-level packages that the emulator imports, wherever in a file it does."""
    found: set[str] = set()
    for path in EMULATOR.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").partition(".")[0])
    return found


def test_every_folder_is_in_the_package() -> None:
    folders = {path.parent.relative_to(ROOT).as_posix().replace("/", ".") for path in EMULATOR.rglob("__init__.py")}
    assert folders == set(PROJECT["tool"]["setuptools"]["packages"])


@pytest.mark.parametrize("requirement", requirements())
def test_versions_are_the_locked_ones(requirement: str) -> None:
    lock = json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))
    name, version = re.fullmatch(r"([a-z0-9]+)==([0-9.]+)", requirement).groups()  # type: ignore[union-attr]
    assert {**lock["develop"], **lock["default"]}[name]["version"] == f"=={version}"


def test_it_requires_what_it_imports() -> None:
    names = {requirement.partition("==")[0] for requirement in requirements()}
    # boto3 is also what its functions get, with all that it needs (`emulator.functions.sdk`).
    assert imported() - {"emulator", *sys.stdlib_module_names} == names


def test_it_pins_the_sdk_as_ministack_does() -> None:
    needed = importlib.metadata.requires("ministack") or []
    assert [each for each in needed if each.startswith("botocore")] == [
        each for each in requirements() if each.startswith("botocore")
    ]


def test_command_starts_the_emulator() -> None:
    (reference,) = PROJECT["project"]["scripts"].values()
    module, _, name = reference.partition(":")
    assert callable(getattr(importlib.import_module(module), name))

"""Every permission of every role is needed by a test, and docs/permissions.md lists them as they are deployed."""

import ast
from functools import cache
from pathlib import Path

import pytest

from tests.synth.conftest import SHIPPED, Synthesize
from tests.synth.permission_needs import NEEDS, Need
from tests.synth.permission_table import DOCUMENT, SHOWN, document, permissions
from tests.synth.reading import Synthesized

ROOT = Path(__file__).resolve().parents[2]


def test_every_permission_is_needed(shipped: Synthesized) -> None:
    unneeded = [(each.role, each.action) for each in permissions(shipped) if (each.role, each.action) not in NEEDS]
    assert not unneeded, "take these away, or name the test that fails without them in permission_needs.py"


def test_every_need_is_of_a_permission(synthesize: Synthesize) -> None:
    held = {(each.role, each.action) for suffix in SHIPPED for each in permissions(synthesize(suffix))}
    assert not set(NEEDS) - held


@pytest.mark.parametrize("need", sorted(set(NEEDS.values())), ids=lambda need: need.test)
def test_test_that_needs_it_exists(need: Need) -> None:
    assert need.test.rpartition("::")[2] in functions(need.file)


def test_document_lists_them(synthesize: Synthesize) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert text == document(text, permissions(synthesize(SHOWN))), "python -m tests.synth.permission_table writes it"


@cache
def functions(file: str) -> set[str]:
    """Return the names of a file's functions."""
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return {each.name for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)}

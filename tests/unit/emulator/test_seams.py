"""What the emulator replaces is listed, and a MiniStack that differs from the list is noticed."""

import ast
import importlib.metadata
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from ministack.services import sqs

from emulator import patching
from emulator.patching import SeamError, check_replacements, check_seams, check_versions, instead, silenced, wrap
from emulator.seams import SEAMS, Seam

ROOT = Path(__file__).resolve().parents[3]
EMULATOR = ROOT / "emulator"
FOREIGN = ("ministack", "hypercorn")


class World(ModuleType):
    """Stands in for a module of MiniStack's."""

    @staticmethod
    def charge(account: str, amount: int = 1) -> int:
        return amount if account else 0


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    module = World("world")
    monkeypatch.setitem(sys.modules, "world", module)
    monkeypatch.setattr(patching, "_LISTED", {"world:charge"})
    monkeypatch.setattr(patching, "_replaced", {})
    return module


def seam(signature: str = "(account, amount=1)", *replaced_by: str) -> Seam:
    return Seam("world:charge", signature, replaced_by)


class TestSignatures:
    """What will be replaced is compared with the list."""

    def test_types_are_no_part_of_a_signature(self, world: World) -> None:
        check_seams([seam()])

    def test_changed_signature_is_noticed(self, world: World) -> None:
        with pytest.raises(
            SeamError, match=r"^world:charge must have the signature \(account\), got \(account, amount=1\)$"
        ):
            check_seams([seam("(account)")])

    def test_function_that_no_longer_waits_is_noticed(self, world: World) -> None:
        with pytest.raises(SeamError, match=r"must have the signature async \(account, amount=1\), got \(account"):
            check_seams([seam("async (account, amount=1)")])

    def test_missing_function_is_noticed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delattr(sqs, "_get_q")
        with pytest.raises(
            SeamError,
            match=r"^ministack\.services\.sqs:_get_q must have the signature \(url, action=None\), got nothing",
        ):
            check_seams(each for each in SEAMS if each.reference.startswith("ministack.services.sqs:"))

    def test_missing_module_is_noticed(self) -> None:
        with pytest.raises(SeamError, match=r"got nothing: No module named 'ministack\.services\.gone'$"):
            check_seams([Seam("ministack.services.gone:f", "()", ())])

    def test_installed_ministack_is_the_one_listed(self) -> None:
        # A process of its own: other tests replace functions in this one.
        program = "from emulator.patching import check_seams, check_versions; check_versions(); check_seams()"
        subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True)


@pytest.mark.parametrize("name", FOREIGN)
def test_wrong_version_is_noticed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    true = importlib.metadata.version
    check_versions()
    monkeypatch.setattr(importlib.metadata, "version", lambda asked: "0.1" if asked == name else true(asked))
    with pytest.raises(SeamError, match=rf"^{name} must have version {true(name)}, .*, got 0\.1$"):
        check_versions()


class TestReplacements:
    """What has been replaced is compared with the list."""

    def test_what_is_not_listed_is_not_replaced(self, world: World) -> None:
        with pytest.raises(SeamError, match=r"^world:refund is replaced, and emulator/seams\.py does not list it$"):
            wrap(world, "refund", silenced)

    def test_methods_are_named_by_their_class(self, world: World) -> None:
        with pytest.raises(SeamError, match=r"World\.charge is replaced"):
            wrap(World, "charge", silenced)

    def test_listed_order_is_kept(self, world: World) -> None:
        wrap(world, "charge", silenced)
        wrap(world, "charge", instead(test_wrong_version_is_noticed))
        by = f"{__name__}.test_wrong_version_is_noticed"
        check_replacements([seam("", "patching.silenced", by)])
        with pytest.raises(SeamError, match=rf"^world:charge must be replaced by {by}, patching\.silenced, got patch"):
            check_replacements([seam("", by, "patching.silenced")])

    def test_listed_function_that_nobody_replaces_is_noticed(self, world: World) -> None:
        with pytest.raises(SeamError, match=r"^world:charge must be replaced by x\.y, got nobody$"):
            check_replacements([seam("", "x.y")])


def imported(tree: ast.Module) -> dict[str, str]:
    """Return what a file's names stand for: dotted names of modules or of what is in them."""
    return {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }


def chain(node: ast.expr, names: dict[str, str]) -> str:
    """Return an expression such as `lambda_runtime.Worker` as a dotted name from its package on."""
    head, _, rest = ast.unparse(node).partition(".")
    return ".".join(filter(None, (names.get(head, head), rest)))


def trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(EMULATOR.rglob("*.py")):
        yield path.relative_to(EMULATOR), ast.parse(path.read_text(encoding="utf-8"))


def test_list_holds_exactly_what_the_source_replaces() -> None:
    found: list[str] = []
    for _, tree in trees():
        names = imported(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "wrap":
                name = ast.literal_eval(node.args[1])  # a variable would hide from this test what is replaced
                found.append(f"{chain(node.args[0], names)}.{name}")
    listed = [each.reference.replace(":", ".") for each in SEAMS for _ in each.replaced_by]
    assert sorted(found) == sorted(listed)


def test_nothing_foreign_is_replaced_past_the_list() -> None:
    wrong: list[str] = []
    for path, tree in trees():
        names = imported(tree)
        for node in ast.walk(tree):
            targets = node.targets if isinstance(node, ast.Assign | ast.Delete) else [getattr(node, "target", None)]
            wrong += [
                f"{path}: {ast.unparse(node)}"
                for target in targets
                if isinstance(target, ast.Attribute) and chain(target, names).startswith(FOREIGN)
            ]
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "setattr" and node.args:
                is_own = path.name == "patching.py" or not chain(node.args[0], names).startswith(FOREIGN)
                wrong += [] if is_own else [f"{path}: {ast.unparse(node)}"]
    assert not wrong

"""Imports point inward: main → constructs → the handlers' contract; operations, emulator and client stand apart."""

import ast
import sys
from pathlib import Path
from types import ModuleType

import pytest

from operations.readiness.rule import NoRuleError, rule_of

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *(
        "main",
        "client",
        "contract",
        "costs",
        "dr_constructs",
        "emulator",
        "fast_synth",
        "handlers",
        "operations",
        "rollout",
        "sandbox",
        "simulation",
    ),
)
FIELDS = {f"handlers.payments.{module}" for module in ("exact_json", "fields", "metadata", "rules")}
"""What a payment says, for the gateway's request model."""

FORMS = {
    f"handlers.{module}"
    for module in (
        "faults",
        "payments.currencies",
        "payments.logged_payment",
        "payments.model",
        "payments.queue",
        "payments.validation",
        "releases.changes",
        "releases.item",
        "releases.moving",
        "releases.putting_back",
        "releases.site",
        "releases.targets",
        "runtime",
        "tickers.decision",
        "tickers.heartbeat",
        "tickers.memory",
        "writer.changes",
        "writer.glass",
        "writer.history",
        "writer.item",
    )
}

ALLOWED: dict[str, set[str]] = {
    "main": {"contract", "dr_constructs", "fast_synth"},
    "client": {"client"},  # payers take it as it is
    # A readiness rule says itself what the operations role may read for it.
    "dr_constructs": {"contract", "dr_constructs", *FIELDS, "operations.readiness.rule", "operations.readiness.rules"},
    "fast_synth": {"fast_synth"},  # it knows cdktf and jsii, and nothing that is made with them
    "costs": {"costs", "client.output", "contract", "dr_constructs.dns.failover_time"},  # it reads what is synthesized
    "contract": {"contract"},
    "handlers": {"handlers", "contract"},
    # It knows stack outputs, not constructs; items of the tables and the queues' messages have one form for all.
    "operations": {"operations", "client", "contract", *FIELDS, *FORMS},
    # It knows what Terraform plans, not constructs.
    "rollout": {"rollout", "operations", "client", "contract", "handlers.releases.item"},
    "emulator": {"emulator"},  # it can be installed without the rest
    # The product in an emulator; a certification knows what it costs, and in which regions it is.
    "sandbox": {"sandbox", "contract", "emulator", "client", "costs", "dr_constructs.settings"},
    "simulation": {"simulation", "client", "contract", "handlers", "operations"},  # it runs them; nothing imports it
}


def sources(package: str) -> list[Path]:
    """Return the source files of a top-level package or module."""
    return sorted((ROOT / package).rglob("*.py")) or sorted(ROOT.glob(f"{package}.py"))


def imports(path: Path) -> set[str]:
    """Return the project's own modules that a file imports, wherever in the file it does."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import"
            # `from contract import environment` imports a module, `from contract.environment import X` names one.
            modules = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= modules if node.module in PACKAGES else {node.module or ""}
    return {module for module in found if module.split(".")[0] in PACKAGES}


@pytest.mark.parametrize("package", PACKAGES)
def test_imports_point_inward(package: str) -> None:
    allowed = ALLOWED[package]
    wrong = {
        (path.relative_to(ROOT).as_posix(), module)
        for path in sources(package)
        for module in imports(path)
        if module not in allowed and module.split(".")[0] not in allowed
    }
    assert not wrong


def test_contract_imports_only_the_standard_library() -> None:
    roots = {
        name.split(".")[0]
        for path in sources("contract")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert roots <= {"contract", *sys.stdlib_module_names}


class RunTimeImports(ast.NodeVisitor):
    """Collects what a file imports when it runs, which leaves out what it names in its types alone."""

    def __init__(self) -> None:
        self.modules: set[str] = set()

    def visit_Import(self, node: ast.Import) -> None:
        self.modules |= {alias.name for alias in node.names}

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        self.modules.add("." * node.level + (node.module or ""))

    def visit_If(self, node: ast.If) -> None:
        for each in node.orelse if ast.unparse(node.test) == "TYPE_CHECKING" else [*node.body, *node.orelse]:
            self.visit(each)


def foreign_imports(source: str) -> set[str]:
    """Return what a readiness rule imports and may not: constructs import rules, and know nothing of operations."""
    found = RunTimeImports()
    found.visit(ast.parse(source))
    return {
        module
        for module in found.modules
        if module != "operations.readiness.rule" and module.split(".")[0] not in {"contract", *sys.stdlib_module_names}
    }


def test_readiness_rules_import_only_the_contract() -> None:
    folder = ROOT / "operations" / "readiness" / "rules"
    wrong = {path.name: foreign_imports(path.read_text(encoding="utf-8")) for path in folder.glob("*.py")}
    assert {name: modules for name, modules in wrong.items() if modules} == {}


@pytest.mark.parametrize(
    ("source", "foreign"),
    [
        ("import json\nfrom operations.readiness.rule import ReadinessRule\nfrom contract.roles import Role\n", set()),
        ("if TYPE_CHECKING:\n    from operations.aws import Aws\n", set()),
        ("if TYPE_CHECKING:\n    pass\nelse:\n    import boto3\n", {"boto3"}),
        ("if True:\n    import boto3\n", {"boto3"}),
        ("def read():\n    from operations.aws import Aws\n", {"operations.aws"}),
        ("from . import helper\n", {"."}),
    ],
)
def test_forbidden_imports_of_a_readiness_rule_are_found(source: str, foreign: set[str]) -> None:
    assert foreign_imports(source) == foreign


def test_file_without_a_readiness_rule_is_named() -> None:
    with pytest.raises(
        NoRuleError, match=r"^operations/readiness/rules/helper\.py must hold a ReadinessRule named RULE$"
    ):
        rule_of(ModuleType("operations.readiness.rules.helper"))


def test_constructs_import_the_provider_by_submodule() -> None:
    """Importing a name from the package's root would load it as a whole (FACTS 10.1)."""
    wrong = [
        path.name
        for path in sources("dr_constructs")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Import) and any(alias.name == "cdktf_cdktf_provider_aws" for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and node.module == "cdktf_cdktf_provider_aws")
    ]
    assert not wrong


def test_no_two_public_classes_share_a_name() -> None:
    defined: dict[str, list[str]] = {}
    for package in (*PACKAGES, "benchmarks"):
        for path in sources(package):
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    defined.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: paths for name, paths in defined.items() if len(paths) > 1} == {}

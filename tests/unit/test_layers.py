"""Imports point inward: main → constructs → the handlers' contract; operations, emulator and client stand apart."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = (
    *("main", "client", "costs", "dr_constructs", "emulator", "fast_synth", "handlers", "operations", "simulation"),
)
CONTRACT = {
    "handlers.environment",
    "handlers.deadlines",
    # What a payment says, for the gateway's request model.
    *(f"handlers.payments.{module}" for module in ("exact_json", "fields", "metadata", "rules")),
}
FORMS = {
    f"handlers.{module}"
    for module in (
        "faults",
        "payments.currencies",
        "payments.logged_payment",
        "payments.model",
        "payments.queue",
        "payments.validation",
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
    "main": {"dr_constructs", "fast_synth"},
    "client": {"client"},  # payers take it as it is
    # A readiness rule says itself what the operations role may read for it.
    "dr_constructs": {"dr_constructs", *CONTRACT, "operations.readiness.rule", "operations.readiness.rules"},
    "fast_synth": {"fast_synth"},  # it knows cdktf and jsii, and nothing that is made with them
    "costs": {"costs", "client.output", "dr_constructs.dns.failover_time"},  # it reads what is synthesized
    "handlers": {"handlers"},
    # It knows stack outputs, not constructs; items of the tables and the queues' messages have one form for all.
    "operations": {"operations", "client", *FORMS, *CONTRACT},
    "emulator": {"emulator", "client"},
    "simulation": {"simulation", "client", "handlers", "operations"},  # it runs them; nothing imports it
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
            # `from handlers import environment` imports a module, `from handlers.environment import X` names one.
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


@pytest.mark.parametrize("module", sorted(CONTRACT))
def test_the_contract_needs_nothing_but_the_standard_library(module: str) -> None:
    path = ROOT / f"{module.replace('.', '/')}.py"
    assert not imports(path) - CONTRACT


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

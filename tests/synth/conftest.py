"""Each shipped environment, synthesized once for all tests."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cdktf import App

from dr_constructs.function_package import FunctionPackage, build_function_package
from dr_constructs.settings import Settings
from dr_constructs.stack import PaymentsStack
from main import STACK_ID

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = tuple(sorted(path.stem for path in (ROOT / "environments").glob("*.toml")))


@dataclass(frozen=True)
class Synthesized:
    """What one environment became: its Terraform JSON, and the directory that Terraform would run in."""

    settings: Settings
    json: Mapping[str, Any]
    directory: Path

    def resources(self, kind: str) -> dict[str, Any]:
        """Return the resources of a type such as `aws_sqs_queue` by their id in the JSON; none is an empty dict."""
        found: dict[str, Any] = self.json["resource"].get(kind, {})
        return found

    def outputs(self) -> dict[str, Any]:
        """Return the outputs by name."""
        found: dict[str, Any] = self.json.get("output", {})
        return found


@pytest.fixture(scope="session")
def package() -> FunctionPackage:
    return build_function_package(ROOT)


@pytest.fixture(scope="session")
def synthesize(package: FunctionPackage, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Synthesized]:
    """Synthesize an environment by its suffix; keyword arguments are variables such as `DR_FUNCTION_URLS`."""

    @cache
    def synthesize(suffix: str, **variables: str) -> Synthesized:
        settings = Settings.load({"ENVIRONMENT_SUFFIX": suffix, **variables}, ROOT)
        outdir = tmp_path_factory.mktemp(suffix)
        app = App(outdir=str(outdir))
        PaymentsStack(app, STACK_ID, settings=settings, package=package)
        app.synth()
        directory = outdir / "stacks" / STACK_ID
        return Synthesized(settings, json.loads((directory / "cdk.tf.json").read_text()), directory)

    return synthesize


@pytest.fixture(scope="session", params=ENVIRONMENTS)
def shipped(request: pytest.FixtureRequest, synthesize: Callable[..., Synthesized]) -> Synthesized:
    """Every shipped environment in turn."""
    return synthesize(request.param)


@pytest.fixture(scope="session")
def dev(synthesize: Callable[..., Synthesized]) -> Synthesized:
    return synthesize("dev")


@pytest.fixture(scope="session")
def no_domain(synthesize: Callable[..., Synthesized]) -> Synthesized:
    return synthesize("no-domain")

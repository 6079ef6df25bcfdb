"""The functions' zip carries those of the SDK's operations that the functions call, whole, and no others."""

import ast
import json
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import botocore
import pytest
from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel

from dr_constructs.sdk_data import SDK_OPERATIONS, is_used, trimmed

ROOT = Path(__file__).resolve().parents[3]
DATA = Path(botocore.__file__).parent / "data"
LOADER = Loader()


@cache
def called_by_the_functions() -> set[str]:
    """Return the names of all methods that the functions call on anything."""
    calls = (
        node.func.attr
        for path in (ROOT / "handlers").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    )
    return set(calls)


def named_by_the_functions() -> set[str]:
    """Return the services that the functions make clients of: what follows the name of a maker, called or partial."""
    makers = {"client", "brief_client", "table_client"}
    return {
        service.value
        for path in (ROOT / "handlers").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        for maker, service in pairwise([call.func, *call.args])
        if isinstance(maker, ast.Name) and maker.id in makers
        if isinstance(service, ast.Constant) and isinstance(service.value, str)
    }


@cache
def described(service: str) -> dict[str, Any]:
    """Return what the SDK says of a service."""
    return dict(LOADER.load_service_model(service, "service-2"))


@pytest.fixture(scope="module")
def bundled(tmp_path_factory: pytest.TempPathFactory) -> Loader:
    """Load from what the zip would hold."""
    directory = tmp_path_factory.mktemp("data")
    for path in DATA.rglob("*.json*"):
        inside = PurePosixPath("botocore/data", path.relative_to(DATA).as_posix())
        if is_used(inside):
            name, data = trimmed(inside, path.read_bytes())
            target = directory / name.relative_to("botocore/data")
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    return Loader(extra_search_paths=[str(directory)], include_default_search_paths=False)


def test_no_service_is_left_out() -> None:
    assert named_by_the_functions() == set(SDK_OPERATIONS)


@pytest.mark.parametrize("service", sorted(SDK_OPERATIONS))
class TestServices:
    """The description of each service."""

    def test_has_the_operations_that_the_functions_call(self, service: str) -> None:
        called = called_by_the_functions()
        others = {name for each in SDK_OPERATIONS if each != service for name in SDK_OPERATIONS[each]}
        assert SDK_OPERATIONS[service] == {
            name for name in described(service)["operations"] if xform_name(name) in called and name not in others
        }

    def test_describes_them_as_the_sdk_does(self, service: str, bundled: Loader) -> None:
        kept = ServiceModel(bundled.load_service_model(service, "service-2"), service)
        whole = ServiceModel(described(service), service)
        assert set(kept.operation_names) == SDK_OPERATIONS[service]
        assert kept.metadata == whole.metadata
        for name in kept.operation_names:
            ours, theirs = kept.operation_model(name), whole.operation_model(name)
            assert (ours.http, ours.auth_type, ours.endpoint) == (theirs.http, theirs.auth_type, theirs.endpoint)
            assert shape(ours.input_shape) == shape(theirs.input_shape)
            assert shape(ours.output_shape) == shape(theirs.output_shape)
            assert [each.name for each in ours.error_shapes] == [each.name for each in theirs.error_shapes]

    def test_is_a_fraction_of_the_original(self, service: str, bundled: Loader) -> None:
        kept = bundled.load_service_model(service, "service-2")
        assert len(json.dumps(kept)) < len(json.dumps(described(service))) / 10

    def test_knows_its_endpoints(self, service: str, bundled: Loader) -> None:
        rules = "endpoint-rule-set-1"
        assert bundled.load_service_model(service, rules) == LOADER.load_service_model(service, rules)


def shape(described_shape: Any, seen: tuple[str, ...] = ()) -> Any:
    """Return a shape with everything in it that is no documentation."""
    if described_shape is None or described_shape.name in seen:
        return None
    seen = (*seen, described_shape.name)
    inner: dict[str, Callable[[], Any]] = {
        "structure": lambda: {name: shape(each, seen) for name, each in described_shape.members.items()},
        "list": lambda: shape(described_shape.member, seen),
        "map": lambda: (shape(described_shape.key, seen), shape(described_shape.value, seen)),
    }
    build = inner.get(described_shape.type_name)
    parts = build() if build else None
    return (
        described_shape.name,
        described_shape.type_name,
        described_shape.serialization,
        described_shape.metadata,
        parts,
    )


def test_endpoints_keep_every_region_of_the_services_in_use() -> None:
    path, data = trimmed(PurePosixPath("botocore/data/endpoints.json"), (DATA / "endpoints.json").read_bytes())
    whole, kept = json.loads((DATA / "endpoints.json").read_bytes()), json.loads(data)
    assert path == PurePosixPath("botocore/data/endpoints.json")
    for ours, theirs in zip(kept["partitions"], whole["partitions"], strict=True):
        assert ours["regions"] == theirs["regions"]
        assert ours["services"] == {name: each for name, each in theirs["services"].items() if name in SDK_OPERATIONS}


@pytest.mark.parametrize(
    ("path", "used"),
    [
        ("botocore/data/partitions.json", True),
        ("botocore/data/sqs/2012-11-05/endpoint-rule-set-1.json.gz", True),
        ("botocore/data/sqs/2012-11-05/service-2.json.gz", True),
        ("botocore/data/sqs/2012-11-05/paginators-1.json", False),
        ("botocore/data/sqs/2012-11-05/examples-1.json", False),
        ("botocore/data/lambda/2014-11-11/service-2.json.gz", False),
        ("botocore/data/ec2/2016-11-15/service-2.json.gz", False),
    ],
)
def test_nothing_else_is_bundled(path: str, used: bool) -> None:  # noqa: FBT001 — a parameter of the test
    assert is_used(PurePosixPath(path)) is used

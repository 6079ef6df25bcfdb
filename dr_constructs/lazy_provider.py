"""Loads only those modules of the AWS provider package that are used, in Python and in node (FACTS 10.1).

The package's `__init__` imports all of its modules and its node half requires as many: eleven seconds and a gigabyte
for an app that uses fifty. Some things change, none of them the synthesized JSON:

- a meta-path finder runs the package's `__init__` without its closing list of imports; submodules load when asked for;
- `lazy_provider_hook.js`, preloaded by node, resolves the npm package to the lazy index it ships;
- `lazy_provider_kernel.js` runs jsii in one node process instead of two, from code that an earlier run compiled, and
  without what cdktf loads for other ends;
- `lazy_provider_loads.py` lets node start and load packages while Python imports their modules;
- the annotations by which jsii checks each construct's arguments are evaluated once a class, not once a construct;
- jsii's end-of-life banner for Node 20 is silenced (FACTS 10.11).

`DR_LAZY_PROVIDER=0` switches all but the last off. A package of another shape is imported the ordinary way, with one
warning. Type checkers and editors are not concerned: they read the package's files.
"""

import importlib
import os
import re
import sys
import typing
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from dr_constructs.lazy_provider_loads import load_meanwhile

Hints = dict[str, Any]

PACKAGE = "cdktf_cdktf_provider_aws"
SWITCH = "DR_LAZY_PROVIDER"
NODE_HOOK = Path(__file__).with_name("lazy_provider_hook.js")

_LINKS = "--preserve-symlinks"  # what jsii passes to its second process
_STUB = "_typecheckingstub__"  # jsii's functions that only carry annotations

_WHOLE = f"{PACKAGE} is loaded as a whole, which is slow"
_PUBLISH = "\npublication.publish()\n"
_TAIL = re.compile(r"\s*(?:#.*\n)?((?:from \. import \w+\n)+)\s*")
_IMPORT = re.compile(r"from \. import (\w+)\n")


class UnexpectedShapeError(Exception):
    """The provider package's `__init__` is not what this module knows how to shorten."""


def activate() -> None:
    """Make the provider package lazy; call it before `cdktf` or the package is imported."""
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")
    if os.environ.get(SWITCH) == "0" or any(isinstance(finder, LazyProviderFinder) for finder in sys.meta_path):
        return
    if PACKAGE in sys.modules or "jsii" in sys.modules:
        _warn(f"{_WHOLE}: activated after jsii was imported")
        return
    sys.meta_path.insert(0, LazyProviderFinder())
    os.environ["NODE_OPTIONS"] = with_node_hook(os.environ.get("NODE_OPTIONS", ""), NODE_HOOK)
    typing.get_type_hints = evaluated_once(typing.get_type_hints)
    _load_packages_meanwhile()


def _load_packages_meanwhile() -> None:
    try:
        from jsii._kernel.providers.process import ProcessProvider

        load_meanwhile(ProcessProvider)
    except (ImportError, AttributeError) as error:
        _warn(f"node is waited for with each package, which is slow: {error}")


def with_node_hook(node_options: str, hook: Path) -> str:
    """Return `node_options` with the hook preloaded, quoted by node's rules: spaces need quotes, quotes a backslash."""
    escaped = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    options = f'--require="{escaped}" {_LINKS}'
    return node_options if options in node_options else f"{node_options} {options}".lstrip()


def evaluated_once(get_type_hints: Callable[..., Hints]) -> Callable[..., Hints]:
    """Return `typing.get_type_hints` with a memory for jsii's stubs, which never change."""
    known: dict[object, Hints] = {}

    def remembering(subject: object, *args: object, **options: object) -> Hints:
        if args or options or not getattr(subject, "__name__", "").startswith(_STUB):
            return get_type_hints(subject, *args, **options)
        if subject not in known:
            known[subject] = get_type_hints(subject)
        return known[subject]

    return remembering


def without_imports(source: str) -> tuple[str, frozenset[str]]:
    """Return the source of the package's `__init__` without its closing imports, and the names these import."""
    head, publish, tail = source.partition(_PUBLISH)
    if not publish or not (closing := _TAIL.fullmatch(tail)):
        raise UnexpectedShapeError("its __init__ does not end in publish() and a list of imports")
    return head + publish, frozenset(_IMPORT.findall(closing[1]))


class LazyProviderFinder(MetaPathFinder):
    """Finds the provider package where it always is, and has it loaded lazily; leaves every other module alone."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the package's usual spec with a lazy loader, or None for any other module."""
        if fullname != PACKAGE:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        try:
            source, submodules = without_imports(spec.loader.get_data(spec.loader.path).decode())
        except UnexpectedShapeError as error:
            _warn(f"{_WHOLE}: {error}")
            return None
        spec.loader = _LazyLoader(fullname, spec.loader.path, source, submodules)
        return spec


class _LazyLoader(SourceFileLoader):
    """Runs the shortened `__init__` and imports submodules on attribute access (PEP 562)."""

    def __init__(self, fullname: str, path: str, source: str, submodules: frozenset[str]) -> None:
        super().__init__(fullname, path)
        self._source = source
        self._submodules = submodules

    def exec_module(self, module: ModuleType) -> None:
        """Run the source, then give the module that `publish()` put into its place the two lazy hooks."""
        code = compile(self._source, self.path, "exec", dont_inherit=True)
        exec(code, module.__dict__)  # noqa: S102 — this is what importing the package does
        published = sys.modules[module.__name__]
        submodules = self._submodules

        def load(name: str) -> ModuleType:
            if name not in submodules:
                raise AttributeError(f"module {PACKAGE!r} has no attribute {name!r}")
            return importlib.import_module(f"{PACKAGE}.{name}")

        published.__dict__["__getattr__"] = load
        published.__dict__["__dir__"] = lambda: sorted({*published.__dict__, *submodules})


def _warn(what: str) -> None:
    print(f"warning: {what}", file=sys.stderr)  # noqa: T201

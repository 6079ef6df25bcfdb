"""Loads only those modules of the provider's Python package that are used (FACTS 10.1).

A meta-path finder runs the package's `__init__` without its closing list of imports; submodules load when they are
asked for. A package of another shape is imported the ordinary way, with one warning. Type checkers and editors read
the package's files, and notice nothing.
"""

import importlib
import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

PACKAGE = "cdktf_cdktf_provider_aws"
WHOLE = f"{PACKAGE} is loaded as a whole, which is slow"

_IS_LAZY = "\ndef __getattr__("
"""Packages that newer releases of jsii generate load their submodules when asked for, by themselves (FACTS 10.12)."""
_PUBLISH = "\npublication.publish()\n"
_TAIL = re.compile(r"\s*(?:#.*\n)?((?:from \. import \w+\n)+)\s*")
_IMPORT = re.compile(r"from \. import (\w+)\n")


class UnexpectedShapeError(Exception):
    """The provider package's `__init__` is not what this module knows how to shorten."""


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
        text = spec.loader.get_data(spec.loader.path).decode()
        if _IS_LAZY in text:
            return None
        try:
            source, submodules = without_imports(text)
        except UnexpectedShapeError as error:
            warn(f"{WHOLE}: {error}")
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


def warn(what: str) -> None:
    """Print a warning of one line."""
    print(f"warning: {what}", file=sys.stderr)  # noqa: T201

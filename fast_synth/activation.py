"""Switches the parts of the fast synth on, before anything imports cdktf; README.md says what each is for."""

import os
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path

from fast_synth.package_loads import load_meanwhile
from fast_synth.provider_package import PACKAGE, WHOLE, LazyProviderFinder, warn

SWITCH = "FAST_SYNTH"
"""The variable that names the parts to use, separated by commas; `0` uses none. Without it or a value, all are used."""
NODE_HOOK = Path(__file__).with_name("node_hook.js")

_LINKS = "--preserve-symlinks"  # what jsii passes to its second process


class FastSynthPart(StrEnum):
    """What can be switched on by itself; node asks for the names that concern it (`node_parts.js`)."""

    MODULES = "modules"
    """Python imports only those modules of the provider package that are used."""
    INDEX = "index"
    """Node loads only those modules of the provider package that are used."""
    PROCESS = "process"
    """jsii runs in one node process instead of two."""
    LOADS = "loads"
    """Node starts and loads packages while Python imports their modules."""


class UnknownPartError(ValueError):
    """`FAST_SYNTH` names what is no part; the text is one line."""


def activate() -> None:
    """Switch on the parts that `FAST_SYNTH` names.

    Raises:
        UnknownPartError: It names something else.
    """
    os.environ.setdefault("JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION", "20")  # FACTS 10.11
    if parts := chosen(os.environ.get(SWITCH)):
        _switch_on(parts)


@cache  # once a process: what it has loaded itself would look like too late a call
def _switch_on(parts: frozenset[FastSynthPart]) -> None:
    if PACKAGE in sys.modules or "jsii" in sys.modules:
        warn(f"{WHOLE}: activated after jsii was imported")
        return
    if FastSynthPart.MODULES in parts:
        sys.meta_path.insert(0, LazyProviderFinder())
    os.environ["NODE_OPTIONS"] = with_node_hook(os.environ.get("NODE_OPTIONS", ""), NODE_HOOK)
    if FastSynthPart.LOADS in parts:
        _load_packages_meanwhile()


def _load_packages_meanwhile() -> None:
    try:
        from jsii._kernel.providers.process import ProcessProvider

        load_meanwhile(ProcessProvider)
    except (ImportError, AttributeError) as error:
        warn(f"node is waited for with each package, which is slow: {error}")


def chosen(text: str | None) -> frozenset[FastSynthPart]:
    """Return the parts that the variable's text names.

    Raises:
        UnknownPartError: It names something else.
    """
    if not text:
        return frozenset(FastSynthPart)
    names = [] if text == "0" else text.split(",")
    if unknown := [name for name in names if name not in list(FastSynthPart)]:
        raise UnknownPartError(f"`{SWITCH}` must be 0 or some of {','.join(FastSynthPart)}, got {unknown[0]!r}")
    return frozenset(map(FastSynthPart, names))


def with_node_hook(node_options: str, hook: Path) -> str:
    """Return `node_options` with the hook preloaded, quoted by node's rules: spaces need quotes, quotes a backslash."""
    escaped = str(hook).replace("\\", "\\\\").replace('"', '\\"')
    options = f'--require="{escaped}" {_LINKS}'
    return node_options if options in node_options else f"{node_options} {options}".lstrip()

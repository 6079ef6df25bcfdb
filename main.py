"""Synthesizes the deployment that `ENVIRONMENT_SUFFIX` names into Terraform JSON: what `cdktf synth` runs."""

import gc
import os
import shutil
import sys
from pathlib import Path

from dr_constructs import lazy_provider
from dr_constructs.function_package import FunctionPackageError, build_function_package
from dr_constructs.settings import Settings, SettingsError

ROOT = Path(__file__).resolve().parent


def stack_id(settings: Settings) -> str:
    """Return the stack's name: one an environment, so that each has its own local state and its own backend.

    With one name for all, deploying a second environment from the same checkout would destroy the first.
    """
    return f"payments-dr-{settings.environment_suffix}"


def _make_directory(outdir: str | None) -> None:
    """Make the directory that cdktf is told to write to: it makes the last one itself, and fails without its parents.

    Raises:
        SettingsError: It cannot be made.
    """
    try:
        if outdir:
            Path(outdir).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        message = f"`CDKTF_OUTDIR` must be a directory that can be made, got {outdir}: {error.strerror}"
        raise SettingsError(message) from error


def _require_node() -> None:
    """Make sure that jsii will find node.

    Raises:
        SettingsError: It is not there.
    """
    node = os.environ.get("JSII_NODE", "node")
    if shutil.which(node) is None:
        message = f"`{node}` must be on the PATH, in version 20 or newer: install it from https://nodejs.org/"
        raise SettingsError(message)


def main() -> int:
    """Synthesize; return 1 after a line for each setting that cannot be used."""
    try:
        settings = Settings.load(os.environ, ROOT)
        _require_node()
        _make_directory(os.environ.get("CDKTF_OUTDIR"))
        lazy_provider.activate()  # before anything imports cdktf
        from cdktf import App  # which starts node, and need not wait for it yet

        from dr_constructs.stack import PaymentsStack

        package = build_function_package(ROOT)
    except (SettingsError, FunctionPackageError) as error:
        print(error, file=sys.stderr)  # noqa: T201 — the command's answer
        return 1

    app = App()
    PaymentsStack(app, stack_id(settings), settings=settings, package=package)
    app.synth()
    return 0


if __name__ == "__main__":
    gc.disable()  # the process ends before there is garbage worth looking for
    sys.exit(main())

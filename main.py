"""Synthesizes the deployment that `ENVIRONMENT_SUFFIX` names into Terraform JSON: what `cdktf synth` runs."""

import os
import sys
from pathlib import Path

from contract.names import stack_name
from dr_constructs.function_package import NO_BYTE_CODE, FunctionPackageError, build_function_package
from dr_constructs.jsii_runtime import JsiiRuntimeError, NodeProbe, require_runtime, require_writable, use_package_cache
from dr_constructs.settings import Settings, SettingsError
from fast_synth.activation import UnknownPartError, activate

ROOT = Path(__file__).resolve().parent


def main() -> int:
    """Synthesize; return 1 after a line for each setting that cannot be used."""
    try:
        node = NodeProbe.start(os.environ)
        settings = Settings.load(os.environ, ROOT)
        node.require()
        require_runtime(os.environ)
        use_package_cache(os.environ, ROOT)
        if outdir := os.environ.get("CDKTF_OUTDIR"):  # cdktf makes the last directory itself, but not its parents
            require_writable(Path(outdir), "`CDKTF_OUTDIR`")
        activate()  # before anything imports cdktf
        from cdktf import App  # which starts node, and need not wait for it yet

        from dr_constructs.stack import PaymentsStack

        package = build_function_package(ROOT)
    except (SettingsError, UnknownPartError, JsiiRuntimeError, FunctionPackageError) as error:
        print(error, file=sys.stderr)  # noqa: T201 — the command's answer
        return 1
    if not package.has_byte_code:
        print(NO_BYTE_CODE, file=sys.stderr)  # noqa: T201 — nobody else would notice

    app = App()
    PaymentsStack(app, stack_name(settings.environment_suffix), settings=settings, package=package)
    app.synth()
    return 0


if __name__ == "__main__":
    sys.exit(main())

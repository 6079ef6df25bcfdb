"""`./run benchmarks.synth.many COUNT KIND`: the dev environment many times in one app, under other names.

KIND is `environments`, or `pairs of regions`, that a system over more than two would be made of.
"""

import sys
from pathlib import Path

from dr_constructs.function_package import build_function_package
from dr_constructs.settings import Settings
from fast_synth.activation import activate

ROOT = Path(__file__).resolve().parents[2]
PAIRS = (("us-east-1", "us-east-2"), ("us-east-1", "us-west-2"), ("us-east-1", "ca-central-1"))  # 2, 3, 4 regions


def main(count: int, kind: str) -> None:
    """Synthesize `count` environments, or pairs of regions, into CDKTF_OUTDIR."""
    settings = Settings.load({"ENVIRONMENT_SUFFIX": "dev"}, ROOT)
    package = build_function_package(ROOT)
    activate()
    from cdktf import App

    from dr_constructs.stack import PaymentsStack

    app = App()
    for number in range(count):
        primary, standby = PAIRS[number if kind == "pairs of regions" else 0]
        suffix = f"dev{number}"
        changed = {"environment_suffix": suffix, "primary_region": primary, "standby_region": standby}
        PaymentsStack(app, suffix, settings=settings.model_copy(update=changed), package=package)
    app.synth()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

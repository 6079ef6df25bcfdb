"""What is compared: this app with and without its fast start, `cdktf synth`, many environments."""

import json
import sys
from pathlib import Path

from benchmarks.measure import Contender
from fast_synth.activation import SWITCH, FastSynthPart
from sandbox.deployment import CDKTF, configure

ROOT = Path(__file__).resolve().parents[2]

FAST = "this app"
ORDINARY = "the same, imported the ordinary way"

_DEV = {"ENVIRONMENT_SUFFIX": "dev"}
_ORDINARY = {SWITCH: "0", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20"}


def app(out: Path) -> list[Contender]:
    """`python main.py`, fast and ordinary."""
    out.mkdir(parents=True, exist_ok=True)
    return [
        Contender(
            name=name,
            arguments=[sys.executable, "main.py"],
            directory=ROOT,
            environment={**_DEV, **variables, "CDKTF_OUTDIR": str(out / name)},
        )
        for name, variables in ((FAST, {}), (ORDINARY, _ORDINARY))
    ]


def parts(out: Path) -> list[Contender]:
    """`python main.py` with every part of the fast synth, and without each."""
    out.mkdir(parents=True, exist_ok=True)
    left = {f"without {part}": ",".join(each for each in FastSynthPart if each is not part) for part in FastSynthPart}
    return [
        Contender(
            name=name,
            arguments=[sys.executable, "main.py"],
            directory=ROOT,
            environment={**_DEV, SWITCH: used, "CDKTF_OUTDIR": str(out / name)},
        )
        for name, used in ({FAST: ",".join(FastSynthPart)} | left).items()
    ]


def cdktf(directory: Path) -> list[Contender]:
    """`cdktf synth` as a whole, fast and ordinary."""
    commands = []
    for name, variables in ((FAST, {}), (ORDINARY, _ORDINARY)):
        run_in = directory / name
        configure(run_in, "benchmark")
        commands.append(
            Contender(
                name=name,
                arguments=[str(CDKTF), "synth"],
                directory=run_in,
                environment={**_DEV, **variables, "CHECKPOINT_DISABLE": "1", "CI": "1"},
            )
        )
    return commands


def many(count: int, kind: str, out: Path) -> Contender:
    """Many environments, or pairs of regions, in one run of the app."""
    name = f"{count} {kind}"
    out.mkdir(parents=True, exist_ok=True)  # cdktf makes the last directory only
    return Contender(
        name=name,
        arguments=[sys.executable, "-m", "benchmarks.synth.many", str(count), kind],
        directory=ROOT,
        environment={"CDKTF_OUTDIR": str(out / name)},
    )


def synthesized(directory: Path) -> tuple[int, int]:
    """Return the bytes and the resources of what an app wrote, Terraform's or CloudFormation's."""
    size = resources = 0
    for path in [*directory.rglob("cdk.tf.json"), *directory.rglob("*.template.json")]:
        content = json.loads(path.read_text())
        size += path.stat().st_size
        resources += len(content.get("Resources", {}))
        resources += sum(len(each) for each in content.get("resource", {}).values())
    return size, resources

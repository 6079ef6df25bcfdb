"""What is compared: this app with and without its fast start, `cdktf synth`, an AWS CDK app, many environments."""

import json
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from benchmarks.measure import Contender
from fast_synth.activation import SWITCH, FastSynthPart
from sandbox.deployment import CDKTF, configure

ROOT = Path(__file__).resolve().parents[2]
CDK = ROOT / "benchmarks" / "aws_cdk"
CDK_ENVIRONMENT = ROOT / "build" / "aws-cdk"

FAST = "this app"
ORDINARY = "the same, imported the ordinary way"
AWS_CDK = "AWS CDK"

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


def aws_cdk(out: Path) -> Contender:
    """The AWS CDK app, in an environment of its own that is made on first use."""
    python = CDK_ENVIRONMENT / "bin" / "python"
    stamp = CDK_ENVIRONMENT / "requirements.txt"
    requirements = CDK / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != requirements.read_text():
        venv.create(CDK_ENVIRONMENT, clear=True, with_pip=True)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        subprocess.run([*install, str(requirements)], check=True)
        shutil.copy(requirements, stamp)
    return Contender(
        name=AWS_CDK,
        arguments=[str(python), "app.py"],
        directory=CDK,
        environment={**_ORDINARY, "CDK_OUTDIR": str(out / AWS_CDK), "PYTHONDONTWRITEBYTECODE": ""},
    )


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

"""`make continuity`: ports a copy of the project to CDK Terrain, CDKTF's successor, and compares the JSON.

The port renames two packages. The copy runs in an environment of its own, with the functions' dependencies as locked.
For every shipped environment the JSON must be the same except for versions and the provider's source, and Terraform
must accept it. CDK Terrain's bindings are for AWS provider 6, so this covers that upgrade, too.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "continuity"
COPIED = (
    "main.py",
    "contract",
    "dr_constructs",
    "fast_synth",
    "handlers",
    "operations",
    "environments",
    "Pipfile.lock",
)
ENVIRONMENTS = sorted(path.stem for path in (ROOT / "environments").glob("*.toml"))
RENAMES = (
    ("cdktf_cdktf_provider_aws", "cdktn_provider_aws"),
    ("@cdktf/provider-aws", "@cdktn/provider-aws"),
    ('"@cdktf", "provider-aws"', '"@cdktn", "provider-aws"'),
)
_MODULE = re.compile(r"\b(from|import) cdktf\b(?!_)")

NOT_IN_PROVIDER_6 = {("aws_api_gateway_account", "reset_on_delete")}
"""Arguments that provider 6 has no more, since it always does what they ask for."""

CONTEXT = json.dumps({"targetVersions": {"terraform": ">=1.11.0"}})
"""What the successor's `cdktf.json` says of Terraform, whose write-only arguments it else refuses; CDKTF ignores it."""

console = Console(highlight=False)


class ContinuityError(Exception):
    """The port fails; the one-line text says where."""


def main() -> int:
    """Port, synthesize, compare and validate; return 1 if anything differs that must not."""
    try:
        with console.status("Installing the successor in an environment of its own"):
            python = _environment()
        moved = _copy()
        table = Table("environment", "resources", "JSON", "terraform validate", title="CDK Terrain beside CDKTF")
        for name in ENVIRONMENTS:
            with console.status(f"Synthesizing {name} with both"):
                ours = _synthesize(Path(sys.executable), ROOT, name)
                theirs = _synthesize(python, moved, name)
            differences = list(compare(neutral(_read(ours)), neutral(_read(theirs))))
            if differences:
                listed = "".join(f"\n  {difference}" for difference in differences)
                console.print(f"continuity: {name} differs:{listed}", markup=False, style="red")
                return 1
            with console.status(f"Validating {name}"):
                _validate(theirs, _read(ours)["terraform"]["required_providers"])
            count = sum(map(len, _read(theirs)["resource"].values()))
            table.add_row(name, str(count), "the same", "valid")
    except (ContinuityError, OSError, subprocess.CalledProcessError) as error:
        console.print(f"continuity: {error}", markup=False, style="red")
        return 1
    console.print(table)
    return 0


def neutral(document: dict[str, Any]) -> dict[str, Any]:
    """Return what Terraform acts on: the JSON without versions, the provider's source, and cdktf's own comments."""
    providers: dict[str, Any] = {name: {} for name in document["terraform"]["required_providers"]}
    terraform = {**document["terraform"], "required_providers": providers}
    kept: dict[str, Any] = _without_comments({**document, "terraform": terraform})
    for kind, argument in NOT_IN_PROVIDER_6:
        for resource in kept["resource"].get(kind, {}).values():
            resource.pop(argument, None)
    return kept


def compare(ours: Any, theirs: Any, path: str = "") -> Iterator[str]:  # noqa: ANN401 — JSON
    """Yield where two documents differ, with both values."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from compare(ours.get(key), theirs.get(key), f"{path}.{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for position, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from compare(one, other, f"{path}[{position}]")
    elif ours != theirs:
        yield f"{path}: {ours!r} became {theirs!r}"


def moved_source(text: str) -> str:
    """Return a source file with the two packages renamed."""
    for old, new in RENAMES:
        text = text.replace(old, new)
    return _MODULE.sub(r"\1 cdktn", text)


def _without_comments(node: Any) -> Any:  # noqa: ANN401 — JSON
    if isinstance(node, dict):
        return {key: _without_comments(value) for key, value in node.items() if key != "//"}
    return [_without_comments(each) for each in node] if isinstance(node, list) else node


def _environment() -> Path:
    python = WORK / "venv" / "bin" / "python"
    wanted = _requirements()
    stamp = WORK / "requirements.txt"
    if not (python.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted):
        shutil.rmtree(WORK, ignore_errors=True)
        WORK.mkdir(parents=True)
        subprocess.run([sys.executable, "-m", "venv", str(WORK / "venv")], check=True)
        listed = WORK / "requirements.unfinished"
        listed.write_text(wanted, encoding="utf-8")
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(listed)]
        subprocess.run(pip, check=True)
        listed.rename(stamp)
    return python


def _requirements() -> str:
    """Return CDK Terrain's packages, and the locked versions of what the functions' zip and the settings need."""
    successor = (ROOT / "scripts" / "continuity-requirements.txt").read_text(encoding="utf-8")
    locked = json.loads((ROOT / "Pipfile.lock").read_text(encoding="utf-8"))["default"]
    needed = ("aws-lambda-powertools", "botocore", "jmespath", "pydantic", "python-dateutil", "six")
    pinned = [f"{name}{locked[name]['version']}" for name in (*needed, "typing-extensions", "urllib3")]
    return successor + "\n".join(pinned) + "\n"


def _copy() -> Path:
    """Copy the code that synthesizes to a directory as deep as this one, and rename the packages."""
    target = WORK / "project"
    shutil.rmtree(target, ignore_errors=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target / name)
    for path in [
        target / "main.py",
        *(target / "dr_constructs").rglob("*.py"),
        *(target / "fast_synth").glob("*.[pj][ys]"),
    ]:
        path.write_text(moved_source(path.read_text(encoding="utf-8")), encoding="utf-8")
    return target


def _synthesize(python: Path, project: Path, environment: str) -> Path:
    """Run `main.py` in the directory that the local backend's path needs; return the stack's directory."""
    outdir = WORK / "out" / project.name / environment
    shutil.rmtree(outdir, ignore_errors=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("DR_", "CDKTF_"))}
    variables = {"ENVIRONMENT_SUFFIX": environment, "CDKTF_OUTDIR": str(outdir), "CDKTF_CONTEXT_JSON": CONTEXT}
    command = [str(python), str(project / "main.py")]
    ended = subprocess.run(command, cwd=WORK, env={**kept, **variables}, capture_output=True, text=True, check=False)
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or ["it said nothing"]
        raise ContinuityError(f"{project.name}, {environment}: synth failed: {lines[-1]}")
    return next((outdir / "stacks").iterdir())


def _read(stack: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((stack / "cdk.tf.json").read_text(encoding="utf-8"))
    return document


def _validate(stack: Path, providers: dict[str, Any]) -> None:
    """Validate CDK Terrain's JSON with the provider that this project deploys with.

    Raises:
        ContinuityError: Terraform rejects it.
    """
    document = _read(stack)
    document["terraform"]["required_providers"] = providers
    document["terraform"].pop("backend", None)
    (stack / "cdk.tf.json").write_text(json.dumps(document), encoding="utf-8")
    for arguments in (["init", "-backend=false", "-input=false", "-no-color"], ["validate", "-no-color"]):
        ended = subprocess.run(
            ["terraform", f"-chdir={stack}", *arguments],
            capture_output=True,
            text=True,
            check=False,
        )
        if ended.returncode:
            lines = (ended.stderr or ended.stdout).strip().splitlines()
            raise ContinuityError(f"terraform {arguments[0]} failed: {' '.join(lines[:4])}")


if __name__ == "__main__":
    sys.exit(main())

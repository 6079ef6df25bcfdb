"""`terraform plan` of the synthesized stack against an emulator: its time, and the processes it starts."""

import statistics
from pathlib import Path

from rich.table import Table

from benchmarks.measure import Contender, interleave
from benchmarks.synth.commands import app
from emulator.running import running
from sandbox.deployment import Deployment

_PROVIDER = "terraform-provi"  # the kernel keeps 15 characters of a process's name


def plan_table(out: Path, *, runs: int) -> Table:
    """Plan the dev environment from nothing, and return the figures."""
    with running() as emulator:
        deployment = Deployment(emulator, out, {})
        variables = deployment.environment
        synth, _ = app(out)
        stack = Path(synth.environment["CDKTF_OUTDIR"]) / "stacks" / deployment.stack
        prepare = Contender(name="init", arguments=["terraform", "init", "-input=false"], directory=stack)
        plan = Contender(
            name="terraform plan",
            arguments=["terraform", "plan", "-input=false", "-lock=false"],
            directory=stack,
            environment=variables,
        )
        interleave([Contender(**{**vars(synth), "environment": {**synth.environment, **variables}})], runs=1, warm_up=0)
        interleave([prepare], runs=1, warm_up=0)
        taken = interleave([plan], runs=runs)[plan.name]
    table = Table(title=f"`terraform plan` from nothing, against an emulator (median of {runs} runs)")
    for heading in ("wall", "CPU", "peak memory", "provider processes"):
        table.add_column(heading, justify="right")
    table.add_row(
        f"{statistics.median(each.wall for each in taken):.1f} s",
        f"{statistics.median(each.cpu for each in taken):.1f} s",
        f"{statistics.median(each.memory for each in taken) / 1e6:.0f} MB",
        str(max(each.processes.get(_PROVIDER, 0) for each in taken)),
    )
    return table

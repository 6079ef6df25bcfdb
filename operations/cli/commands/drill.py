"""`dr drill list`, `run` and `show`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.options import Format, OutputFormat
from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

ScenarioArgument = Annotated[str, typer.Argument(help="A scenario's name, or the path of a TOML file.")]
EvidenceOption = Annotated[Path, typer.Option("--evidence", help="Where drills leave their folders.")]
Templates = Annotated[
    list[str] | None,
    typer.Option(
        "--fis-template", help="On AWS: the experiment template for a fault, as <fault's id>=EXT… (repeat it)."
    ),
]

_drill = typer.Typer(no_args_is_help=True, help="Game days: measure the recovery, leave evidence.")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    _drill.command("list", epilog="Example: dr drill list")(list_scenarios)
    _drill.command(epilog="Example: dr drill run region-loss --evidence evidence")(run)
    _drill.command(epilog="Example: dr drill show evidence/20260131T120000-region-loss")(show)
    app.add_typer(_drill, name="drill")


def list_scenarios(*, output: Format = OutputFormat.TEXT) -> int:
    """List the scenarios that come with the project."""
    from operations.cli import drill

    return drill.list_scenarios(output)


@with_session
def run(
    session: "Session",
    scenario: ScenarioArgument,
    *,
    evidence: EvidenceOption = Path("evidence"),
    fis_template: Templates = None,
) -> int:
    """Run a drill: steady state, fault, observation, roll back, verdict. It pays, with your credentials."""
    from operations.cli import drill

    return drill.run(session, scenario, evidence=evidence, fis_template=fis_template or [])


def show(
    directory: Annotated[Path, typer.Argument(help="The folder that a drill has left.")],
    *,
    output: Format = OutputFormat.TEXT,
) -> int:
    """Verify the digests of a drill's evidence, judge its events again and print the verdict."""
    from operations.cli import drill

    return drill.show(directory, output)

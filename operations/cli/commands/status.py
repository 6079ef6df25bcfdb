"""`dr` and `dr status`."""

from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session

if TYPE_CHECKING:
    from operations.cli.session import Session

Brief = Annotated[bool, typer.Option("--brief", "-b", help="Show one line: the verdict.")]
Watch = Annotated[bool, typer.Option("--watch", "-w", help="Look again every two seconds, until Ctrl-C.")]
ExitCode = Annotated[
    bool, typer.Option("--exit-code", help="End with 3, 4 or 5 when not all is well; `dr --help` has the table.")
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command(epilog="Example: dr status --brief --exit-code")(status)
    app.command(hidden=True)(verdict)


@with_session
def status(session: "Session", *, brief: Brief = False, watch: Watch = False, exit_code: ExitCode = False) -> int:
    """Show who takes payments, the risk and the next command; then health, tickers, DNS, replication, queues, alarms.

    What cannot be read is shown as unknown, with the reason. The exit status is 0 whatever it says, and 1 when it is
    unknown who takes payments; with --exit-code it is the verdict's.
    """
    from operations.cli.status import Detail, show_status

    return show_status(session, Detail.LINE if brief else Detail.ALL, watch=watch, exit_code=exit_code)


@with_session
def verdict(session: "Session", *, watch: Watch = False, exit_code: ExitCode = False) -> int:
    """Show who takes payments, what is at risk, and the next command; `dr` alone does that."""
    from operations.cli.status import Detail, show_status

    return show_status(session, Detail.VERDICT, watch=watch, exit_code=exit_code)

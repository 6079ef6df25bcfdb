"""`dr restore plan`, `status`, `agree`, `repair`, `resume` and `finish`."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.with_session import with_session
from operations.role_names import RESTORE_ROLE

if TYPE_CHECKING:
    from operations.cli.session import Session

SETTLE_SECONDS = 120.0

To = Annotated[
    str | None, typer.Option(help="The last moment at which the payments were right, to the second, in UTC.")
]
FromExport = Annotated[
    str | None,
    typer.Option(help="Compare with the newest export instead: a directory or s3://bucket/prefix."),
]
Settle = Annotated[
    float, typer.Option(min=0, max=3600, help="Seconds that logs are given after the replicas were read.")
]
Digest = Annotated[str, typer.Option(help="The proposal's digest, at least its first 12 digits.")]
Rate = Annotated[float, typer.Option(min=0.1, max=1000, help="Repairs a second, at most.")]
Abandon = Annotated[bool, typer.Option("--abandon", help="Remove the side table without comparing again.")]
JournalsOption = Annotated[
    Path | None,
    typer.Option("--journals", envvar="DR_JOURNALS", help="Where restores are kept, beside the journals of moves."),
]

_restore = typer.Typer(
    no_args_is_help=True,
    help="Put payments right that something changed, removed or made up since a moment, while payments go on.",
)
_with_session = partial(with_session, site_role=RESTORE_ROLE)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for command, example in _EXAMPLES.items():
        name = command.__name__
        _restore.command(name, epilog=f"Example: dr restore {name} {example}".rstrip())(command)
    app.add_typer(_restore, name="restore")


@_with_session
def plan(
    session: "Session",
    *,
    to: To = None,
    from_export: FromExport = None,
    settle: Settle = SETTLE_SECONDS,
    journals: JournalsOption = None,
) -> int:
    """Restore to a side table, compare it with the replicas, the logs and the access logs, and show what to repair.

    The exit status is 0 when nothing is wrong, 1 when there is something to repair, 3 when people must decide or
    something could not be read.
    """
    from operations.cli import restore

    return restore.plan(session, to=to, from_export=from_export, settle=settle, journals=journals)


@_with_session
def status(session: "Session", *, journals: JournalsOption = None) -> int:
    """Show how far the latest restore has come, and the next command."""
    from operations.cli import restore

    return restore.status(session, journals=journals)


@_with_session
def agree(session: "Session", *, digest: Digest, journals: JournalsOption = None) -> int:
    """Agree to a proposal that somebody else has made."""
    from operations.cli import restore

    return restore.agree(session, digest=digest, journals=journals)


@_with_session
def repair(session: "Session", *, digest: Digest, rate: Rate = 100.0, journals: JournalsOption = None) -> int:
    """Carry the proposal out, payment by payment, where nothing has changed since; asks one person for the digest."""
    from operations.cli import restore_repair

    return restore_repair.repair(session, digest=digest, rate=rate, journals=journals)


@_with_session
def resume(session: "Session", *, rate: Rate = 100.0, journals: JournalsOption = None) -> int:
    """Go on with a plan or with repairs that were interrupted."""
    from operations.cli import restore_repair

    return restore_repair.resume(session, rate=rate, journals=journals)


@_with_session
def finish(
    session: "Session",
    *,
    settle: Settle = SETTLE_SECONDS,
    abandon: Abandon = False,
    journals: JournalsOption = None,
) -> int:
    """Compare again, and remove the side table when nothing is left to repair."""
    from operations.cli import restore_repair

    return restore_repair.finish(session, settle=settle, abandon=abandon, journals=journals)


_EXAMPLES = {
    plan: "--to 2026-01-31T12:00:00Z",
    status: "",
    agree: "--digest 0123456789ab",
    repair: "--digest 0123456789ab",
    resume: "",
    finish: "",
}

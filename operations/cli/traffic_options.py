"""The options of every command that moves traffic."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from operations.cli.journal_directory import journal_directory
from operations.errors import UsageError

if TYPE_CHECKING:
    from operations.execution.move import Course


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The options of a move, beyond the session's."""

    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and change nothing.")] = False
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted one.")] = False
    roll_back: Annotated[bool, typer.Option("--roll-back", help="Undo the closing of an interrupted one.")] = False
    force: Annotated[
        bool, typer.Option("--force", help="Open a region that is not fit, or end what another operator began.")
    ] = False
    pay: Annotated[
        bool, typer.Option("--pay", help="Pay 0.01 with your own credentials, to see the first payment.")
    ] = False
    reason: Annotated[str | None, typer.Option(help="The reason, recorded in the writer item.")] = None
    journals: Annotated[
        Path | None,
        typer.Option("--journals", envvar="DR_JOURNALS", help="Where journals are kept: ~/.local/state/payments-dr."),
    ] = None

    @property
    def course(self) -> "Course":
        """Whether to begin, resume or roll back.

        Raises:
            UsageError: More than one is chosen.
        """
        from operations.execution.move import Course

        if self.resume and self.roll_back:
            raise UsageError("only one of --resume and --roll-back may be given")
        if self.resume:
            return Course.RESUME
        return Course.ROLL_BACK if self.roll_back else Course.BEGIN

    @property
    def journal_directory(self) -> Path:
        """The directory of the journals."""
        return journal_directory(self.journals)

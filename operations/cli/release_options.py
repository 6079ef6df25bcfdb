"""The options of the commands that release."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from contract.releases import DEFAULT_BAKE_SECONDS, SHARES
from operations.cli.journal_directory import journal_directory

_DEFAULT_BAKE = f"{DEFAULT_BAKE_SECONDS // 60}m"
_DEFAULT_SHARES = ",".join(f"{share * 100:g}" for share in SHARES)


@dataclass(frozen=True, kw_only=True)
class BakeWishes:
    """How a release goes, and where its record is kept."""

    bake: Annotated[str, typer.Option("--bake", help="How long each share is watched, such as 10m.")] = _DEFAULT_BAKE
    shares: Annotated[
        str, typer.Option("--shares", help="The serving region's shares before all of it, in percent.")
    ] = _DEFAULT_SHARES
    journals: Annotated[
        Path | None,
        typer.Option("--journals", envvar="DR_JOURNALS", help="Where records are kept: ~/.local/state/payments-dr."),
    ] = None

    @property
    def record_directory(self) -> Path:
        """Where records are kept."""
        return journal_directory(self.journals)


@dataclass(frozen=True, kw_only=True)
class StartWishes:
    """What is released."""

    version: Annotated[
        list[str] | None,
        typer.Option("--version", help="Another version than the newest, as FUNCTION=N (repeat it)."),
    ] = None
    api: Annotated[bool, typer.Option("--api", help="Go on without new versions, for the API's definition alone.")] = (
        False
    )

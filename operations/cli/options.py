"""The options that all commands share."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from operations.assumed_role import SITE_ROLE
from operations.cli.operator_name import Operator

DEFAULT_SUFFIX = "dev"
"""The deployment that is meant where none is named."""


class OutputFormat(StrEnum):
    """The format of results on standard output."""

    TEXT = "text"
    JSON = "json"


Environment = Annotated[
    str, typer.Option("--environment", "-e", envvar="ENVIRONMENT_SUFFIX", help="The suffix of the deployment.")
]
Outputs = Annotated[
    Path | None,
    typer.Option(
        "--outputs",
        envvar="DR_OUTPUTS",
        help="The stack's outputs: cdktf's outputs file or `terraform output -json`. Without it they are read from "
        "Terraform's state, or else from the standby's or the primary's parameters.",
    ),
]
RoleOption = Annotated[
    str | None,
    typer.Option(
        "--role",
        envvar="DR_ROLE",
        help=f"Assume this role: an ARN, or `{SITE_ROLE}` for the site's own, to operate, to release or to restore.",
    ),
]
Region = Annotated[str | None, typer.Option(envvar="DR_STANDBY_REGION", help="Where to look for parameters first.")]
Format = Annotated[OutputFormat, typer.Option("--output", "-o", help="How to write the result.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before acting.")]


@dataclass(frozen=True, kw_only=True)
class SessionOptions:
    """The options of every command that opens a session."""

    environment: Environment = DEFAULT_SUFFIX
    outputs: Outputs = None
    role: RoleOption = None
    operator: Operator = None
    standby_region: Region = None
    output: Format = OutputFormat.TEXT
    yes: Yes = False

"""The options that all commands share, and the session that they open."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate

import typer

from operations.assumed_role import SITE_ROLE
from operations.cli.operator_name import Operator

if TYPE_CHECKING:
    from operations.cli.session import Session

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
        help=f"Assume this role: an ARN, or `{SITE_ROLE}` for the site's own, to operate or to release.",
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


_SHARED = inspect.signature(SessionOptions).parameters.values()


def with_session(command: Callable[Concatenate["Session", ...], int], *, releases: bool = False) -> Callable[..., int]:
    """Add the session's options to a command's own, and pass the session as its first argument.

    With `releases`, `--role site` means the release role. A dataclass parameter of the command is expanded into one
    option per field.
    """
    signature = inspect.signature(command)
    own = list(signature.parameters.values())[1:]
    groups: dict[str, Any] = {each.name: each.annotation for each in own if is_dataclass(each.annotation)}

    @functools.wraps(command)
    def run(**given: Any) -> int:  # noqa: ANN401 — typer passes keywords only
        from operations.cli import session as sessions

        options = SessionOptions(**{each.name: given.pop(each.name) for each in _SHARED})
        session = sessions.open_session(options, releases=releases)
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        with sessions.typed_errors(session):
            return command(session, **given)

    own_options = [
        option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in own
        for option in (inspect.signature(groups[each.name]).parameters.values() if each.name in groups else (each,))
    ]
    parameters = [*own_options, *_SHARED]
    command_line: Any = run
    command_line.__signature__ = signature.replace(parameters=parameters)  # typer reads this
    command_line.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    made: Callable[..., int] = command_line
    return made

"""What every command takes, in one place, and what it gets for it: an opened session."""

import functools
import inspect
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, is_dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Concatenate

import typer
from botocore.credentials import Credentials
from rich.console import Console

from operations.aws import Aws
from operations.checkout import ROOT
from operations.cli.operator_name import Operator, operator_name
from operations.clock import Clock, ScaledClock
from operations.errors import OperatorCancelledError, UsageError
from operations.rights import SITE_ROLE, Rights
from operations.site import Role, Site
from operations.site_source import configured_regions, load_site
from operations.surroundings import Surroundings

_WIDTH = 120
"""Of what is written to a file or a pipe, which have none."""


DEFAULT_SUFFIX = "dev"
"""The deployment that is meant where none is named."""

_NOBODY = "--yes must be given where nobody can be asked: standard input is no terminal"


class Output(StrEnum):
    """How results are written to standard output."""

    TEXT = "text"
    JSON = "json"


@contextmanager
def asking() -> Iterator[None]:
    """Ask within the block.

    Raises:
        OperatorCancelledError: Ctrl-C was the answer.
        UsageError: Nobody can be asked.
    """
    try:
        yield
    except typer.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise OperatorCancelledError from None
        raise UsageError(_NOBODY) from None
    except (EOFError, OSError):  # the last one where the terminal is gone
        raise UsageError(_NOBODY) from None


@dataclass(frozen=True)
class Session:
    """What a command works with."""

    site: Site
    aws: Aws
    clock: Clock
    surroundings: Surroundings
    output: Output
    yes: bool
    outputs: Path | None = None
    """Where the stack's outputs are, as `--outputs` names it."""
    role: str | None = None
    """The role that was assumed, as `--role` names it; None has the caller's own rights."""
    operator: str | None = None
    """Who acts; None where nobody is named."""
    payer: Credentials | None = None
    """The caller's own rights, with which payments are made; None leaves them unsigned."""

    @property
    def by(self) -> str:
        """Who acts, for what must name somebody.

        Raises:
            UsageError: Nobody is named.
        """
        if self.operator is None:
            raise UsageError("DR_OPERATOR must say who acts: this machine has no name for its user")
        return self.operator

    @property
    def label(self) -> str:
        """Say what results come from: nobody may take an emulator's for AWS's."""
        if not self.surroundings.is_emulator:
            return "AWS"
        return f"emulator, time scale {self.surroundings.time_scale:g}"

    @property
    def console(self) -> Console:
        """Where people read: standard error when standard output carries JSON."""
        stream = sys.stderr if self.output is Output.JSON else sys.stdout
        return Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDTH)

    def confirm(self, question: str) -> bool:
        """Ask whether to go on; `--yes` has answered already.

        Raises:
            UsageError: Nobody can be asked.
        """
        if self.yes:
            return True
        with asking():
            return typer.confirm(question, err=True)


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
        "--role", envvar="DR_ROLE", help=f"Assume this role: an ARN, or `{SITE_ROLE}` for the site's operations role."
    ),
]
Region = Annotated[str | None, typer.Option(envvar="DR_STANDBY_REGION", help="Where to look for parameters first.")]
Format = Annotated[Output, typer.Option("--output", "-o", help="How to write the result.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask before acting.")]


def open_session(
    *,
    environment: Environment = DEFAULT_SUFFIX,
    outputs: Outputs = None,
    role: RoleOption = None,
    operator: Operator = None,
    standby_region: Region = None,
    output: Format = Output.TEXT,
    yes: Yes = False,
) -> Session:
    """Find the surroundings, the site and the rights.

    Raises:
        OperationError: One of them is missing; the text is one line.
    """
    surroundings = Surroundings.read(os.environ)
    regions = configured_regions(ROOT, environment)
    regions[Role.STANDBY] = standby_region or regions[Role.STANDBY]
    in_turn = regions[Role.STANDBY], regions[Role.PRIMARY]
    own = Aws.own(*in_turn)
    surroundings.require_one_side(own.client("dynamodb", regions[Role.STANDBY]).meta.endpoint_url)
    name = operator_name(operator)
    rights = Rights(own, role, environment=environment, regions=in_turn, operator=name)
    site = load_site(environment, outputs=outputs, rights=rights.to_find_site, regions=regions, root=ROOT)
    return Session(
        site=site,
        aws=rights.to_operate(site),
        clock=ScaledClock(surroundings.time_scale),
        surroundings=surroundings,
        output=output,
        yes=yes,
        outputs=outputs,
        role=role,
        operator=name,
        payer=own.credentials,
    )


_SHARED = inspect.signature(open_session).parameters.values()


def with_session(command: Callable[Concatenate[Session, ...], int]) -> Callable[..., int]:
    """Add the options of a session to a command's own, and hand the session in as its first argument.

    A parameter of the command that is a dataclass stands for the options that its fields are.
    """
    signature = inspect.signature(command, eval_str=True)
    own = list(signature.parameters.values())[1:]
    groups: dict[str, Any] = {each.name: each.annotation for each in own if is_dataclass(each.annotation)}

    @functools.wraps(command)
    def run(**given: Any) -> int:  # noqa: ANN401 — typer passes keywords only
        session = open_session(**{each.name: given.pop(each.name) for each in _SHARED})
        for name, group in groups.items():
            given[name] = group(**{each.name: given.pop(each.name) for each in fields(group)})
        return command(session, **given)

    options = [
        option.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for each in own
        for option in (inspect.signature(groups[each.name]).parameters.values() if each.name in groups else (each,))
    ]
    parameters = [*options, *_SHARED]
    command_line: Any = run
    command_line.__signature__ = signature.replace(parameters=parameters)  # what typer reads
    command_line.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    made: Callable[..., int] = command_line
    return made

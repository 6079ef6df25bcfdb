"""A command's session: the site, the credentials and the endpoints that its options select."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import typer
from botocore.credentials import Credentials
from rich.console import Console

from contract.roles import Role
from operations.announcing import OperatorEvents
from operations.assumed_role import Rights
from operations.aws import Aws
from operations.checkout import ROOT
from operations.cli.operator_name import operator_name
from operations.cli.options import DEFAULT_SUFFIX, OutputFormat, SessionOptions
from operations.clock import OperationsClock, ScaledOperationsClock
from operations.endpoints import EndpointSettings
from operations.errors import OperationError, OperatorCancelledError, UsageError
from operations.role_names import OPERATIONS_ROLE
from operations.site import Site
from operations.site_source import configured_regions, load_site
from operations.typed_commands import typed_text

_WIDTH = 120
"""Of what is written to a file or a pipe, which have none."""


_NOBODY = "--yes must be given where nobody can be asked: standard input is not a terminal"


@contextmanager
def asking() -> Iterator[None]:
    """Turn a failed prompt within the block into one error.

    Raises:
        OperatorCancelledError: The operator pressed Ctrl-C.
        UsageError: There is no terminal to ask at.
    """
    try:
        yield
    except typer.Abort as error:
        if isinstance(error.__context__, KeyboardInterrupt):
            raise OperatorCancelledError from None
        raise UsageError(_NOBODY) from None
    except (EOFError, OSError):  # OSError when the terminal is lost
        raise UsageError(_NOBODY) from None


@dataclass(frozen=True)
class Session:
    """The site, the credentials and the endpoints of one command."""

    site: Site
    aws: Aws
    clock: OperationsClock
    surroundings: EndpointSettings
    output: OutputFormat
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
        """The operator's name, where one is required.

        Raises:
            UsageError: No name is known.
        """
        if self.operator is None:
            raise UsageError("DR_OPERATOR must say who acts: this machine has no name for its user")
        return self.operator

    @property
    def label(self) -> str:
        """The label of results, so that an emulator's are not mistaken for AWS's."""
        if not self.surroundings.is_emulator:
            return "AWS"
        return f"emulator, time scale {self.surroundings.time_scale:g}"

    @cached_property
    def events(self) -> OperatorEvents:
        """The events of this command."""
        return OperatorEvents(
            self.aws,
            self.clock,
            environment=self.site.suffix,
            by=self.operator or "",
            regions=[region.name for region in self.site.regions.values()],
        )

    @property
    def given_options(self) -> list[str]:
        """The options that select the deployment, names and values in turn, except those set by the environment."""
        shell = os.environ
        ambient = shell.get("ENVIRONMENT_SUFFIX") or DEFAULT_SUFFIX, shell.get("DR_ROLE"), shell.get("DR_OUTPUTS")
        given = self.site.suffix, self.role, str(self.outputs or "")
        names = "--environment", "--role", "--outputs"
        return [
            word
            for name, value, stands in zip(names, given, ambient, strict=True)
            if value and value != stands
            for word in (name, value)
        ]

    def typed(self, text: str) -> str:
        """Return a text in which `dr` commands have the options that select this session's deployment."""
        return typed_text(text, self.given_options)

    @property
    def console(self) -> Console:
        """The console for people: standard error when standard output carries JSON."""
        stream = sys.stderr if self.output is OutputFormat.JSON else sys.stdout
        return Console(file=stream, highlight=False, width=None if stream.isatty() else _WIDTH)

    def confirm(self, question: str) -> bool:
        """Ask whether to go on, unless `--yes` is given.

        Raises:
            UsageError: There is no terminal to ask at.
        """
        if self.yes:
            return True
        with asking():
            return typer.confirm(question, err=True)


def open_session(given: SessionOptions, *, site_role: str = OPERATIONS_ROLE) -> Session:
    """Find the endpoints, the site and the credentials; `--role site` means the role of this name.

    Raises:
        OperationError: One of them is missing; the text is one line.
    """
    surroundings = EndpointSettings.read(os.environ)
    regions = configured_regions(ROOT, given.environment)
    regions[Role.STANDBY] = given.standby_region or regions[Role.STANDBY]
    in_turn = regions[Role.STANDBY], regions[Role.PRIMARY]
    own = Aws.own(*in_turn)
    surroundings.require_one_side(own.client("dynamodb", regions[Role.STANDBY]).meta.endpoint_url)
    name = operator_name(given.operator)
    rights = Rights(own, given.role, environment=given.environment, regions=in_turn, operator=name, site_role=site_role)
    site = load_site(given.environment, outputs=given.outputs, rights=rights.to_find_site, regions=regions, root=ROOT)
    return Session(
        site=site,
        aws=rights.to_operate(site),
        clock=ScaledOperationsClock(surroundings.time_scale),
        surroundings=surroundings,
        output=given.output,
        yes=given.yes,
        outputs=given.outputs,
        role=given.role,
        operator=name,
        payer=own.credentials,
    )


@contextmanager
def typed_errors(session: Session) -> Iterator[None]:
    """Add the options that select the deployment to the commands in an error's text."""
    try:
        yield
    except OperationError as error:
        text = str(error)
        if (typed := session.typed(text)) != text:
            error.args = (typed,)
        raise

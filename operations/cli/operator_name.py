"""Who acts, as the writer item, journals, audit trails and CloudTrail tell."""

import getpass
from typing import Annotated

import typer

Operator = Annotated[
    str | None,
    typer.Option("--operator", envvar="DR_OPERATOR", help="Who acts; by default your name on this machine."),
]


def operator_name(given: str | None) -> str | None:
    """Return who acts; None where nobody is named and the machine, a container, has no name for its user."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python 3.13 raises the latter
        return None

"""The operator's name for the writer item, journals, audit trails and CloudTrail."""

import getpass
from typing import Annotated

import typer

Operator = Annotated[
    str | None,
    typer.Option("--operator", envvar="DR_OPERATOR", help="Who acts; by default your name on this machine."),
]


def operator_name(given: str | None) -> str | None:
    """Return the operator's name; None if none is given and the machine (a container, say) has no user name."""
    if given:
        return given
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # Python 3.13 raises OSError
        return None

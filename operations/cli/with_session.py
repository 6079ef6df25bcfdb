"""Gives a command the options that all commands share, and the session that they open."""

import functools
import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, Concatenate

from operations.cli.options import SessionOptions
from operations.role_names import OPERATIONS_ROLE

if TYPE_CHECKING:
    from operations.cli.session import Session

_SHARED = inspect.signature(SessionOptions).parameters.values()


def with_session(
    command: Callable[Concatenate["Session", ...], int], *, site_role: str = OPERATIONS_ROLE
) -> Callable[..., int]:
    """Add the session's options to a command's own, and pass the session as its first argument.

    `--role site` means the role of this name. A dataclass parameter of the command is expanded into one option per
    field.
    """
    signature = inspect.signature(command)
    own = list(signature.parameters.values())[1:]
    groups: dict[str, Any] = {each.name: each.annotation for each in own if is_dataclass(each.annotation)}

    @functools.wraps(command)
    def run(**given: Any) -> int:  # noqa: ANN401 — typer passes keywords only
        from operations.cli import session as sessions

        options = SessionOptions(**{each.name: given.pop(each.name) for each in _SHARED})
        session = sessions.open_session(options, site_role=site_role)
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

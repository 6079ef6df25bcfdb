"""Checks the fields of AWS's configuration files that botocore parses: what it says of them names no file."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from botocore.configloader import raw_config_parse
from botocore.configprovider import BOTOCORE_DEFAUT_SESSION_VARIABLES
from botocore.exceptions import BotoCoreError, ConfigNotFound, ConfigParseError, ProfileNotFound
from botocore.session import Session

from client.aws_variables import BadAwsVariableError, broken_rule

_VARIABLES = {
    **{
        field: variable
        for field, variable, *_ in BOTOCORE_DEFAUT_SESSION_VARIABLES.values()
        if isinstance(field, str) and isinstance(variable, str)
    },
    "endpoint_url": "AWS_ENDPOINT_URL",
}
"""The variable that has the same rule as a field, and wins where both are set."""


class BadAwsProfileError(BadAwsVariableError):
    """AWS's configuration files hold what botocore cannot use; the text is one line that names file and profile."""


@contextmanager
def usable_profile(session: Session) -> Iterator[None]:
    """Check a session's profile, then make of what botocore fails at within the block an error that names it.

    Raises:
        BadAwsProfileError: The profile cannot be used.
    """
    check_aws_profile(session)
    with named_errors(lambda: _name(session)):
        yield


@contextmanager
def named_errors(name: Callable[[], str]) -> Iterator[None]:
    """Make one error, which begins with a name, of whatever else than its own errors botocore raises in the block.

    Raises:
        BadAwsProfileError: What is named cannot be used.
    """
    try:
        yield
    except (BotoCoreError, BadAwsVariableError):  # these say what is wrong
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise BadAwsProfileError(f"{name()} cannot be used: {said}") from error


def check_aws_profile(session: Session) -> None:
    """Check each field of the profile that a session uses, and of the services that the profile names.

    Raises:
        BadAwsProfileError: There is no such profile, or a field cannot be used; the first by name.
    """
    try:
        fields = session.get_scoped_config()
        services = session.full_config.get("services", {})
    except ProfileNotFound:
        files = " or ".join(_files(session))
        raise BadAwsProfileError(f"AWS_PROFILE must be a profile in {files}, got {session.profile!r}") from None
    except (ConfigParseError, ConfigNotFound) as error:
        raise BadAwsProfileError(" ".join(str(error).split())) from None
    _require(session, fields)
    chosen = fields.get("services")
    of_services = services.get(chosen, {}) if isinstance(chosen, str) else {}
    for service, own in sorted(of_services.items()):
        if isinstance(own, Mapping):
            _require(session, own, of=f"{service} in services {chosen} of ")


def check_own_profile() -> None:
    """Check the profile of whoever has set no other, as `check_aws_profile` does."""
    check_aws_profile(Session())


def _require(session: Session, fields: Mapping[str, Any], *, of: str = "") -> None:
    for field, text in sorted(fields.items()):
        variable = _VARIABLES.get(field)
        if variable is None or variable in os.environ or not isinstance(text, str):
            continue
        if rule := broken_rule(variable, text):
            raise BadAwsProfileError(f"{field} of {of}{_name(session, field)} {rule}")


def _name(session: Session, field: str | None = None) -> str:
    """Return a profile's name, and the file that a field is in, or both files: the one of credentials wins."""
    profile = session.profile or "default"
    configuration, credentials = _files(session)
    try:
        in_credentials = raw_config_parse(credentials).get(profile, {})
    except BotoCoreError:  # no such file
        in_credentials = {}
    if field is None:
        return f"profile {profile} in {configuration} or {credentials}"
    return f"profile {profile} in {credentials if field in in_credentials else configuration}"


def _files(session: Session) -> tuple[str, str]:
    configuration, credentials = map(session.get_config_variable, ("config_file", "credentials_file"))
    return str(Path(configuration).expanduser()), str(Path(credentials).expanduser())

"""Checks the fields of AWS configuration files that botocore parses, because botocore's own errors name no file."""

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
    """An AWS configuration file has a value that botocore cannot use; the one-line message names file and profile."""


@contextmanager
def usable_profile(session: Session) -> Iterator[None]:
    """Check a session's profile, then turn botocore's errors within the block into one that names the profile.

    Raises:
        BadAwsProfileError: The profile cannot be used.
    """
    check_aws_profile(session)
    with named_errors(lambda: _name(session)):
        yield


@contextmanager
def named_errors(name: Callable[[], str]) -> Iterator[None]:
    """Turn exceptions in the block that are not botocore's own into one error that begins with a name.

    Raises:
        BadAwsProfileError: The named thing cannot be used.
    """
    try:
        yield
    except (BotoCoreError, BadAwsVariableError):  # botocore's own messages are clear
        raise
    except (ValueError, TypeError, LookupError, AttributeError) as error:
        reason = " ".join(str(error).split()) or type(error).__name__
        raise BadAwsProfileError(f"{name()} cannot be used: {reason}") from error


def check_aws_profile(session: Session) -> None:
    """Check each field of the profile that a session uses, and of the services that the profile names.

    Raises:
        BadAwsProfileError: The profile does not exist, or a field cannot be used (the first by name).
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
    """Check the profile that the environment selects, as `check_aws_profile` does."""
    check_aws_profile(Session())


def _require(session: Session, fields: Mapping[str, Any], *, of: str = "") -> None:
    for field, text in sorted(fields.items()):
        variable = _VARIABLES.get(field)
        if variable is None or variable in os.environ or not isinstance(text, str):
            continue
        if rule := broken_rule(variable, text):
            raise BadAwsProfileError(f"{field} of {of}{_name(session, field)} {rule}")


def _name(session: Session, field: str | None = None) -> str:
    """Return a profile's name and the file that holds a field, or both files; the credentials file takes precedence."""
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

"""Where rights come from: within seconds, and from any region that answers, since one of them may be lost."""

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import AssumeRoleCredentialFetcher, Credentials, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError
from botocore.loaders import create_loader

from client.aws_profile import usable_profile
from handlers.faults import error_code, is_transient
from operations.errors import OperationError, one_line

CONNECT_TIMEOUT_SECONDS = 1.0
SHORT_READ_SECONDS = 2.0
"""Enough for what one item or one session takes, where another region can be asked instead."""

_LIMITS = Config(
    connect_timeout=CONNECT_TIMEOUT_SECONDS,
    read_timeout=SHORT_READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": 2},
)
_SESSION_NAME_LENGTH = 64
_DESCRIPTIONS = create_loader()  # of AWS's services: read once for all sessions, which takes longer than to ask one

T = TypeVar("T")


def ask_in_turn(regions: Sequence[str], ask: Callable[[str], T]) -> T:
    """Return what the first region that answers says; the last one's error is the error.

    Raises:
        ClientError: It is refused, which it would be elsewhere, too.
        BotoCoreError: It cannot even be asked.
    """
    *others, last = regions
    for region in others:
        try:
            return ask(region)
        except (BotoCoreError, ClientError) as error:
            if not _is_the_regions_own(error):
                raise
    return ask(last)


def sign_in(*regions: str) -> boto3.Session:
    """Return a session with the caller's own rights; a profile's roles are assumed at the first region that answers.

    They are fetched here, once: where they cannot be had, each of a hundred calls would wait for them.

    Raises:
        OperationError: They cannot be had; that there are none is no error yet.
        BadAwsProfileError: AWS's configuration files hold what cannot be used.
    """

    def fetch(region: str) -> boto3.Session:
        own = _session(region)
        with usable_profile(own):
            session = boto3.Session(botocore_session=own)
            credentials = session.get_credentials()
            if credentials is not None:
                credentials.get_frozen_credentials()
        return session

    try:
        return ask_in_turn(regions, fetch)
    except (BotoCoreError, ClientError, OSError, EOFError) as error:  # a profile's program is missing, nobody has typed
        raise OperationError(
            f"AWS credentials cannot be had: {one_line(error)}; sign in again, or export some that need no lost region"
        ) from None


def assume(role_arn: str, own: Credentials, *regions: str, operator: str | None) -> boto3.Session:
    """Return a session with a role's rights; the regions' STS are asked in this order, whenever they are renewed.

    CloudTrail and what AWS says of the caller name the operator.

    Raises:
        OperationError: It may not be assumed, or no region answers.
    """
    extra = {"RoleSessionName": session_name(operator)}

    def ask(region: str) -> dict[str, Any]:
        fetcher: Any = AssumeRoleCredentialFetcher(_session(region).create_client, own, role_arn, extra_args=extra)
        told: dict[str, Any] = fetcher.fetch_credentials()
        return told

    session = _session(regions[0])
    credentials = DeferredRefreshableCredentials(lambda: ask_in_turn(regions, ask), "assume-role")
    session._credentials = credentials  # noqa: SLF001 — botocore has no public way to set them
    try:
        credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        raise OperationError(f"--role {role_arn} cannot be assumed: {one_line(error)}") from None
    return boto3.Session(botocore_session=session)


def session_name(operator: str | None) -> str:
    """Return what STS takes of a name: at most 64 letters, digits and `_+=,.@-`."""
    taken = re.sub(r"[^\w+=,.@-]+", "-", operator or "", flags=re.ASCII).strip("-")
    return f"dr-{taken or 'operations'}"[:_SESSION_NAME_LENGTH]


def _is_the_regions_own(error: BotoCoreError | ClientError) -> bool:
    switched_off = isinstance(error, ClientError) and error_code(error) == "RegionDisabledException"
    return switched_off or is_transient(error)


def _session(region: str) -> Any:  # noqa: ANN401 — its types say less than it has
    """Return a session of botocore whose STS is this region's."""
    session = botocore.session.Session()
    session.register_component("data_loader", _DESCRIPTIONS)
    session.set_default_client_config(_LIMITS)  # clients that it makes for SSO and profiles' roles have no other
    session.set_config_variable("region", region)
    session.set_config_variable("sts_regional_endpoints", "regional")  # `legacy` is us-east-1, whatever the region
    return session

"""Gets credentials within seconds, from any region that answers, since one of them may be lost."""

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
_DENIED = "AccessDenied"
_DESCRIPTIONS = create_loader()  # of service models: shared by all sessions, because loading takes longer than a call

T = TypeVar("T")


def ask_in_turn(regions: Sequence[str], ask: Callable[[str], T]) -> T:
    """Return the result of the first region that answers, or raise the last region's error.

    Raises:
        ClientError: The call is refused, as it would be in every region.
        BotoCoreError: No region can be reached.
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
    """Return a session with the caller's own rights; a profile's roles are assumed in the first region that answers.

    Credentials are fetched here, once: if that fails, each of a hundred calls would wait for it again.

    Raises:
        OperationError: Fetching credentials failed; having none is not an error here.
        BadAwsProfileError: An AWS configuration file has an unusable value.
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
    except (BotoCoreError, ClientError, OSError, EOFError) as error:  # the latter of a profile's program
        raise OperationError(
            f"cannot get AWS credentials: {one_line(error)}; sign in again, or export some that need no lost region"
        ) from None


def assume(role_arn: str, own: Credentials, *regions: str, operator: str | None) -> boto3.Session:
    """Return a session with a role's rights; every renewal tries the regions' STS in this order.

    The session name is the operator's, so CloudTrail and the caller's ARN name the operator. A role that refuses a
    session without a source identity is asked again with one, the operator too: a role without that demand would refuse
    it, unless its trust policy allows `sts:SetSourceIdentity`.

    Raises:
        OperationError: The role may not be assumed, or no region answers.
    """
    name = session_name(operator)

    def fetch(region: str, extra: dict[str, str]) -> dict[str, Any]:
        fetcher: Any = AssumeRoleCredentialFetcher(_session(region).create_client, own, role_arn, extra_args=extra)
        fetched: dict[str, Any] = fetcher.fetch_credentials()
        return fetched

    def ask(region: str) -> dict[str, Any]:
        try:
            return fetch(region, {"RoleSessionName": name})
        except ClientError as refused:
            if error_code(refused) != _DENIED:
                raise
            try:
                return fetch(region, {"RoleSessionName": name, "SourceIdentity": name})
            except ClientError:
                raise refused from None

    session = _session(regions[0])
    credentials = DeferredRefreshableCredentials(lambda: ask_in_turn(regions, ask), "assume-role")
    session._credentials = credentials  # noqa: SLF001 — botocore has no public way to set them
    try:
        credentials.get_frozen_credentials()
    except (BotoCoreError, ClientError) as error:
        raise OperationError(f"--role {role_arn} cannot be assumed: {one_line(error)}") from None
    return boto3.Session(botocore_session=session)


def session_name(operator: str | None) -> str:
    """Return a name in the form that STS accepts: at most 64 letters, digits and `_+=,.@-`."""
    taken = re.sub(r"[^\w+=,.@-]+", "-", operator or "", flags=re.ASCII).strip("-")
    return f"dr-{taken or 'operations'}"[:_SESSION_NAME_LENGTH]


def _is_the_regions_own(error: BotoCoreError | ClientError) -> bool:
    switched_off = isinstance(error, ClientError) and error_code(error) == "RegionDisabledException"
    return switched_off or is_transient(error)


def _session(region: str) -> Any:  # noqa: ANN401 — its types are incomplete
    """Return a botocore session that uses this region's STS."""
    session = botocore.session.Session()
    session.register_component("data_loader", _DESCRIPTIONS)
    session.set_default_client_config(_LIMITS)  # the only setting that clients for SSO and profiles' roles honour
    session.set_config_variable("region", region)
    session.set_config_variable("sts_regional_endpoints", "regional")  # `legacy` would be us-east-1 in every region
    return session

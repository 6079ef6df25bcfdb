"""Finds both regions' endpoints: each region's parameters name its own and its peer's."""

import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from client.aws_profile import usable_profile

_logger = logging.getLogger(__name__)
_CONFIG = Config(connect_timeout=1, read_timeout=2, retries={"total_max_attempts": 2, "mode": "standard"})


class EndpointsUnknownError(Exception):
    """No region returned the endpoints and none are cached; the message names each region's answer."""


@dataclass(frozen=True)
class Endpoints:
    """The regions' own endpoints, as URLs."""

    primary: str
    standby: str


ReadParameter = Callable[[str, str], str]
"""Reads a parameter, given its region and name."""


def find_endpoints(
    suffix: str, primary: str, standby: str, *, kept: Path | None = None, read: ReadParameter | None = None
) -> Endpoints:
    """Return both regions' endpoints from either region's parameters, or else from the cache file.

    Args:
        suffix: The environment, such as "prod".
        primary: The primary region.
        standby: The standby region.
        kept: The cache file, written when the endpoints are found and read when no region returns them.
        read: Reads a parameter; by default from SSM with the machine's credentials, which need `ssm:GetParameter`.

    Raises:
        EndpointsUnknownError: Neither region returns both, and they are not cached.
    """
    read = read or _ssm()
    reasons: list[str] = []
    # Each region knows both endpoints, so one answer is enough. The standby is asked first, because this matters when
    # the primary is lost.
    for region, paths in ((standby, ("peer", "own")), (primary, ("own", "peer"))):
        try:
            found = Endpoints(*(read(region, f"/payments-{region}-{suffix}/endpoints/{path}") for path in paths))
        except (BotoCoreError, ClientError) as error:
            reasons.append(f"{region}: {error}")
            continue
        if kept is not None:
            _keep(found, kept)
        return found
    if kept is None:
        raise EndpointsUnknownError(f"no region returned the endpoints of {suffix}: {'; '.join(reasons)}")
    try:
        return Endpoints(**json.loads(kept.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        why = f"no region returned the endpoints of {suffix}, and none are kept in {kept} ({error})"
        raise EndpointsUnknownError(f"{why}: {'; '.join(reasons)}") from error


def _keep(endpoints: Endpoints, kept: Path) -> None:
    """Write the cache file atomically; a failure is ignored, because payments do not need the file now."""
    new = kept.with_name(f"{kept.name}.new")
    try:
        new.write_text(json.dumps(asdict(endpoints)) + "\n", encoding="utf-8")
        new.replace(kept)
    except OSError as error:
        _logger.warning("the endpoints could not be kept in %s: %s", kept, error.strerror)


def _ssm() -> ReadParameter:
    session = get_session()

    def read(region: str, name: str) -> str:
        with usable_profile(session):
            client: Any = session.create_client("ssm", region_name=region, config=_CONFIG)
        return str(client.get_parameter(Name=name)["Parameter"]["Value"])

    return read

"""Signatures that a failover does not invalidate: SigV4a, which is valid in every region (FACTS 3.7).

Function URLs take SigV4 alone, which is bound to a region; but so is the URL.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # botocore and awscrt are loaded by whoever signs
    from botocore.credentials import Credentials

_FUNCTION_URL = re.compile(r"https://[a-z0-9]+\.lambda-url\.(?P<region>[a-z0-9-]+)\.on\.aws(?:/|$)")


def is_function_url(url: str) -> bool:
    """Tell whether a URL leads to a function past the API Gateway; all its paths want a signature."""
    return _FUNCTION_URL.match(url) is not None


def signed(
    method: str,
    url: str,
    *,
    credentials: "Credentials",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    regions: str = "*",
) -> dict[str, str]:
    """Return a request's headers with its signature, which is valid for some minutes.

    Args:
        method: The HTTP method.
        url: The https URL, without a port.
        credentials: The payer's; a refreshable one is refreshed when it is due.
        headers: What is signed beside the host and the time.
        body: What is sent; the signature covers it.
        regions: The region set of SigV4a: "*", or names with commas between them.
    """
    from botocore.auth import AUTH_TYPE_MAPS, SigV4Auth
    from botocore.awsrequest import AWSRequest

    request = AWSRequest(method, url, headers=dict(headers or {}), data=body or b"")
    frozen = credentials.get_frozen_credentials()
    function_url = _FUNCTION_URL.match(url)
    if function_url:
        SigV4Auth(frozen, "lambda", function_url["region"]).add_auth(request)
    else:
        sigv4a: Any = AUTH_TYPE_MAPS["v4a"]  # awscrt's, which botocore offers under this name
        sigv4a(frozen, "execute-api", regions).add_auth(request)
    return dict(request.headers.items())

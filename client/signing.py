"""Signs requests with SigV4a, which stays valid after a failover because it covers every region (FACTS 3.7).

Function URLs accept only SigV4, which is bound to one region; so is the URL.
"""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # botocore and awscrt are imported only when something is signed
    from botocore.credentials import Credentials

_FUNCTION_URL = re.compile(r"https://[a-z0-9]+\.lambda-url\.(?P<region>[a-z0-9-]+)\.on\.aws(?:/|$)")


def is_function_url(url: str) -> bool:
    """Return whether a URL is a Lambda function URL, where every path requires a signature."""
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
    """Return a request's headers with a signature, which is valid for a few minutes.

    Args:
        method: The HTTP method.
        url: The https URL, without a port.
        credentials: The payer's; refreshable credentials are refreshed when due.
        headers: Headers to sign beside the host and the time.
        body: The request's body; the signature covers it.
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
        sigv4a: Any = AUTH_TYPE_MAPS["v4a"]  # implemented by awscrt; botocore exports it under this name
        sigv4a(frozen, "execute-api", regions).add_auth(request)
    return dict(request.headers.items())

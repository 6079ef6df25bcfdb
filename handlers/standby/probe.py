"""Asks the peer's public endpoint whether it lives, from the outside, as a payment client would."""

import http.client
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 2


def answers(endpoint: str) -> bool:
    """Tell whether `<endpoint>/health` answers with 2xx; certificates count (`SSL_CERT_FILE` gives other roots)."""
    try:
        # read_endpoint lets only https through.
        with urllib.request.urlopen(f"{endpoint}/health", timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            return bool(200 <= response.status < 300)  # noqa: PLR2004 -- HTTP's success class
    except (OSError, http.client.HTTPException):  # urllib's own errors, time-outs and TLS's are OSErrors
        return False

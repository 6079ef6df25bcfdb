"""Asks the peer's public endpoint whether it lives, from the outside, as a payment client would."""

import http.client
import urllib.error
import urllib.request

TIMEOUT_SECONDS = 2


def answers(endpoint: str) -> bool:
    """Tell whether `<endpoint>/health` answers with 2xx; certificates are checked (`SSL_CERT_FILE` names other roots)."""
    try:
        with urllib.request.urlopen(f"{endpoint}/health", timeout=TIMEOUT_SECONDS) as response:  # noqa: S310 -- https, see read_endpoint
            return bool(200 <= response.status < 300)  # noqa: PLR2004 -- HTTP's success class
    except (OSError, http.client.HTTPException):  # urllib's own errors, time-outs and TLS's are OSErrors
        return False

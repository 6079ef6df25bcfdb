"""Asks the peer's public endpoint whether it lives, from the outside, as a payment client would."""

import http.client
import time
import urllib.error
import urllib.request

ATTEMPTS = 3
"""One lost request, or one answer that came too late, is no sign of death."""

TIMEOUT_SECONDS = 2
PAUSE_SECONDS = 1


def answers(endpoint: str) -> bool:
    """Tell whether `<endpoint>/health` answers with 2xx, to one of a few requests.

    Certificates count (`SSL_CERT_FILE` gives other roots).
    """
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE_SECONDS)
        if _answers_once(endpoint):
            return True
    return False


def _answers_once(endpoint: str) -> bool:
    try:
        # read_endpoint lets only https through.
        with urllib.request.urlopen(f"{endpoint}/health", timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            return bool(200 <= response.status < 300)  # noqa: PLR2004 -- HTTP's success class
    except (OSError, http.client.HTTPException):  # urllib's own errors, time-outs and TLS's are OSErrors
        return False

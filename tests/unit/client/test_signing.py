"""What a signature is good for: every region, unless the URL belongs to one."""

import pytest
from botocore.credentials import Credentials, RefreshableCredentials

from client.signing import signed

KEYS = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
API = "https://api.example.com/payment"
FUNCTION_URL = "https://abc123.lambda-url.us-east-2.on.aws/payment"


def test_an_api_gets_sigv4a_for_every_region() -> None:
    headers = signed("POST", API, credentials=KEYS, headers={"Content-Type": "application/json"}, body=b"{}")
    assert headers["Authorization"].startswith("AWS4-ECDSA-P256-SHA256 Credential=AKIDEXAMPLE/")
    assert "/execute-api/aws4_request" in headers["Authorization"]
    assert "content-type;host;x-amz-date;x-amz-region-set" in headers["Authorization"]
    assert (headers["X-Amz-Region-Set"], headers["Content-Type"]) == ("*", "application/json")


def test_a_region_set_can_be_narrower() -> None:
    headers = signed("GET", API, credentials=KEYS, regions="us-east-1,us-east-2")
    assert headers["X-Amz-Region-Set"] == "us-east-1,us-east-2"


def test_a_function_url_gets_sigv4_for_its_own_region() -> None:
    headers = signed("POST", FUNCTION_URL, credentials=KEYS, body=b"{}")
    assert headers["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
    assert "/us-east-2/lambda/aws4_request" in headers["Authorization"]


@pytest.mark.parametrize("url", [API, FUNCTION_URL])
def test_temporary_credentials_bring_their_token(url: str) -> None:
    temporary = Credentials(KEYS.access_key, KEYS.secret_key, "the-token")
    assert signed("GET", url, credentials=temporary)["X-Amz-Security-Token"] == "the-token"


def test_credentials_are_refreshed_when_they_are_due() -> None:
    def refreshed() -> dict[str, str]:
        names = ("access_key", "secret_key", "token")
        return dict(zip(names, ("AKIDFRESH", "s", "t"), strict=True)) | {"expiry_time": "2999-01-01T00:00:00Z"}

    due = RefreshableCredentials.create_from_metadata(
        {"access_key": "AKIDOLD", "secret_key": "s", "token": "t", "expiry_time": "2020-01-01T00:00:00Z"},
        refreshed,
        "test",
    )
    assert "Credential=AKIDFRESH/" in signed("GET", API, credentials=due)["Authorization"]

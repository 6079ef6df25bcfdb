"""Which signatures a region accepts."""

import json

import pytest

from emulator.apigateway.data_plane import signature_refusal


def signed(algorithm: str, scope: str, region_set: str = "") -> dict[str, str]:
    authorization = f"{algorithm} Credential=AKIA/20260101/{scope}/aws4_request, SignedHeaders=host, Signature=0"
    return {"authorization": authorization, **({"x-amz-region-set": region_set} if region_set else {})}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed("AWS4-HMAC-SHA256", "us-east-2/execute-api"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api", "*"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api", "us-east-1,us-east-2"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api", "us-east-*"),
    ],
)
def test_accepted(headers: dict[str, str]) -> None:
    assert signature_refusal(headers, {}, "us-east-2") is None


@pytest.mark.parametrize(
    "headers",
    [
        signed("AWS4-HMAC-SHA256", "us-east-1/execute-api"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api", "us-east-1"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api", "us-west-*,eu-west-1"),
        signed("AWS4-ECDSA-P256-SHA256", "execute-api"),
    ],
)
def test_refused(headers: dict[str, str]) -> None:
    answer = signature_refusal(headers, {}, "us-east-2")
    assert answer is not None
    assert (answer[0], "us-east-2" in json.loads(answer[2])["message"]) == (403, True)


def test_a_presigned_request_is_bound_to_its_region_too() -> None:
    query = {"X-Amz-Algorithm": ["AWS4-HMAC-SHA256"]}
    query["X-Amz-Credential"] = ["AKIA/20260101/us-east-1/execute-api/aws4_request"]
    assert signature_refusal({}, query, "us-east-1") is None
    assert signature_refusal({}, query, "us-east-2") is not None

"""IAM is enforced throughout, and what it refuses is seen: in the answer, in the status, by the test that caused it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from emulator import Emulator, RefusedError
from tests.emulated.emulator.sample_api import FAILOVER_NAME, REGIONS, STAGE, SampleApi, create_function, let_in, role
from tests.emulated.emulator.sending import ApiCaller
from tests.emulated.waiting import eventually

Client = Callable[..., Any]

CODE = """
import boto3

def handler(event, context):
    boto3.client("sqs", region_name=event["region"]).list_queues()
"""


def refused(emulator: Emulator, principal: str) -> set[tuple[str, str]]:
    """Return what a principal, named by the end of its ARN or a part of it, was refused, and on what."""
    noted = emulator.status()["refusals"]
    return {(each["action"], each["resource"]) for each in noted if principal in each["principal"]}


class TestSignatures:
    """The default endpoint and function URLs bind signatures to regions as custom domains do (FACTS 3.7)."""

    def payer(self, emulator: Emulator, api: SampleApi, region: str) -> ApiCaller:
        host = f"{api.api_ids[region]}.execute-api.{region}.amazonaws.com"
        return ApiCaller(emulator, host, credentials=api.payer, stage=STAGE)

    @pytest.mark.parametrize("region", REGIONS)
    def test_sigv4_is_bound_to_its_region(self, plain_emulator: Emulator, sample_api: SampleApi, region: str) -> None:
        payer = self.payer(plain_emulator, sample_api, region)
        answers = {signed: payer.post(region, {}, signed_for=signed, sigv4a=False).status for signed in REGIONS}
        assert answers == {signed: 200 if signed == region else 403 for signed in REGIONS}

    @pytest.mark.parametrize("region", REGIONS)
    @pytest.mark.parametrize("signed_for", ["*", ",".join(REGIONS), "us-east-*"])
    def test_sigv4a_is_valid_in_its_set(
        self, plain_emulator: Emulator, sample_api: SampleApi, region: str, signed_for: str
    ) -> None:
        assert self.payer(plain_emulator, sample_api, region).post(region, {}, signed_for=signed_for).status == 200

    def test_a_function_url_takes_no_other_regions_signature(
        self, plain_emulator: Emulator, sample_api: SampleApi, client: Client
    ) -> None:
        host = sample_api.function_urls["us-east-2"].removeprefix("https://").rstrip("/")
        statement = {"Effect": "Allow", "Action": "lambda:InvokeFunctionUrl", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        client("iam").put_user_policy(UserName="payer", PolicyName="url", PolicyDocument=policy)
        payer = ApiCaller(plain_emulator, host, credentials=sample_api.payer)
        try:
            answers = [
                payer.send("us-east-2", "GET", "/", signed_for=region, sigv4a=False).status for region in REGIONS
            ]
        finally:
            client("iam").delete_user_policy(UserName="payer", PolicyName="url")
        assert answers == [403, 200]


class TestSeen:
    """A refusal is in the answer, and in the emulator's status."""

    def test_of_a_caller_of_the_api(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        answer = ApiCaller(plain_emulator, FAILOVER_NAME, credentials=sample_api.stranger).post("us-east-1", {})
        assert (answer.status, b"execute-api:Invoke" in answer.body) == (403, True)
        ((action, resource),) = refused(plain_emulator, ":user/stranger")
        assert (action, resource.endswith("/live/POST/payment")) == ("execute-api:Invoke", True)

    @pytest.mark.parametrize("region", REGIONS)
    def test_of_a_function(self, plain_emulator: Emulator, client: Client, region: str) -> None:
        name = f"refused-{region}"
        create_function(client, "us-east-1", name, role(client, name), CODE)
        payload = json.dumps({"region": region})
        answer = client("lambda").invoke(FunctionName=name, Payload=payload)
        assert "AccessDenied" in answer["Payload"].read().decode()
        assert "sqs:ListQueues" in {action for action, _ in refused(plain_emulator, f":assumed-role/{name}/")}

    def test_of_what_aws_does_for_a_function(self, plain_emulator: Emulator, client: Client) -> None:
        """An event source that the role does not let be read is never read, which nobody else would tell."""
        name = "deaf"
        create_function(client, "us-east-1", name, role(client, name), CODE)
        url = client("sqs").create_queue(QueueName=name)["QueueUrl"]
        arn = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        mapping = client("lambda").create_event_source_mapping(EventSourceArn=arn, FunctionName=name)["UUID"]

        def seen() -> None:
            assert ("sqs:ReceiveMessage", arn) in refused(plain_emulator, f":role/{name}")

        try:
            eventually(seen)
        finally:
            client("lambda").delete_event_source_mapping(UUID=mapping)


class TestInvokedByAnApi:
    """A function runs for the methods that its policy lets in."""

    def test_without_leave_the_client_learns_nothing(
        self, plain_emulator: Emulator, sample_api: SampleApi, client: Client
    ) -> None:
        functions, name = client("lambda", "us-east-2"), "sample-us-east-2"
        payer = ApiCaller(plain_emulator, FAILOVER_NAME, credentials=sample_api.payer)
        functions.remove_permission(FunctionName=name, StatementId="api-payment")
        try:
            answer = payer.post("us-east-2", {})
            assert (answer.status, answer.json()) == (500, {"message": "Internal server error"})
            assert payer.send("us-east-2", "GET", "/health").status == 200
            assert payer.post("us-east-1", {}).status == 200
        finally:
            let_in(client, "us-east-2", sample_api.api_ids["us-east-2"], "POST", "payment")
        assert payer.post("us-east-2", {}).status == 200
        (refusal,) = refused(plain_emulator, "apigateway.amazonaws.com")
        assert refusal == ("lambda:InvokeFunction", f"arn:aws:lambda:us-east-2:000000000000:function:{name}")


class TestNothingRefused:
    """A test can ask that nothing is refused."""

    def test_it_fails_on_a_refusal(self, plain_emulator: Emulator, client: Client) -> None:
        create_function(client, "us-east-1", "clumsy", role(client, "clumsy"), CODE)
        with (
            pytest.raises(RefusedError, match=r":assumed-role/clumsy/\S* was refused sqs:ListQueues on"),
            plain_emulator.nothing_refused(),
        ):
            client("lambda").invoke(FunctionName="clumsy", Payload=b'{"region": "us-east-1"}')

    def test_it_does_not_mind_what_was_before(self, plain_emulator: Emulator, sample_api: SampleApi) -> None:
        ApiCaller(plain_emulator, FAILOVER_NAME, credentials=sample_api.stranger).post("us-east-1", {})
        with plain_emulator.nothing_refused():
            health = ApiCaller(plain_emulator, FAILOVER_NAME).send("us-east-1", "GET", "/health")
        assert health.status == 200

    def test_an_administrators_mistake_is_no_refusal(self, plain_emulator: Emulator, client: Client) -> None:
        with plain_emulator.nothing_refused(), pytest.raises(ClientError, match="ResourceNotFoundException"):
            client("lambda").invoke(FunctionName="nobody")

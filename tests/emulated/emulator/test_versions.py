"""Versions and aliases of a function: who may invoke which, what runs, and what its logs say."""

import contextlib
import json
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from client.https import Response
from emulator import Emulator
from sandbox.payer import RequestSender
from tests.emulated.emulator.replicated import eventually
from tests.emulated.emulator.sample_api import create_function, role, zip_of

Client = Callable[..., Any]

REGION = "us-east-1"
NAME = "versioned"
GROUP = f"/aws/lambda/{NAME}"
CODE = """
import json, os, time
def handler(event, context):
    what = event.get("what") if isinstance(event, dict) else None
    print("runs", context.function_version, flush=True)
    if what == "fail":
        raise ValueError("refused")
    if what == "exit":
        os._exit(3)
    if what == "leak":
        globals()["leak"] = "x" * (130 << 20)
    if what == "sleep":
        time.sleep(60)
    body = {"version": context.function_version, "arn": context.invoked_function_arn,
            "stream": context.log_stream_name, "stage": os.environ.get("STAGE")}
    return {"statusCode": 200, "body": json.dumps(body)} if "requestContext" in event else body
"""


@pytest.fixture(scope="module")
def function(client: Client) -> str:
    """Make a function with the versions 1 and 2 and the alias `live` on the first."""
    arn = role(client, NAME, {"Action": "logs:*", "Resource": "*"}, {"Action": "sqs:*", "Resource": "*"})
    created = create_function(client, REGION, NAME, arn, CODE)
    functions = client("lambda", REGION)
    for number in (1, 2):
        functions.update_function_configuration(
            FunctionName=NAME, Timeout=6, MemorySize=128, Environment={"Variables": {"STAGE": f"stage {number}"}}
        )
        assert functions.publish_version(FunctionName=NAME)["Version"] == str(number)
    functions.create_alias(FunctionName=NAME, Name="live", FunctionVersion="1")
    return created


@pytest.fixture(autouse=True)
def _back(client: Client, function: str) -> None:
    client("lambda", REGION).update_alias(FunctionName=NAME, Name="live", FunctionVersion="1", **shares({}))


def shares(weights: dict[str, float]) -> dict[str, Any]:
    return {"RoutingConfig": {"AdditionalVersionWeights": weights}}


def invoke(client: Client, qualifier: str, what: str = "") -> tuple[dict[str, Any], dict[str, Any]]:
    answer = client("lambda", REGION).invoke(FunctionName=NAME, Qualifier=qualifier, Payload=json.dumps({"what": what}))
    return answer, json.loads(answer["Payload"].read())


def messages(client: Client, stream: str) -> list[str]:
    events = client("logs", REGION).filter_log_events(logGroupName=GROUP, logStreamNames=[stream])["events"]
    return [event["message"] for event in events]


class TestInvocation:
    """What runs for a qualifier."""

    def test_alias_runs_its_version_with_that_versions_environment(self, client: Client, function: str) -> None:
        answer, body = invoke(client, "live")
        assert (answer["ExecutedVersion"], body["version"], body["stage"]) == ("1", "1", "stage 1")
        assert body["arn"] == f"{function}:live"

    def test_version_of_its_own_number(self, client: Client, function: str) -> None:
        _, body = invoke(client, "2")
        assert (body["version"], body["stage"], body["arn"]) == ("2", "stage 2", f"{function}:2")

    def test_weight_divides_the_invocations(self, client: Client) -> None:
        client("lambda", REGION).update_alias(FunctionName=NAME, Name="live", **shares({"2": 0.5}))
        executed = Counter(invoke(client, "live")[0]["ExecutedVersion"] for _ in range(40))
        assert set(executed) == {"1", "2"}

    def test_new_code_leaves_published_versions_warm(self, client: Client) -> None:
        before = invoke(client, "live")[1]["stream"]
        client("lambda", REGION).update_function_code(FunctionName=NAME, ZipFile=zip_of(CODE + "# new"))
        assert invoke(client, "live")[1]["stream"] == before

    def test_queue_is_read_by_the_alias(self, client: Client, function: str) -> None:
        queues = client("sqs", REGION)
        url = queues.create_queue(QueueName=NAME)["QueueUrl"]
        queue = queues.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        functions = client("lambda", REGION)
        functions.update_alias(FunctionName=NAME, Name="live", FunctionVersion="2")
        mapping = functions.create_event_source_mapping(EventSourceArn=queue, FunctionName=f"{function}:live")
        try:
            _, body = invoke(client, "2")
            ran = messages(client, body["stream"]).count("runs 2")
            queues.send_message(QueueUrl=url, MessageBody="any")
            eventually(lambda: messages(client, body["stream"]).count("runs 2") > ran)
        finally:
            functions.delete_event_source_mapping(UUID=mapping["UUID"])


class TestLogs:
    """One log stream for each execution environment, with what Lambda writes into it."""

    def test_invocation_stands_between_start_and_report(self, client: Client, function: str) -> None:
        _, body = invoke(client, "1")
        assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[1\][0-9a-f]{32}", body["stream"])
        *_, start, printed, end, report = messages(client, body["stream"])
        assert re.fullmatch(r"START RequestId: \S+ Version: 1", start)
        assert (printed, end.split(":")[0]) == ("runs 1", "END RequestId")
        fields = r"Duration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 128 MB\tMax Memory Used: (\d+) MB"
        used = re.match(rf"REPORT RequestId: \S+\t{fields}", report)
        assert used is not None
        assert 5 < int(used[1]) < 128

    def test_streams_are_found_by_version(self, client: Client) -> None:
        streams = [invoke(client, number)[1]["stream"] for number in ("1", "2")]
        asked = {"logGroupName": GROUP, "logStreamNamePrefix": streams[1].split("]")[0] + "]"}
        pages = client("logs", REGION).get_paginator("filter_log_events").paginate(**asked, limit=2)
        events = [event for page in pages for event in page["events"]]
        assert {event["logStreamName"].partition("]")[0] for event in events} == {streams[1].partition("]")[0]}
        assert len({event["eventId"] for event in events}) == len(events) > 2

    @pytest.mark.parametrize(
        ("what", "error", "logged", "status"),
        [
            ("fail", "ValueError", r"\[ERROR\] ValueError: refused\nTraceback", ""),
            ("exit", "Runtime.ExitError", r"RequestId: \S+ Error: Runtime exited with error: exit status 3\n", "error"),
            (
                "leak",
                "Runtime.ExitError",
                r"RequestId: \S+ Error: Runtime exited with error: signal: killed\n",
                "error",
            ),
            ("sleep", "Sandbox.Timedout", r"\S+Z \S+ Task timed out after 6.00 seconds", "timeout"),
        ],
    )
    def test_failure_is_reported(
        self, client: Client, function: str, what: str, error: str, logged: str, status: str
    ) -> None:
        stream = invoke(client, "1")[1]["stream"]
        answer, body = invoke(client, "1", what)
        assert (answer["FunctionError"], body["errorType"]) == ("Unhandled", error)
        *_, failure, _end, report = messages(client, stream)
        assert re.match(logged, failure)
        found = re.search(r"\tStatus: (\S+)", report)
        assert (found[1] if found else "") == status


class TestRules:
    """What Lambda's API refuses."""

    def refused(self, call: Callable[..., Any], **request: Any) -> tuple[str, int]:
        with pytest.raises(ClientError) as caught:
            call(FunctionName=NAME, **request)
        answer = caught.value.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]

    def test_stale_revision_is_a_failed_precondition(self, client: Client) -> None:
        functions = client("lambda", REGION)
        read = functions.get_alias(FunctionName=NAME, Name="live")["RevisionId"]
        asked = {"Name": "live", "FunctionVersion": "1", "RevisionId": read}
        assert functions.update_alias(FunctionName=NAME, **asked)["RevisionId"] != read
        assert self.refused(functions.update_alias, **asked) == ("PreconditionFailedException", 412)

    @pytest.mark.parametrize(
        ("weights", "code"),
        [
            ({"9": 0.1}, "ResourceNotFoundException"),
            ({"1": 0.1}, "InvalidParameterValueException"),
            ({"2": 1.1}, "InvalidParameterValueException"),
        ],
    )
    def test_weights_are_checked(self, client: Client, weights: dict[str, float], code: str) -> None:
        assert self.refused(client("lambda", REGION).update_alias, Name="live", **shares(weights))[0] == code

    def test_version_in_use_is_kept(self, client: Client) -> None:
        functions = client("lambda", REGION)
        assert self.refused(functions.delete_function, Qualifier="1") == ("ResourceConflictException", 409)
        functions.update_function_configuration(FunctionName=NAME, Description="third", Timeout=7)
        third = functions.publish_version(FunctionName=NAME)["Version"]
        assert functions.publish_version(FunctionName=NAME)["Version"] == third
        functions.delete_function(FunctionName=NAME, Qualifier=third)
        pages = functions.get_paginator("list_versions_by_function").paginate(
            FunctionName=NAME, PaginationConfig={"PageSize": 1}
        )
        assert [each["Version"] for page in pages for each in page["Versions"]] == ["$LATEST", "1", "2"]


@pytest.fixture(scope="module")
def user(plain_emulator: Emulator, client: Client) -> Callable[..., Any]:
    """Return Lambda as a new user sees it, who may do one thing with some resources."""

    def named(name: str, action: str, *resources: str) -> Any:
        iam = client("iam")
        iam.create_user(UserName=name)
        statement = {"Effect": "Allow", "Action": f"lambda:{action}", "Resource": list(resources)}
        policy = json.dumps({"Version": "2012-10-17", "Statement": statement})
        iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=policy)
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return boto3.client(
            "lambda",
            region_name=REGION,
            endpoint_url=plain_emulator.endpoint_url,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
        )

    return named


class TestAccess:
    """Whom policies let near a function, a version, an alias."""

    @staticmethod
    def allowed(call: Callable[..., Any], **request: Any) -> bool:
        with contextlib.suppress(ClientError):
            call(FunctionName=NAME, **request)
            return True
        with pytest.raises(ClientError, match="AccessDeniedException"):
            call(FunctionName=NAME, **request)
        return False

    def test_invoking_is_allowed_by_the_arn_that_is_invoked(self, function: str, user: Callable[..., Any]) -> None:
        qualified = user("invokes-versions", "InvokeFunction", f"{function}:*")
        unqualified = user("invokes-latest", "InvokeFunction", function)
        asked: list[dict[str, str]] = [{}, {"Qualifier": "live"}, {"Qualifier": "2"}]
        assert [self.allowed(qualified.invoke, **each) for each in asked] == [False, True, True]
        assert [self.allowed(unqualified.invoke, **each) for each in asked] == [True, False, False]

    def test_alias_is_changed_by_who_may_change_the_function(self, function: str, user: Callable[..., Any]) -> None:
        moves = user("moves", "UpdateAlias", function)
        cannot = user("cannot-move", "UpdateAlias", f"{function}:live")
        asked = {"Name": "live", "FunctionVersion": "1"}
        assert self.allowed(moves.update_alias, **asked)
        assert not self.allowed(cannot.update_alias, **asked)
        assert not self.allowed(moves.get_alias, Name="live")

    def test_version_is_described_by_its_arn(self, function: str, user: Callable[..., Any]) -> None:
        reads = user("reads", "GetFunctionConfiguration", f"{function}:2")
        asked = [{"Qualifier": "2"}, {"Qualifier": "1"}, {}]
        assert [self.allowed(reads.get_function_configuration, **each) for each in asked] == [True, False, False]

    def test_each_qualifier_has_a_policy_of_its_own(self, client: Client, function: str) -> None:
        functions = client("lambda", REGION)
        statement = {"StatementId": "one", "Action": "lambda:InvokeFunction", "Principal": "events.amazonaws.com"}
        functions.add_permission(FunctionName=NAME, **statement)
        functions.add_permission(FunctionName=NAME, Qualifier="live", **statement)
        policy = json.loads(functions.get_policy(FunctionName=NAME, Qualifier="live")["Policy"])
        assert [each["Resource"] for each in policy["Statement"]] == [f"{function}:live"]
        functions.remove_permission(FunctionName=NAME, StatementId="one")
        functions.remove_permission(FunctionName=NAME, Qualifier="live", StatementId="one")


@pytest.fixture(scope="module")
def api(client: Client, function: str) -> str:
    gateway = client("apigateway", REGION)
    api = str(gateway.create_rest_api(name=NAME)["id"])
    route(client, api, function, "health")
    gateway.create_deployment(restApiId=api, stageName="live")
    return api


class TestApi:
    """An API whose integration names the alias, and the alias's function URL."""

    @pytest.fixture
    def ask(self, plain_emulator: Emulator, api: str) -> Callable[[str], Response]:
        sender = RequestSender(plain_emulator, f"{api}.execute-api.{REGION}.amazonaws.com", stage="live")
        return lambda path: sender.send(REGION, "GET", path)

    @staticmethod
    def let_in(client: Client, api: str, qualifier: dict[str, str]) -> None:
        client("lambda", REGION).add_permission(
            FunctionName=NAME,
            StatementId=f"api-{len(qualifier)}",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:000000000000:{api}/live/GET/*",
            **qualifier,
        )

    def test_only_the_aliass_own_policy_lets_it_in(
        self, client: Client, api: str, ask: Callable[[str], Response]
    ) -> None:
        self.let_in(client, api, {})
        assert ask("/health").status == 500
        self.let_in(client, api, {"Qualifier": "live"})
        assert ask("/health").status == 200

    def test_stage_serves_its_deployment(
        self, client: Client, api: str, function: str, ask: Callable[[str], Response]
    ) -> None:
        gateway = client("apigateway", REGION)
        [before] = gateway.get_deployments(restApiId=api)["items"]
        route(client, api, function, "new")
        assert ask("/new").status == 403
        after = gateway.create_deployment(restApiId=api)["id"]
        assert ask("/new").status == 403
        move(client, api, after)
        assert ask("/new").status == 200
        with pytest.raises(ClientError, match="Active stages pointing to this deployment"):
            gateway.delete_deployment(restApiId=api, deploymentId=after)
        move(client, api, before["id"])
        assert [ask(path).status for path in ("/new", "/health")] == [403, 200]
        gateway.delete_deployment(restApiId=api, deploymentId=after)
        with pytest.raises(ClientError, match="Invalid Deployment identifier"):
            move(client, api, after)

    def test_function_url_of_the_alias(self, plain_emulator: Emulator, client: Client, function: str) -> None:
        functions = client("lambda", REGION)
        url = functions.create_function_url_config(FunctionName=NAME, Qualifier="live", AuthType="AWS_IAM")
        host = url["FunctionUrl"].removeprefix("https://").rstrip("/")
        caller = RequestSender(plain_emulator, host, credentials=Credentials("test", "test"))
        functions.update_alias(FunctionName=NAME, Name="live", FunctionVersion="2")
        answer = caller.send(REGION, "GET", "/", signed_for=REGION, sigv4a=False)
        assert answer.json()["version"] == "2"


def route(client: Client, api: str, function: str, part: str) -> None:
    """Let a path of an API invoke the alias."""
    gateway = client("apigateway", REGION)
    root = next(each["id"] for each in gateway.get_resources(restApiId=api)["items"] if each["path"] == "/")
    resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
    method = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{function}:live/invocations"
    gateway.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)


def move(client: Client, api: str, deployment: str) -> None:
    operation = {"op": "replace", "path": "/deploymentId", "value": deployment}
    client("apigateway", REGION).update_stage(restApiId=api, stageName="live", patchOperations=[operation])

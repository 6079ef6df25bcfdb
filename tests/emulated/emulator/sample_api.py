"""A function and a REST API in two regions, with the names and the authorization that the payment API has."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import Credentials

from emulator import Emulator

REGIONS = ("us-east-1", "us-east-2")
ZONE = "sample.example.com"
FAILOVER_NAME = f"api.{ZONE}"
STAGE = "live"
ROUTES = (("health", "GET", "NONE"), ("payment", "POST", "AWS_IAM"))

CODE = """
import json, os, socket, sys, time, urllib.request

def handler(event, context):
    if "probe" in event:
        with urllib.request.urlopen(event["probe"], timeout=5) as answer:
            return json.loads(answer.read())
    if "import" in event:
        try:
            __import__(event["import"])
            return "found"
        except ImportError:
            return "missing"
    if "metric" in event:
        print(json.dumps({
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [
                {"Namespace": "Sample", "Dimensions": [["service", "Region"]],
                 "Metrics": [{"Name": "Taken", "Unit": "Count"}]}]},
            "service": "sample", "Region": os.environ["AWS_REGION"], "Taken": event["metric"]}))
        return None
    if event.get("what") == "environment":
        return dict(os.environ)
    body = {"region": os.environ["AWS_REGION"], "path": event.get("path"), "identity":
            ((event.get("requestContext") or {}).get("identity") or {}).get("userArn")}
    return {"statusCode": 200, "body": json.dumps(body)}
"""


@dataclass(frozen=True)
class SampleApi:
    """What was deployed: the API ids and function URLs by region, and one user who may pay and one who may not."""

    api_ids: Mapping[str, str]
    function_urls: Mapping[str, str]
    payer: Credentials
    stranger: Credentials


def deploy(client: Callable[..., Any]) -> SampleApi:
    """Create everything through the AWS API, as an administrator."""
    payer = _user(
        client, "payer", {"Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/live/POST/payment"}
    )
    stranger = _user(client, "stranger", {"Action": "sqs:SendMessage", "Resource": "*"})
    deployed = {region: _deploy_region(client, region) for region in REGIONS}
    return SampleApi(
        api_ids={region: api_id for region, (api_id, _) in deployed.items()},
        function_urls={region: url for region, (_, url) in deployed.items()},
        payer=payer,
        stranger=stranger,
    )


def administrator(emulator: Emulator, config: Config | None = None) -> Callable[..., Any]:
    """Return a maker of boto3 clients: service, then region."""
    session: Any = boto3.session.Session(
        aws_access_key_id=emulator.environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=emulator.environment["AWS_SECRET_ACCESS_KEY"],
    )

    def client(service: str, region: str = "us-east-1") -> Any:
        return session.client(service, region_name=region, endpoint_url=emulator.endpoint_url, config=config)

    return client


def zip_of(code: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("index.py", code)
    return buffer.getvalue()


def role(client: Callable[..., Any], name: str, *statements: Mapping[str, Any]) -> str:
    """Create a role for a function; its statements allow."""
    iam = client("iam")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    created = iam.create_role(RoleName=name, AssumeRolePolicyDocument=_policy(trust))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="access", PolicyDocument=_policy(*statements))
    return str(created["Role"]["Arn"])


def create_function(client: Callable[..., Any], region: str, name: str, role_arn: str, code: str = CODE) -> str:
    created = client("lambda", region).create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role_arn,
        Code={"ZipFile": zip_of(code)},
        Timeout=60,
        Environment={"Variables": {"TABLE_NAME": "payments"}},
    )
    return str(created["FunctionArn"])


def _deploy_region(client: Callable[..., Any], region: str) -> tuple[str, str]:
    name = f"sample-{region}"
    group = f"/aws/lambda/{name}"
    client("logs", region).create_log_group(logGroupName=group)
    logs = {
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"arn:aws:logs:{region}:*:log-group:{group}:*",
    }
    function = create_function(client, region, name, role(client, name, logs))
    url = client("lambda", region).create_function_url_config(FunctionName=name, AuthType="AWS_IAM")["FunctionUrl"]
    gateway = client("apigateway", region)
    api = gateway.create_rest_api(name=name, endpointConfiguration={"types": ["REGIONAL"]})["id"]
    root = gateway.get_resources(restApiId=api)["items"][0]["id"]
    for part, method, authorization in ROUTES:
        resource = gateway.create_resource(restApiId=api, parentId=root, pathPart=part)["id"]
        of_method = {"restApiId": api, "resourceId": resource, "httpMethod": method}
        gateway.put_method(**of_method, authorizationType=authorization)
        uri = f"arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function}/invocations"
        gateway.put_integration(**of_method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
        let_in(client, region, api, method, part)
    gateway.create_deployment(restApiId=api, stageName=STAGE)
    for domain in (FAILOVER_NAME, f"{region}.{FAILOVER_NAME}"):
        gateway.create_domain_name(domainName=domain, endpointConfiguration={"types": ["REGIONAL"]})
        gateway.create_base_path_mapping(domainName=domain, restApiId=api, stage=STAGE)
    return api, url


def let_in(client: Callable[..., Any], region: str, api: str, method: str, part: str) -> None:
    """Let one method of an API in a region invoke the region's function."""
    client("lambda", region).add_permission(
        FunctionName=f"sample-{region}",
        StatementId=f"api-{part}",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:{region}:000000000000:{api}/{STAGE}/{method}/{part}",
    )


def _user(client: Callable[..., Any], name: str, statement: Mapping[str, Any]) -> Credentials:
    iam = client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=_policy({"Effect": "Allow", **statement}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def _policy(*statements: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **each} for each in statements]})

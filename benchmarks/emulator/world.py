"""What is loaded, made the same way on both servers: tables, buckets, and an API with the payment function."""

import itertools
import json
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.config import Config

from benchmarks.emulator.client import Client
from benchmarks.emulator.paired import Operation
from benchmarks.emulator.servers import Server
from contract.environment import HANDLERS, PARTITION_KEY, Function, Variable
from dr_constructs.function_package import FunctionPackage
from emulator.configuration import ACCESS_KEY_ID, SECRET_ACCESS_KEY

REGION, OTHERS = "us-east-1", ("us-east-2", "us-west-2", "eu-west-1")

_numbers = itertools.count()
_ANYTHING = {"Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "s3:*", "sqs:*", "ssm:*"], "Resource": "*"}]}
_ITEM = {
    "amount": {"N": "12.34"},
    "currency": {"S": "EUR"},
    "metadata": {"S": '{"order": "1"}'},
    "storedAt": {"S": "2027-01-01T00:00:00.000Z"},
}
_JSON = {"Content-Type": "application/x-amz-json-1.0"}
_BATCH = 25  # what BatchWriteItem takes


def boto(server: Server, service: str, region: str = REGION, config: Config | None = None) -> Any:  # noqa: ANN401 — boto3 makes its classes up
    """Return a client for setting up."""
    session: Any = boto3.Session(ACCESS_KEY_ID, SECRET_ACCESS_KEY, region_name=region)
    return session.client(service, endpoint_url=server.endpoint_url, config=config)


def make_table(server: Server, name: str, replicas: Sequence[str] = ()) -> None:
    """Make a table, global over this and the replicas' regions."""
    client = boto(server, "dynamodb")
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": PARTITION_KEY, "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": PARTITION_KEY, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    for region in replicas:
        client.update_table(TableName=name, ReplicaUpdates=[{"Create": {"RegionName": region}}])


def put_item(server: Server, table: str) -> Operation:
    """Return a client that stores one new item after the other."""
    client = Client(server, "dynamodb", REGION)
    headers = {**_JSON, "X-Amz-Target": "DynamoDB_20120810.PutItem"}

    def put() -> None:
        item = {PARTITION_KEY: {"S": f"payment#{next(_numbers)}"}, **_ITEM}
        client.call("POST", "/", json.dumps({"TableName": table, "Item": item}).encode(), headers)

    return put


def fill(server: Server, table: str, items: int) -> None:
    """Store many items, without measuring."""
    client = Client(server, "dynamodb", REGION)
    headers = {**_JSON, "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem"}
    for start in range(0, items, _BATCH):
        requests = [
            {"PutRequest": {"Item": {PARTITION_KEY: {"S": f"filled#{start + number}"}, **_ITEM}}}
            for number in range(min(_BATCH, items - start))
        ]
        client.call("POST", "/", json.dumps({"RequestItems": {table: requests}}).encode(), headers)


def make_buckets(server: Server, source: str, destination: str) -> None:
    """Make two buckets, the first replicated to the second with replication time control."""
    near, far = boto(server, "s3"), boto(server, "s3", OTHERS[0])
    near.create_bucket(Bucket=source)
    far.create_bucket(Bucket=destination, CreateBucketConfiguration={"LocationConstraint": OTHERS[0]})
    for client, bucket in ((near, source), (far, destination)):
        client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    time = {"Status": "Enabled", "Time": {"Minutes": 15}}
    metrics = {"Status": "Enabled", "EventThreshold": {"Minutes": 15}}
    rule = {
        "ID": "all",
        "Priority": 0,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": {"Bucket": f"arn:aws:s3:::{destination}", "ReplicationTime": time, "Metrics": metrics},
    }
    configuration = {"Role": make_role(server, "replication", "s3"), "Rules": [rule]}
    near.put_bucket_replication(Bucket=source, ReplicationConfiguration=configuration)


def put_object(server: Server, bucket: str) -> Operation:
    """Return a client that stores one new object of 500 bytes after the other."""
    client, body = Client(server, "s3", REGION), b"x" * 500

    def put() -> None:
        client.call("PUT", f"/{bucket}/{next(_numbers)}", body)

    return put


def make_api(server: Server, table: str, package: FunctionPackage) -> str:
    """Make an API whose one route invokes the payment function; return its path on the AWS API's port."""
    arn = boto(server, "lambda").create_function(
        FunctionName="payments",
        Runtime="python3.13",
        Role=make_role(server, "payments", "lambda"),
        Handler=HANDLERS[Function.PAYMENT_API],
        Code={"ZipFile": package.path.read_bytes()},
        Timeout=10,
        Environment={"Variables": _variables(table)},
    )["FunctionArn"]
    client = boto(server, "apigateway")
    api = client.create_rest_api(name="payments")["id"]
    (root,) = client.get_resources(restApiId=api)["items"]
    resource = client.create_resource(restApiId=api, parentId=root["id"], pathPart="payment")["id"]
    method = {"restApiId": api, "resourceId": resource, "httpMethod": "POST"}
    client.put_method(**method, authorizationType="AWS_IAM")
    uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
    client.put_integration(**method, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)
    client.create_deployment(restApiId=api, stageName="v1")
    boto(server, "lambda").add_permission(
        FunctionName="payments",
        StatementId="api",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
    )
    return f"/_aws/execute-api/{api}/v1/payment"


def pay(server: Server, path: str) -> Operation:
    """Return a payer that makes one payment after the other."""
    client = Client(server, "execute-api", REGION)

    def make_payment() -> None:
        payment = {"transactionId": f"payment-{next(_numbers)}", "amount": "12.34", "currency": "EUR"}
        client.call("POST", path, json.dumps(payment).encode(), {"Content-Type": "application/json"})

    return make_payment


def make_role(server: Server, name: str, service: str) -> str:
    """Make a role for a service, which allows what is loaded here; return its ARN."""
    iam = boto(server, "iam")
    trust = {"Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document)["Role"]
    policy = json.dumps({"Version": "2012-10-17", **_ANYTHING})
    iam.put_role_policy(RoleName=name, PolicyName="anything", PolicyDocument=policy)
    return str(role["Arn"])


def _variables(table: str) -> dict[str, str]:
    return {
        Variable.TABLE_NAME: table,
        Variable.PRIMARY_REGION: REGION,
        Variable.STANDBY_REGION: OTHERS[0],
        Variable.RETRY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/000000000000/unused",
        Variable.LOG_LEVEL: "INFO",
        Variable.SERVICE: "benchmark",
        Variable.METRICS_NAMESPACE: "benchmark",
    }

"""IAM users with keys of their own, and sessions with the rights of a role."""

import json
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import boto3
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from operations.aws import without_account_host
from sandbox.deployment import Deployment
from tests.emulated.site import PRIMARY, REGIONS, Aws, Site, host_of

DENIED = {"AccessDenied", "AccessDeniedException"}


def clients(endpoint_url: str, credentials: Credentials) -> Aws:
    """Return a maker of clients that sign with these credentials."""
    session: Any = boto3.session.Session(
        aws_access_key_id=credentials.access_key,
        aws_secret_access_key=credentials.secret_key,
        aws_session_token=credentials.token,
    )

    def client(service: str, region: str = PRIMARY) -> Any:
        made = session.client(service, region_name=region, endpoint_url=endpoint_url)
        if service == "s3control":
            without_account_host(made)
        return made

    return client


def administered(deployment: Deployment) -> Site:
    """Return a deployed stack as an administrator of its emulator sees it."""
    emulator = deployment.emulator
    root = Credentials(emulator.environment["AWS_ACCESS_KEY_ID"], emulator.environment["AWS_SECRET_ACCESS_KEY"])
    return Site(deployment, clients(emulator.endpoint_url, root))


def create_user(aws: Aws, name: str, statement: Mapping[str, Any]) -> Credentials:
    """Create a user who may do what one statement says; the name only begins like this."""
    iam, name = aws("iam"), f"{name}-{uuid4().hex[:8]}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=policy({"Effect": "Allow", **statement}))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return Credentials(key["AccessKeyId"], key["SecretAccessKey"])


def may_pay(site: Site) -> dict[str, Any]:
    """Return the statement that lets payers use the payment methods of both regions' APIs, and nothing else."""
    methods = [
        f"arn:aws:execute-api:{region}:*:{host_of(site.output('execute_api_urls', region)).split('.')[0]}/live/{method}"
        for region in REGIONS
        for method in ("POST/payment", "GET/payment/*")
    ]
    return {"Action": "execute-api:Invoke", "Resource": methods}


def acting_as(site: Site, role: str) -> Aws:
    """Return clients with a role's rights; its trust policy lets the account in for a moment, as none does."""
    iam = site.aws("iam")
    described = iam.get_role(RoleName=role)["Role"]
    trust = described["AssumeRolePolicyDocument"]
    account = {"AWS": described["Arn"].split(":")[4]}
    guest = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": account}
    widened = {**trust, "Statement": [*trust["Statement"], guest]}
    try:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(widened))
        return assumed(site, site.aws("sts"), described["Arn"])
    finally:
        iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps(trust))


def assumed(site: Site, sts: Any, role_arn: str) -> Aws:
    """Return clients with the rights of a role that the caller of `sts` assumes."""
    session = sts.assume_role(RoleArn=role_arn, RoleSessionName="test")["Credentials"]
    credentials = Credentials(session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"])
    return clients(site.deployment.emulator.endpoint_url, credentials)


def is_refused(error: ClientError) -> bool:
    """Return whether an error says that a right is missing."""
    return error.response["Error"]["Code"] in DENIED


def policy(*statements: Mapping[str, Any]) -> str:
    """Return a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})

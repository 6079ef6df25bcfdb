"""Who may pay where an API names its payers: of any account, and nobody else of its own (FACTS 15.2)."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.credentials import Credentials

from emulator import Emulator
from tests.emulated.emulator.sample_api import FAILOVER_NAME, STAGE, SampleApi
from tests.emulated.emulator.sending import ApiCaller

REGION, OTHER_ACCOUNT = "us-east-2", "210987654321"
PAYING = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "arn:aws:execute-api:*:*:*/live/POST/payment"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def resource_policy(api: str, *payers: str) -> str:
    """Return the policy that the stack makes for payers."""
    prefix = f"arn:aws:execute-api:{REGION}:000000000000:{api}/{STAGE}/"
    invoke = {"Action": "execute-api:Invoke"}
    payment = {**invoke, "Resource": f"{prefix}POST/payment"}
    unnamed = {"ArnNotEquals": {"aws:PrincipalArn": list(payers)}}
    return policy(
        {"Effect": "Allow", "Principal": "*", **invoke, "Resource": f"{prefix}GET/health"},
        {"Effect": "Allow", "Principal": {"AWS": list(payers)}, **payment},
        {"Effect": "Deny", "Principal": "*", **payment, "Condition": unnamed},
    )


@pytest.fixture(scope="module")
def foreign(plain_emulator: Emulator) -> Callable[[str], tuple[str, Credentials]]:
    """Make users of another account who may pay, as far as that account is asked."""
    session: Any = boto3.session.Session(OTHER_ACCOUNT, plain_emulator.environment["AWS_SECRET_ACCESS_KEY"])
    iam = session.client("iam", region_name="us-east-1", endpoint_url=plain_emulator.endpoint_url)

    def create(allowed: str) -> tuple[str, Credentials]:
        name = f"foreign-{uuid4().hex[:8]}"
        user = iam.create_user(UserName=name)["User"]
        iam.put_user_policy(UserName=name, PolicyName="access", PolicyDocument=policy({**PAYING, "Action": allowed}))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return user["Arn"], Credentials(key["AccessKeyId"], key["SecretAccessKey"])

    return create


@pytest.fixture
def pays(plain_emulator: Emulator, sample_api: SampleApi) -> Callable[[Credentials], int]:
    """Post a payment; return the status."""

    def post(credentials: Credentials) -> int:
        return (
            ApiCaller(plain_emulator, FAILOVER_NAME, credentials=credentials)
            .send(REGION, "POST", "/payment", body=b"{}")
            .status
        )

    return post


@pytest.fixture
def set_policy(client: Callable[..., Any], sample_api: SampleApi) -> Iterator[Callable[..., None]]:
    """Name the payers of the API; without a deployment nothing changes for them."""
    gateway, api = client("apigateway", REGION), sample_api.api_ids[REGION]

    def change(*payers: str, deploy: bool = True) -> None:
        document = resource_policy(api, *payers) if payers else ""
        operation = {"op": "replace", "path": "/policy", "value": document}
        gateway.update_rest_api(restApiId=api, patchOperations=[operation])
        if deploy:
            gateway.create_deployment(restApiId=api, stageName=STAGE)

    yield change
    change()


def test_payer_of_another_account_needs_both_policies(
    foreign: Callable[[str], tuple[str, Credentials]],
    pays: Callable[[Credentials], int],
    set_policy: Callable[..., None],
) -> None:
    arn, payer = foreign("execute-api:Invoke")
    assert pays(payer) == 403  # its own policy alone
    set_policy(arn, deploy=False)
    assert pays(payer) == 403  # a policy that is not deployed
    set_policy(arn)
    assert pays(payer) == 200
    unable, stranger = foreign("sqs:SendMessage")
    set_policy(arn, unable)
    assert pays(stranger) == 403  # the API's alone
    assert pays(payer) == 200


def test_own_account_pays_only_where_it_is_named(
    plain_emulator: Emulator,
    sample_api: SampleApi,
    pays: Callable[[Credentials], int],
    set_policy: Callable[..., None],
    client: Callable[..., Any],
) -> None:
    own = client("iam").get_user(UserName="payer")["User"]["Arn"]
    assert pays(sample_api.payer) == 200
    set_policy("arn:aws:iam::000000000000:user/stranger")
    assert pays(sample_api.payer) == 403
    health = ApiCaller(plain_emulator, FAILOVER_NAME).send(REGION, "GET", "/health")
    assert health.status == 200  # open to everybody, signed or not
    set_policy(own)
    assert pays(sample_api.payer) == 200

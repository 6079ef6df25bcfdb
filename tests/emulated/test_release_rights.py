"""The role for releases: it moves versions, and reaches neither payments nor the writer."""

import pytest

from contract.environment import Function
from tests.emulated.attempts import (
    NEVER,
    Attempt,
    call,
    get,
    on_api,
    on_canaries,
    on_control,
    on_function,
    on_queue,
    on_stage,
    on_table,
    put,
)
from tests.emulated.site import REGIONS, STANDBY, Aws, Site
from tests.emulated.users import assumed, clients, create_user

pytestmark = pytest.mark.may_be_refused

CANARY = {"pk": {"S": "payment#canary"}}
TICKERS = tuple(f"ticker#{region}" for region in REGIONS)
NOTHING = "99999"
"""A version, or a deployment, that there is not."""


def logs(region: str, function: Function = Function.PAYMENT_API) -> Attempt:
    """Read a function's log."""

    def attempt(site: Site, aws: Aws) -> None:
        aws("logs", region).filter_log_events(logGroupName=f"/aws/lambda/{site.name(function, region)}", limit=1)

    return Attempt(f"filter_log_events {function} {region}", attempt)


ALLOWED = [
    *(on_control("get", key, region) for key in ("writer", "release", *TICKERS) for region in REGIONS),
    *(on_control(operation, "release", region) for operation in ("put", "update") for region in REGIONS),
    *(on_function("get_alias", region, function=function, Name="live") for function in Function for region in REGIONS),
    *(
        on_function("update_alias", region, Name="live", FunctionVersion="1", RevisionId="nobody's")
        for region in REGIONS
    ),
    *(on_function("list_versions_by_function", region) for region in REGIONS),
    *(on_function("get_policy", region) for region in REGIONS),
    *(on_function("delete_function", region, Qualifier=NOTHING) for region in REGIONS),
    *(on_function("invoke", region, function=Function.PAYMENT_CANARY, Qualifier="1") for region in REGIONS),
    *(on_api("get_deployments", region) for region in REGIONS),
    *(on_api("delete_deployment", region, deploymentId=NOTHING) for region in REGIONS),
    *(on_stage("get_stage", region) for region in REGIONS),
    *(on_stage("update_stage", region) for region in REGIONS),
    *(on_canaries("get_item", region, Key=CANARY) for region in REGIONS),
    *(on_canaries("delete_item", region, Key=CANARY, **NEVER) for region in REGIONS),
    *(logs(region, function) for function in (Function.PAYMENT_API, Function.TICKER) for region in REGIONS),
    *(call("cloudwatch", "describe_alarms", region, AlarmNames=["nothing"]) for region in REGIONS),
    *(call("ssm", "get_parameter", region, Name=f"/payments-{region}-dev/operations/site") for region in REGIONS),
]
REFUSED = [
    *(on_control(operation, "writer", region) for operation in ("put", "update", "delete") for region in REGIONS),
    on_control("delete", "release"),
    *(on_control(operation, f"ticker#{STANDBY}") for operation in ("put", "update", "delete")),
    *(on_control("get", key) for key in (f"proof#{STANDBY}", f"epoch#{STANDBY}#1")),
    *(put(key) for key in ("payment#lost", f"control#glass#{STANDBY}")),
    get("payment#lost"),
    on_table("scan", Limit=1),
    on_canaries("scan"),
    on_canaries("put_item", Item=CANARY, **NEVER),
    on_function("get_function_configuration", Qualifier="live"),
    on_function("get_policy", function=Function.TICKER),
    on_function("update_function_configuration", MemorySize=128),
    on_function("publish_version"),
    on_function("delete_function"),
    on_function("delete_alias", Name="live"),
    on_function("invoke", Qualifier="1"),
    on_function("invoke", Qualifier="live"),
    on_function("add_permission", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com"),
    on_stage("delete_stage"),
    on_api("delete_rest_api"),
    on_api("put_method", resourceId="nothing", httpMethod="GET", authorizationType="NONE"),
    *(on_queue("send_message", kind, MessageBody="{}") for kind in ("retry", "dead_letter")),
    call("cloudwatch", "set_alarm_state", AlarmName="nothing", StateValue="OK", StateReason="forged"),
    call("ssm", "get_parameters_by_path", Path="/"),
]


@pytest.fixture(scope="module")
def releaser(site: Site) -> Aws:
    """Clients of somebody in the account who may assume the role, and may nothing else."""
    arn = site.deployment.outputs["release_role_arn"]
    user = create_user(site.aws, "releaser", {"Action": "sts:AssumeRole", "Resource": arn})
    return assumed(site, clients(site.deployment.emulator.endpoint_url, user)("sts"), arn)


@pytest.mark.parametrize("attempt", ALLOWED, ids=str)
def test_who_releases_may(site: Site, releaser: Aws, attempt: Attempt) -> None:
    assert attempt.is_allowed(site, releaser)


@pytest.mark.parametrize("attempt", REFUSED, ids=str)
def test_who_releases_may_not(site: Site, releaser: Aws, attempt: Attempt) -> None:
    assert not attempt.is_allowed(site, releaser)

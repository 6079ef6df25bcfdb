"""The role for DR operations, and who may read parameters."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from contract.environment import Function
from tests.emulated.attempts import (
    Attempt,
    call,
    delete,
    get,
    on_bucket,
    on_check,
    on_control,
    on_control_table,
    on_copies,
    on_function,
    on_queue,
    on_schedule,
    on_stage,
    on_table,
    on_topic,
    put,
    put_event,
    update,
)
from tests.emulated.payments import new_payment, queue_message
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Aws, Site
from tests.emulated.users import acting_as, assumed, clients, create_user, is_refused

pytestmark = pytest.mark.may_be_refused

OPERATORS = ("dr-operations", "dr-release")
RESTORERS = "dr-restore"
QUEUES = ("retry", "dead_letter", "stream_failure")
LATER: dict[str, Any] = {"MessageBody": queue_message(new_payment(), STANDBY), "DelaySeconds": 900}
SHOWN = [{"Id": "0", "ReceiptHandle": "nothing", "VisibilityTimeout": 0}]
MINUTE: dict[str, Any] = {
    "MetricDataQueries": [
        {
            "Id": "stored",
            "MetricStat": {
                "Metric": {"Namespace": "PaymentsDR/dev", "MetricName": "PaymentStored"},
                "Period": 60,
                "Stat": "Sum",
            },
        }
    ],
    "StartTime": 0,
    "EndTime": 60,
}
FORGED: dict[str, Any] = {
    "Namespace": "PaymentsDR/dev",
    "MetricData": [{"MetricName": "PaymentStored", "Value": 1}],
}

ALLOWED = [
    *(on_control(operation, "writer", region) for operation in ("get", "put") for region in REGIONS),
    *(on_control("get", f"{kind}#{region}", region) for kind in ("proof", "ticker") for region in REGIONS),
    *(on_control("get", f"epoch#{region}#1") for region in REGIONS),
    *(on_control(operation, "release", region) for operation in ("get", "update") for region in REGIONS),
    *(
        on_control_table(what, region)
        for what in ("describe_table", "describe_continuous_backups")
        for region in REGIONS
    ),
    *(put(f"control#glass#{region}", region) for region in REGIONS),
    *(put("payment#lost", region) for region in REGIONS),
    *(on_table("scan", region, Limit=1) for region in REGIONS),
    *(on_table("describe_table", region) for region in REGIONS),
    *(get(f"control#heartbeat#{region}") for region in REGIONS),
    *(on_queue("receive_message", "dead_letter", region) for region in REGIONS),
    *(on_queue("change_message_visibility_batch", "dead_letter", region, Entries=SHOWN) for region in REGIONS),
    *(on_queue("send_message", "retry", region, **LATER) for region in REGIONS),
    *(on_bucket("list_objects_v2", region) for region in REGIONS),
    *(on_bucket("get_object", region, Key="transaction-logs/nothing") for region in REGIONS),
    *(on_bucket("put_object", region, Key="transaction-logs/operators/empty.jsonl", Body=b"") for region in REGIONS),
    *(on_queue("get_queue_attributes", kind, region) for kind in QUEUES for region in REGIONS),
    *(on_table("describe_continuous_backups", region) for region in REGIONS),
    *(call("cloudwatch", "describe_alarms", region, AlarmNames=["nothing"]) for region in REGIONS),
    *(call("cloudwatch", "get_metric_data", region, **MINUTE) for region in REGIONS),  # status, evidence
    *(on_function("get_function_configuration", region) for region in REGIONS),
    *(on_function("get_function_configuration", region, Qualifier="live") for region in REGIONS),
    *(on_function("get_function_concurrency", region) for region in REGIONS),
    *(on_function("list_event_source_mappings", region) for region in REGIONS),
    *(
        on_schedule("describe_rule", function, region)
        for function in (Function.TICKER, Function.READINESS_CHECK)
        for region in REGIONS
    ),
    *(put_event(region) for region in REGIONS),
    *(call("lambda", "get_account_settings", region) for region in REGIONS),
    *(call("apigateway", "get_account", region) for region in REGIONS),
    *(on_stage("get_stage", region) for region in REGIONS),
    *(on_topic("get_topic_attributes", region) for region in REGIONS),
    *(
        on_copies(operation, region)
        for operation in ("create_job", "describe_job", "update_job_status")
        for region in REGIONS
    ),
    *(
        on_check("get_health_check_status", name)
        for name in ("primary_writer", "standby_writer", "standby_health", "serving")
    ),
]
REFUSED = [
    *(on_table("delete_table", region) for region in REGIONS),
    *(put(f"control#{kind}#{STANDBY}") for kind in ("heartbeat", "health")),
    *(update(f"control#heartbeat#{region}") for region in REGIONS),
    *(on_control(operation, "writer") for operation in ("update", "delete")),
    *(on_control("put", f"{kind}#{STANDBY}") for kind in ("proof", "ticker", "epoch")),
    on_control("update", f"proof#{STANDBY}"),
    *(on_control(operation, "release") for operation in ("put", "delete")),
    *(on_control_table(operation) for operation in ("scan", "delete_table")),
    put(f"control#glass#{PRIMARY}"),
    update("payment#lost"),
    delete("payment#lost"),
    delete(f"control#glass#{PRIMARY}"),
    on_queue("delete_message", "retry", ReceiptHandle="nothing"),
    on_queue("send_message", "dead_letter", **LATER),
    *(on_queue("purge_queue", kind) for kind in QUEUES),
    on_bucket("put_object", Key="transaction-logs/forged", Body=b""),
    on_bucket("put_object", Key=f"transaction-logs/{STANDBY}/forged", Body=b""),
    on_bucket("delete_object", Key="transaction-logs/nothing"),
    on_bucket("delete_bucket"),
    call("cloudwatch", "set_alarm_state", AlarmName="nothing", StateValue="OK", StateReason="forged"),
    call("cloudwatch", "delete_alarms", AlarmNames=["nothing"]),
    # Who moves traffic does not write what payers saw of it.
    *(call("cloudwatch", "put_metric_data", region, **FORGED) for region in REGIONS),
    call("cloudwatch", "describe_alarms", "eu-west-1", AlarmNames=["nothing"]),
    on_function("update_function_configuration", MemorySize=128),
    on_function("put_function_concurrency", ReservedConcurrentExecutions=0),
    on_function("invoke"),
    on_function("invoke", Qualifier="live"),
    on_function("update_alias", Name="live", FunctionVersion="1"),
    on_schedule("disable_rule", Function.TICKER),
    on_schedule("describe_rule", Function.PAYMENT_API),
    on_stage("update_stage"),
    on_stage("delete_stage"),
    call("apigateway", "get_rest_apis"),
    # The role for copies is the one that a job may act as.
    *(on_copies("create_job", role=role) for role in ("replication", "payment-api")),
    on_copies("describe_job", "eu-west-1"),
    on_check("update_health_check", "primary_writer", Disabled=True),
    on_check("delete_health_check", "primary_writer"),
    call("route53", "get_health_check_status", HealthCheckId="00000000-0000-0000-0000-000000000000"),
    call("ssm", "put_parameter", Name="/payments-us-east-2-dev/operations/site", Value="{}", Overwrite=True),
    call("ssm", "get_parameters_by_path", Path="/"),
]


@pytest.fixture(scope="module")
def operator(site: Site) -> Aws:
    """Clients of somebody in the account who may assume the role, and may nothing else."""
    arn = site.deployment.outputs["operations_role_arn"]
    user = create_user(site.aws, "operator", {"Action": "sts:AssumeRole", "Resource": arn})
    return assumed(site, clients(site.deployment.emulator.endpoint_url, user)("sts"), arn)


@pytest.mark.parametrize("attempt", ALLOWED, ids=str)
def test_operators_may(site: Site, operator: Aws, attempt: Attempt) -> None:
    assert attempt.is_allowed(site, operator)


@pytest.mark.parametrize("attempt", REFUSED, ids=str)
def test_operators_may_not(site: Site, operator: Aws, attempt: Attempt) -> None:
    assert not attempt.is_allowed(site, operator)


def test_who_may_not_assume_the_role_does_not_get_it(site: Site) -> None:
    user = create_user(site.aws, "nobody", {"Action": "sqs:ListQueues", "Resource": "*"})
    sts = clients(site.deployment.emulator.endpoint_url, user)("sts")
    with pytest.raises(ClientError) as refused:
        assumed(site, sts, site.deployment.outputs["operations_role_arn"])
    assert is_refused(refused.value)


READERS: dict[str, set[str]] = {
    "endpoints/own": {Function.TICKER},
    "endpoints/peer": set(),
    "endpoints/failover": set(),
    "functions/configuration": {Function.TICKER},
    "database/connection-string": {Function.RETRY_WORKER},
    "operations/site": {*OPERATORS, RESTORERS},
}
"""Who reads each of a region's parameters."""


@pytest.fixture(scope="module")
def everybody(site: Site) -> dict[str, Aws]:
    """Clients with the rights of each role of the deployment."""
    roles = site.aws("iam").get_paginator("list_roles").paginate()
    names = [role["RoleName"] for page in roles for role in page["Roles"]]
    return {name: acting_as(site, name) for name in names}


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("path", READERS)
def test_nobody_else_reads_a_parameter(site: Site, everybody: dict[str, Aws], path: str, region: str) -> None:
    name = f"/payments-{region}-{site.suffix}/{path}"

    def read(site: Site, aws: Aws) -> None:
        aws("ssm", region).get_parameter(Name=name, WithDecryption=True)

    expected = {
        f"{reader}-{site.suffix}" if reader.startswith("dr-") else site.name(Function(reader), region)
        for reader in READERS[path]
    }
    readers = {role for role, aws in everybody.items() if Attempt("read", read).is_allowed(site, aws)}
    assert readers == expected

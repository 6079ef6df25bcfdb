"""The entry points: what they import, what they read of the environment, and when."""

import importlib
import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest

from handlers import heartbeat, payment_api, retry_worker, runtime, sentinel, transaction_log
from handlers.environment import HANDLERS, VARIABLES, Function, Variable
from handlers.payments.gate import FenceUnknownError
from handlers.runtime import EnvironmentVariableError
from tests.unit.handlers.fakes import FakeContext, FakeTable
from tests.unit.handlers.forms import parse

ENTRY_POINTS: dict[Function, Any] = {
    Function.PAYMENT_API: payment_api._api,
    Function.RETRY_WORKER: retry_worker._worker,
    Function.TRANSACTION_LOG: transaction_log._recorder,
    Function.HEARTBEAT: heartbeat._beat,
    Function.SENTINEL: sentinel._sentinel,
}
VALUES = {
    Variable.TABLE_NAME: "payments-test",
    Variable.PRIMARY_REGION: "us-east-1",
    Variable.STANDBY_REGION: "us-east-2",
    Variable.RETRY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/retry",
    Variable.BUCKET_NAME: "payments-test",
    Variable.PAYMENT_RECEIPTS: "false",
    Variable.CONNECTION_STRING_PARAMETER: "/payments/connection-string",
    Variable.PEER_ENDPOINT_PARAMETER: "/payments/peer-endpoint",
    Variable.CONFIGURATION_PARAMETER: "/payments/configuration",
    Variable.RELEASE: "release",
}
FUNCTIONS = list(Function)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Variable:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nothing here may be sent
    for build in (*ENTRY_POINTS.values(), retry_worker._service):
        build.cache_clear()


def provide(monkeypatch: pytest.MonkeyPatch, function: Function, *, without: Variable | None = None) -> None:
    monkeypatch.setenv(Variable.REGION, "us-east-1")
    for name in VARIABLES[function]:
        if name != without:
            monkeypatch.setenv(name, VALUES[name])


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_handler_is_where_the_contract_says(function: Function) -> None:
    module, _, name = HANDLERS[function].rpartition(".")
    assert callable(getattr(importlib.import_module(module), name))


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_variables_of_the_contract_suffice(monkeypatch: pytest.MonkeyPatch, function: Function) -> None:
    provide(monkeypatch, function)
    build = ENTRY_POINTS[function]
    assert build() is build()


@pytest.mark.parametrize(
    ("function", "missing"), [(function, name) for function in FUNCTIONS for name in VARIABLES[function]]
)
def test_a_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch, function: Function, missing: Variable) -> None:
    provide(monkeypatch, function, without=missing)
    with pytest.raises(EnvironmentVariableError, match=f"^environment variable {missing} is not set$"):
        ENTRY_POINTS[function]()


def test_a_region_that_is_neither_of_the_two_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.SENTINEL)
    monkeypatch.setenv(Variable.REGION, "eu-central-1")
    with pytest.raises(EnvironmentVariableError, match="eu-central-1, which is neither"):
        sentinel._sentinel()


def test_a_flag_is_true_or_false(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(Variable.PAYMENT_RECEIPTS, "True")
    with pytest.raises(EnvironmentVariableError, match='must be "true" or "false"'):
        runtime.flag(Variable.PAYMENT_RECEIPTS)


def test_the_context_is_prepared_in_lambda_only(monkeypatch: pytest.MonkeyPatch) -> None:
    built: list[bool] = []
    runtime.prepare(lambda: built.append(True))
    assert built == []
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "payment-api")
    runtime.prepare(lambda: built.append(True))
    assert built == [True]


def test_payments_are_written_through_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.PAYMENT_API)
    for service in (payment_api._api()._service, retry_worker._service("payments-test")):
        with pytest.raises(FenceUnknownError):  # the fence was never read
            service._table.insert(parse(), began_in="us-east-1")


def test_the_worker_keeps_its_clients_while_the_table_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.RETRY_WORKER)
    assert retry_worker._service("first") is retry_worker._service("first")
    assert retry_worker._service("second") is not retry_worker._service("first")


def test_a_heartbeat_says_when_and_which_release(monkeypatch: pytest.MonkeyPatch) -> None:
    table = FakeTable()
    provide(monkeypatch, Function.HEARTBEAT)
    monkeypatch.setattr(heartbeat, "client", lambda *_: table)
    heartbeat.handler({}, FakeContext())
    item = table.items["control#heartbeat#us-east-1"]
    assert sorted(item) == ["at", "epochSeconds", "pk", "release"]
    assert (item["release"], item["epochSeconds"]["N"].isdigit()) == ({"S": "release"}, True)


def test_the_transaction_log_answers_as_the_event_source_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.TRANSACTION_LOG)
    assert transaction_log.handler({"Records": []}, FakeContext()) == {"batchItemFailures": []}


def test_cold_starts_import_nothing_heavy_and_no_import_reads_the_environment() -> None:
    script = (
        "import sys, json\n"
        f"for module in {[handler.rpartition('.')[0] for handler in HANDLERS.values()]}: __import__(module)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=environment)
    imported = set(json.loads(result.stdout))
    assert (
        imported & {"boto3", "s3transfer", "pydantic", "cdktf", "dr_constructs", "emulator", "operations", "tests"}
        == set()
    )


@pytest.mark.parametrize("function", FUNCTIONS)
def test_every_entry_point_names_its_permissions(function: Function) -> None:
    module = importlib.import_module(HANDLERS[function].rpartition(".")[0])
    assert re.search(r"IAM\b[^*]*: *\n? *(dynamodb|ssm|s3|sqs):[A-Z]", module.__doc__ or "")

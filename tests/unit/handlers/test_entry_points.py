"""The entry points: what they import, what they read of the environment, and when."""

import importlib
import json
import os
import re
import subprocess
import sys
import threading
from typing import Any

import pytest

from contract.deadlines import TICKER_LAST_TICK_SECONDS, TICKER_RUN_SECONDS
from contract.environment import BACKUPS_EVENT, HANDLERS, VARIABLES, Function, Variable
from handlers import payment_api, probes, readiness, retry_worker, runtime, ticker, transaction_log
from handlers.payments.queue import QueueUnavailableError
from handlers.runtime import EnvironmentVariableError
from handlers.tickers.probe import HealthAnswer, HealthProbe
from handlers.writer.knowledge import WriterUnknownError
from tests.unit.fake_clock import FakeClock
from tests.unit.handlers.fakes import FakeContext, FakeParameters, FakeTable, function_clock
from tests.unit.handlers.forms import parse
from tests.unit.handlers.payment_function_fakes import emitted, open_in

ENTRY_POINTS: dict[Function, Any] = {
    Function.PAYMENT_API: payment_api._api,
    Function.PAYMENT_CANARY: payment_api._api,
    Function.PROBES: probes._probes,
    Function.RETRY_WORKER: retry_worker._worker,
    Function.TRANSACTION_LOG: transaction_log._parts,
    Function.TICKER: ticker._ticker,
    Function.READINESS_CHECK: readiness._check,
}
VALUES = {
    Variable.TABLE_NAME: "payments-test",
    Variable.CONTROL_TABLE_NAME: "payments-control-test",
    Variable.PRIMARY_REGION: "us-east-1",
    Variable.STANDBY_REGION: "us-east-2",
    Variable.RETRY_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/retry",
    Variable.PEER_RETRY_QUEUE_URL: "https://sqs.us-east-2.amazonaws.com/123456789012/retry",
    Variable.DEAD_LETTER_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/dead",
    Variable.STREAM_FAILURES_QUEUE_URL: "https://sqs.us-east-1.amazonaws.com/123456789012/stream-failures",
    Variable.BUCKET_NAME: "payments-test",
    Variable.ALLOW_CARD_NUMBERS: "false",
    Variable.PAYMENT_RECEIPTS: "false",
    Variable.CONNECTION_STRING_PARAMETER: "/payments/connection-string",
    Variable.ENDPOINT_PARAMETER: "/payments/endpoint",
    Variable.CONFIGURATION_PARAMETER: "/payments/configuration",
    Variable.RELEASE: "release",
    Variable.RELEASE_TARGETS: '{"us-east-1": {"functions": {"payment-api": "payment-api"}, "api": "a1"}}',
}
FUNCTIONS = list(Function)


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Variable:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv(Variable.METRICS_NAMESPACE, "PaymentsDR/test")
    monkeypatch.setenv(Variable.SERVICE, "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")  # nothing here may be sent
    for build in ENTRY_POINTS.values():
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
    provide(monkeypatch, Function.TICKER)
    monkeypatch.setenv(Variable.REGION, "eu-central-1")
    with pytest.raises(EnvironmentVariableError, match="eu-central-1, which is neither"):
        ticker._ticker()


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


@pytest.mark.parametrize("module", [payment_api, probes])
def test_first_request_meets_knowledge_of_the_writer(monkeypatch: pytest.MonkeyPatch, module: Any) -> None:
    """It is read while Lambda initialises the function: the first request has no time to connect."""
    provide(monkeypatch, Function.PAYMENT_API)
    table = FakeTable()
    table.set_writer(open_in("us-east-1"))
    monkeypatch.setattr(module, "probe_client", lambda _: table)
    module._start()
    event = {"resource": "/writer", "httpMethod": "GET"}
    assert module.handler(event, FakeContext())["statusCode"] == 200
    assert table.keys_of("get_item") == ["writer"]


@pytest.mark.parametrize("module", [payment_api, probes])
def test_control_table_that_does_not_answer_keeps_no_function_from_starting(
    monkeypatch: pytest.MonkeyPatch, module: Any
) -> None:
    provide(monkeypatch, Function.PAYMENT_API)
    module._start()  # nobody listens


def test_payments_are_written_through_a_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.PAYMENT_API)
    provide(monkeypatch, Function.RETRY_WORKER)
    for service in (payment_api._api()._service, retry_worker._worker()._service_of("payments-test")):
        with pytest.raises(WriterUnknownError):  # the writer was never read
            service._table.insert(parse(), began_in="us-east-1")


def test_messages_of_the_api_are_sent_through_a_guard_and_the_workers_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.PAYMENT_API)
    provide(monkeypatch, Function.RETRY_WORKER)
    with pytest.raises(WriterUnknownError):
        payment_api._api()._queue.send("{}", correlation_id="c")
    with pytest.raises(QueueUnavailableError):  # nobody listens
        retry_worker._worker()._queues.peer.send("{}", correlation_id="c")


def test_the_worker_sends_to_each_queue_in_its_region(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.RETRY_WORKER)
    connected: list[tuple[str, str]] = []
    monkeypatch.setattr(retry_worker, "client", lambda service, region: connected.append((service, region)))
    queues = retry_worker._worker()._queues
    connected.clear()
    for queue in (queues.own, queues.peer, queues.dead_letters):
        with pytest.raises(AttributeError):
            queue.send("{}", correlation_id="c")
    assert connected == [("sqs", "us-east-1"), ("sqs", "us-east-2"), ("sqs", "us-east-1")]


def test_the_worker_keeps_its_clients_while_the_table_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.RETRY_WORKER)
    service_of = retry_worker._worker()._service_of
    first = service_of("first")
    assert service_of("first") is first
    assert service_of("second") is not first


@pytest.mark.parametrize(("region", "is_primary"), [("us-east-1", True), ("us-east-2", False)])
def test_regions_know_which_they_are(monkeypatch: pytest.MonkeyPatch, region: str, is_primary: bool) -> None:  # noqa: FBT001
    provide(monkeypatch, Function.PAYMENT_API)
    provide(monkeypatch, Function.TICKER)
    monkeypatch.setenv(Variable.REGION, region)
    assert payment_api._api()._here.is_primary is is_primary
    assert ticker._ticker()._parts.place.is_primary is is_primary


def test_work_in_the_background_is_done() -> None:
    done = threading.Event()
    runtime.in_background(done.set)
    assert done.wait(timeout=60)


def test_a_cold_start_of_the_ticker_makes_no_client_that_only_an_undoing_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.TICKER)
    made: list[tuple[str, str]] = []
    monkeypatch.setattr(ticker, "brief_client", lambda service, region: made.append((service, region)))
    clients = ticker._ticker()._parts.releases.clients
    assert made == []
    for _ in range(2):
        clients.functions("us-east-2")
        clients.gateways("us-east-1")
    assert made == [("lambda", "us-east-2"), ("apigateway", "us-east-1")]


class TestTickerRun:
    """How long one invocation of the ticker ticks."""

    @pytest.fixture
    def time(self, monkeypatch: pytest.MonkeyPatch) -> FakeClock:
        provide(monkeypatch, Function.TICKER)
        time, table = FakeClock(), FakeTable()
        parameters = FakeParameters(**{VALUES[Variable.ENDPOINT_PARAMETER]: "https://x.example"})
        monkeypatch.setattr(ticker, "Clock", lambda: function_clock(time))
        monkeypatch.setattr(ticker, "client", lambda *_: parameters)
        monkeypatch.setattr(ticker, "probe_client", lambda _: table)
        monkeypatch.setattr(HealthProbe, "ask", lambda *_: HealthAnswer.GOOD)
        table.is_strict = False
        self.table = table
        return time

    def ticks(self) -> int:
        return self.table.keys_of("get_item").count("writer")

    def test_it_ends_when_it_has_lived_its_time(self, time: FakeClock) -> None:
        ticker.handler({}, FakeContext(1_000_000))
        assert self.ticks() == TICKER_RUN_SECONDS
        assert time.monotonic() - 1000 == TICKER_RUN_SECONDS

    def test_no_tick_begins_that_the_function_could_not_finish(self, time: FakeClock) -> None:
        ticker.handler({}, FakeContext(TICKER_LAST_TICK_SECONDS * 1000 - 1))
        assert self.ticks() == 0

    def test_it_ends_once_two_newer_runs_have_claimed(self, time: FakeClock) -> None:
        def claim(method: str) -> None:
            if "ticker#us-east-1" in self.table.control:
                memory = self.table.control["ticker#us-east-1"]
                for at, run in ((1020, "second"), (1040, "third")):
                    if time.monotonic() > at:
                        memory["run"] = {"S": run}
                if time.monotonic() > 1020:
                    memory["beats"] = {"N": str(int(time.monotonic()))}

        self.table.before_call = claim
        ticker.handler({}, FakeContext(1_000_000))
        assert 20 <= self.ticks() <= 22
        assert 1040 < time.monotonic() <= 1043

    def test_heartbeats_go_on_while_the_control_table_answers_nobody(self, time: FakeClock) -> None:
        self.table.down.add("payments-control-test")
        ticker.handler({}, FakeContext(1_000_000))
        assert self.table.keys_of("put_item").count("control#heartbeat#us-east-1") == TICKER_RUN_SECONDS / 10

    def test_slow_tick_is_followed_by_the_next_at_once(self, time: FakeClock) -> None:
        def slow(method: str) -> None:
            if self.table.calls[-1][1].get("Key") == {"pk": {"S": "writer"}}:
                time.advance(1.5)

        self.table.before_call = slow
        ticker.handler({}, FakeContext(1_000_000))
        assert self.ticks() == TICKER_RUN_SECONDS / 1.5


def test_the_transaction_log_answers_as_the_event_source_expects(monkeypatch: pytest.MonkeyPatch) -> None:
    provide(monkeypatch, Function.TRANSACTION_LOG)
    assert transaction_log.handler({"Records": []}, FakeContext()) == {"batchItemFailures": []}


def test_a_look_at_the_backups_says_that_no_payment_was_changed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It looks and finds nobody listening, which must not keep the other number back."""
    provide(monkeypatch, Function.TRANSACTION_LOG)
    assert transaction_log.handler(BACKUPS_EVENT, FakeContext()) == {"batchItemFailures": []}
    assert emitted(capsys.readouterr().out) == {"PaymentsChanged": [0.0]}


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

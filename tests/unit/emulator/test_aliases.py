"""Which version an invocation runs, and as what it is invoked."""

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from ministack.core.responses import request_scope
from ministack.services import eventbridge, lambda_svc

from emulator.functions import aliases
from emulator.functions.aliases import qualified, resolved, version_of

ACCOUNT, REGION = "000000000000", "us-east-2"
ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:pay"


def version(number: str) -> dict[str, Any]:
    return {"config": {"FunctionName": "pay", "FunctionArn": f"{ARN}:{number}", "Version": number}, "code_zip": b"zip"}


@pytest.fixture
def function() -> dict[str, Any]:
    return {
        "config": {"FunctionName": "pay", "FunctionArn": ARN, "Version": "$LATEST"},
        "versions": {"1": version("1"), "2": version("2")},
        "aliases": {"live": {"Name": "live", "AliasArn": f"{ARN}:live", "FunctionVersion": "1"}},
        "event_invoke_configs": {"live": {"MaximumRetryAttempts": 0}},
        "concurrency": 3,
    }


@pytest.mark.parametrize(("point", "chosen"), [(0.0, "2"), (0.0999, "2"), (0.1, "1"), (0.99, "1")])
def test_weight_is_the_share_of_the_other_version(point: float, chosen: str) -> None:
    alias = {"FunctionVersion": "1", "RoutingConfig": {"AdditionalVersionWeights": {"2": 0.1}}}
    assert version_of(alias, lambda: point) == chosen


def test_alias_without_weights_runs_its_version() -> None:
    assert version_of({"FunctionVersion": "7"}, lambda: 0.0) == "7"


class TestResolved:
    """What API Gateway, queues, streams, rules and function URLs run."""

    @pytest.fixture(autouse=True)
    def _resolving(self) -> None:
        self.resolve = resolved(lambda_svc._effective_func_record_for_qualifier)

    def test_alias_runs_a_version_under_its_own_arn(self, function: dict[str, Any]) -> None:
        record, configuration = self.resolve(function, "live")
        assert configuration == record["config"]
        assert (configuration["FunctionArn"], configuration["Version"]) == (f"{ARN}:live", "1")

    def test_each_invocation_chooses_anew(self, function: dict[str, Any]) -> None:
        function["aliases"]["live"]["RoutingConfig"] = {"AdditionalVersionWeights": {"2": 0.5}}
        chosen = {self.resolve(function, "live")[1]["Version"] for _ in range(200)}
        assert chosen == {"1", "2"}

    def test_reserved_concurrency_is_the_functions(self, function: dict[str, Any]) -> None:
        assert [self.resolve(function, each)[0]["concurrency"] for each in ("live", "2")] == [3, 3]

    def test_retries_are_the_qualifiers(self, function: dict[str, Any]) -> None:
        assert self.resolve(function, "live")[0]["event_invoke_config"] == {"MaximumRetryAttempts": 0}
        assert self.resolve(function, "2")[0]["event_invoke_config"] is None

    def test_version_that_is_gone_is_not_found(self, function: dict[str, Any]) -> None:
        assert self.resolve(function, "9") == (None, None)

    def test_unqualified_is_the_latest(self, function: dict[str, Any]) -> None:
        assert self.resolve(function, None) == (function, function["config"])


def test_qualified_keeps_the_stored_version(function: dict[str, Any]) -> None:
    qualified(function["versions"]["1"], function, "live")
    assert function["versions"]["1"]["config"]["FunctionArn"] == f"{ARN}:1"


class TestInvoke:
    """`Invoke` itself."""

    @pytest.fixture(autouse=True)
    def _installed(self, monkeypatch: pytest.MonkeyPatch, function: dict[str, Any]) -> Iterator[None]:
        names = ("_effective_func_record_for_qualifier", "_get_function", "_get_function_config", "_invoke")
        for name in (*names, "_execute_function_with_config_scope", "invoke_async_with_retry"):
            monkeypatch.setattr(lambda_svc, name, getattr(lambda_svc, name))
        self.ran: list[dict[str, Any]] = []
        self.after: Callable[[], object] = lambda: None

        def execute(record: dict[str, Any], _: Any) -> dict[str, Any]:
            self.ran.append(record)
            self.after()
            return {"body": None}

        monkeypatch.setattr(lambda_svc, "_execute_function_with_config_scope", execute)
        monkeypatch.setattr(lambda_svc, "invoke_async_with_retry", execute)
        monkeypatch.setattr(lambda_svc, "_emit_lambda_metrics", lambda *_, **__: None)
        aliases.install()
        with request_scope(ACCOUNT, REGION):
            lambda_svc._functions["pay"] = function
            yield
        lambda_svc._functions._data.clear()

    def invoke(self, qualifier: str, kind: str = "RequestResponse") -> tuple[int, dict[str, str], bytes]:
        headers, query = {"x-amz-invocation-type": kind}, {"Qualifier": [qualifier]}
        answer: tuple[int, dict[str, str], bytes] = asyncio.run(lambda_svc._invoke("pay", {}, headers, None, query))
        return answer

    @pytest.mark.parametrize("kind", ["RequestResponse", "Event"])
    def test_alias_runs_the_chosen_version(self, function: dict[str, Any], kind: str) -> None:
        function["aliases"]["live"]["RoutingConfig"] = {"AdditionalVersionWeights": {"2": 1.0}}
        _, headers, _ = self.invoke("live", kind)
        assert headers["X-Amz-Executed-Version"] == "2"
        [record] = self.ran
        assert (record["config"]["Version"], record["config"]["FunctionArn"]) == ("2", f"{ARN}:live")
        assert (record["concurrency"], record["event_invoke_config"]) == (3, {"MaximumRetryAttempts": 0})

    def test_rule_runs_the_alias_that_it_targets(self) -> None:
        ran = threading.Event()
        self.after = ran.set
        eventbridge._dispatch_to_lambda(f"{ARN}:live", "{}")
        assert ran.wait(20)
        assert self.ran[0]["config"]["FunctionArn"] == f"{ARN}:live"

    def test_version_runs_as_itself(self) -> None:
        assert self.invoke("2")[1]["X-Amz-Executed-Version"] == "2"
        assert self.ran[0]["config"]["FunctionArn"] == f"{ARN}:2"

    def test_unknown_qualifier_is_not_found(self) -> None:
        assert self.invoke("other")[0] == 404

    def test_alias_is_described_by_its_main_version(self, function: dict[str, Any]) -> None:
        function["aliases"]["live"]["RoutingConfig"] = {"AdditionalVersionWeights": {"2": 1.0}}
        shown = json.loads(lambda_svc._get_function_config("pay", "live")[2])
        assert (shown["Version"], shown["FunctionArn"]) == ("1", f"{ARN}:live")

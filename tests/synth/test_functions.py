"""The functions: the same in both regions, from the same zip, each with what the contract says (FACTS 4)."""

import base64
import math
import re
from collections.abc import Mapping
from typing import Any

import pytest

from contract.deadlines import (
    MINIMUM_FUNCTION_TIMEOUT_SECONDS,
    TICKER_LAST_TICK_SECONDS,
    TICKER_RUN_SECONDS,
    TICKER_TIMEOUT_SECONDS,
)
from contract.environment import HANDLERS, VARIABLES, Function, Variable
from contract.roles import Role
from dr_constructs.function_package import FunctionPackage
from tests.synth.reading import ROLES, Resource, Synthesized

COMMON = {Variable.SERVICE, Variable.METRICS_NAMESPACE, Variable.LOG_LEVEL, Variable.DATA_FORMATS}
RESERVED = {"AWS_REGION", "AWS_DEFAULT_REGION"}

each_function = pytest.mark.parametrize("function", Function)


def variables(function: Resource) -> Mapping[str, Any]:
    """Return a function's environment variables."""
    found: Mapping[str, Any] = function["environment"]["variables"]
    return found


def _is_scheduled(function: Resource) -> bool:
    return str(function["function_name"]).startswith((Function.TICKER, Function.READINESS_CHECK))


class TestBothRegions:
    """What is the same in both."""

    def test_each_has_all_functions(self, shipped: Synthesized, role: Role) -> None:
        expected = {shipped.name(function, role) for function in Function}
        assert {each["function_name"] for each in shipped.all("aws_lambda_function", role)} == expected

    @each_function
    @pytest.mark.parametrize(
        "argument",
        ["source_code_hash", "filename", "handler", "runtime", "architectures", "memory_size", "timeout"],
    )
    def test_each_function_is_the_same_code_at_the_same_size(
        self, shipped: Synthesized, function: Function, argument: str
    ) -> None:
        assert len({str(shipped.function(function, role)[argument]) for role in Role}) == 1

    @each_function
    def test_each_function_is_the_one_of_its_name(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert shipped.function(function, role)["handler"] == HANDLERS[function]

    def test_all_run_on_the_longest_supported_python(self, shipped: Synthesized) -> None:
        assert {each["runtime"] for each in shipped.functions()} == {"python3.13"}

    def test_sizes_are_the_settings(self, shipped: Synthesized) -> None:
        expected = (shipped.settings.function_memory_mb, shipped.settings.function_timeout_seconds)
        sized = {(each["memory_size"], each["timeout"]) for each in shipped.functions() if not _is_scheduled(each)}
        assert sized == {expected}

    def test_none_is_cut_off_before_it_can_answer_nor_outlasts_the_gateway(self, shipped: Synthesized) -> None:
        timeouts = [each["timeout"] for each in shipped.functions() if not _is_scheduled(each)]
        assert all(MINIMUM_FUNCTION_TIMEOUT_SECONDS <= timeout <= 29 for timeout in timeouts)

    def test_concurrency_is_reserved_for_ticker_and_probes_and_for_payments_if_set(self, shipped: Synthesized) -> None:
        reserved = {each["function_name"]: each.get("reserved_concurrent_executions") for each in shipped.functions()}
        known = {
            Function.PAYMENT_API: shipped.settings.function_reserved_concurrency,
            Function.PROBES: 20,
            Function.TICKER: 5,
        }
        assert reserved == {
            shipped.name(function, role): known.get(function) for function in Function for role in ROLES
        }


class TestTicker:
    """The function that is always there."""

    def test_a_run_ends_before_it_is_cut_off(self, shipped: Synthesized, role: Role) -> None:
        timeout = shipped.function(Function.TICKER, role)["timeout"]
        assert TICKER_RUN_SECONDS + TICKER_LAST_TICK_SECONDS < timeout == TICKER_TIMEOUT_SECONDS

    def test_it_is_small(self, shipped: Synthesized, role: Role) -> None:
        """It runs for every second of the month."""
        assert shipped.function(Function.TICKER, role)["memory_size"] <= 256

    def test_overlapping_runs_find_room(self, shipped: Synthesized, role: Role) -> None:
        overlapping = math.ceil(shipped.function(Function.TICKER, role)["timeout"] / 60)
        assert shipped.function(Function.TICKER, role)["reserved_concurrent_executions"] > overlapping

    def test_it_calls_its_own_regions_endpoint(self, shipped: Synthesized, role: Role) -> None:
        told = variables(shipped.function(Function.TICKER, role))
        assert shipped.referred(told["ENDPOINT_PARAMETER"])["name"].endswith("/endpoints/own")
        assert shipped.referred(told["CONFIGURATION_PARAMETER"])["name"].endswith("/functions/configuration")


class TestVariables:
    """The environment of each function."""

    @each_function
    def test_they_are_exactly_the_contracts(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert set(variables(shipped.function(function, role))) == {*VARIABLES[function], *COMMON}

    def test_none_is_reserved_by_lambda(self, shipped: Synthesized) -> None:
        """Setting one fails the deployment (FACTS 4.1)."""
        assert not [each.address for each in shipped.functions() if RESERVED & set(variables(each))]

    def test_they_refer_to_the_functions_own_region(self, shipped: Synthesized, role: Role) -> None:
        """But for the table, which has one name in both, the queue to which the worker forwards, and both APIs."""
        elsewhere = {
            shipped.the("aws_api_gateway_rest_api", shipped.peer(role)),
            shipped.payments_table,
            shipped.the("aws_sqs_queue", shipped.peer(role), name=shipped.name("retry", shipped.peer(role))),
        }
        used = {one for each in shipped.all("aws_lambda_function", role) for one in shipped.references(variables(each))}
        assert {one.role for one in used - elsewhere} == {role}

    @pytest.mark.parametrize(
        "function", [Function.PAYMENT_API, Function.PROBES, Function.RETRY_WORKER, Function.TICKER]
    )
    def test_they_name_the_control_table(self, shipped: Synthesized, role: Role, function: Function) -> None:
        expected = f"payments-control-{shipped.settings.environment_suffix}"
        assert variables(shipped.function(function, role))["CONTROL_TABLE_NAME"] == expected

    def test_the_worker_knows_its_own_queues_and_its_peers(self, shipped: Synthesized, role: Role) -> None:
        told = variables(shipped.function(Function.RETRY_WORKER, role))
        queues = {name: shipped.referred(told[name]) for name in told if name.endswith("QUEUE_URL")}
        assert {name: (queue["name"], queue.role) for name, queue in queues.items()} == {
            "RETRY_QUEUE_URL": (shipped.name("retry", role), role),
            "PEER_RETRY_QUEUE_URL": (shipped.name("retry", shipped.peer(role)), shipped.peer(role)),
            "DEAD_LETTER_QUEUE_URL": (shipped.name("dead-letter", role), role),
        }

    @pytest.mark.parametrize(
        "function",
        [Function.PAYMENT_API, Function.PAYMENT_CANARY, Function.PROBES, Function.RETRY_WORKER, Function.TICKER],
    )
    def test_they_tell_which_region_is_which(self, shipped: Synthesized, role: Role, function: Function) -> None:
        told = variables(shipped.function(function, role))
        assert (told["PRIMARY_REGION"], told["STANDBY_REGION"]) == tuple(map(shipped.region, Role))

    def test_the_release_is_the_same_in_both_regions(self, shipped: Synthesized) -> None:
        releases = {variables(each).get("RELEASE", each["source_code_hash"]) for each in shipped.functions()}
        assert releases == {shipped.functions()[0]["source_code_hash"]}

    def test_receipts_are_the_setting(self, shipped: Synthesized, role: Role) -> None:
        expected = "true" if shipped.settings.payment_receipts else "false"
        assert variables(shipped.function(Function.TRANSACTION_LOG, role))["PAYMENT_RECEIPTS"] == expected

    def test_card_numbers_are_refused(self, shipped: Synthesized, role: Role) -> None:
        for function in (Function.PAYMENT_API, Function.PAYMENT_CANARY):
            assert variables(shipped.function(function, role))["ALLOW_CARD_NUMBERS"] == "false"

    def test_metrics_stay_apart_from_another_environments(self, shipped: Synthesized) -> None:
        expected = {f"PaymentsDR/{shipped.settings.environment_suffix}"}
        assert {variables(each)["POWERTOOLS_METRICS_NAMESPACE"] for each in shipped.functions()} == expected

    def test_none_holds_a_secret(self, shipped: Synthesized) -> None:
        """Secrets are parameters, and variables name them."""
        assert not [each.address for each in shipped.functions() if re.search("value_wo|dynamodb://", str(each.body))]


class TestLogGroups:
    """Where each function logs."""

    @each_function
    def test_each_has_its_own_in_its_region(self, shipped: Synthesized, role: Role, function: Function) -> None:
        group = shipped.referred(shipped.function(function, role)["logging_config"]["log_group"])
        assert (group["name"], group.role) == (f"/aws/lambda/{shipped.name(function, role)}", role)

    def test_each_is_there_before_its_function(self, shipped: Synthesized) -> None:
        """Else Lambda may create it, without retention, and destroy leaves it behind (FACTS 4.5)."""
        for each in shipped.functions():
            assert shipped.referred(each["logging_config"]["log_group"]).address in each["depends_on"]


class TestZip:
    """The code of all functions."""

    def test_all_have_the_same(self, shipped: Synthesized) -> None:
        assert len({(each["filename"], each["source_code_hash"]) for each in shipped.functions()}) == 1

    def test_it_lies_beside_the_json_by_a_relative_path(self, shipped: Synthesized) -> None:
        filename = shipped.functions()[0]["filename"]
        assert not filename.startswith("/")
        assert (shipped.directory / filename).is_file()

    def test_it_is_the_package_byte_by_byte(self, shipped: Synthesized, package: FunctionPackage) -> None:
        assert (shipped.directory / shipped.functions()[0]["filename"]).read_bytes() == package.path.read_bytes()

    def test_its_name_is_its_digest(self, shipped: Synthesized, package: FunctionPackage) -> None:
        assert shipped.functions()[0]["filename"].endswith(f"/{package.digest}/functions-{package.digest[:16]}.zip")

    def test_its_hash_is_its_digest(self, shipped: Synthesized, package: FunctionPackage) -> None:
        assert base64.b64decode(shipped.functions()[0]["source_code_hash"]).hex() == package.digest

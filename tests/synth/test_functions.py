"""The functions: the same five in both regions, from the same zip, each with what the contract says (FACTS 4)."""

import base64
import re
from collections.abc import Mapping
from typing import Any

import pytest

from dr_constructs.function_package import FunctionPackage
from dr_constructs.region import Role
from handlers.deadlines import MINIMUM_FUNCTION_TIMEOUT_SECONDS
from handlers.environment import HANDLERS, VARIABLES, Function, Variable
from tests.synth.reading import Resource, Synthesized

COMMON = {Variable.SERVICE, Variable.METRICS_NAMESPACE, Variable.LOG_LEVEL}
RESERVED = {"AWS_REGION", "AWS_DEFAULT_REGION"}

each_function = pytest.mark.parametrize("function", Function)


def variables(function: Resource) -> Mapping[str, Any]:
    """Return a function's environment variables."""
    found: Mapping[str, Any] = function["environment"]["variables"]
    return found


class TestBothRegions:
    """What is the same in both."""

    def test_each_has_the_five_functions(self, shipped: Synthesized, role: Role) -> None:
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
        assert {(each["memory_size"], each["timeout"]) for each in shipped.functions()} == {expected}

    def test_none_is_cut_off_before_it_can_answer_nor_outlasts_the_gateway(self, shipped: Synthesized) -> None:
        assert all(MINIMUM_FUNCTION_TIMEOUT_SECONDS <= each["timeout"] <= 29 for each in shipped.functions())

    def test_concurrency_is_reserved_for_payments_alone_and_only_if_set(self, shipped: Synthesized) -> None:
        reserved = {each["function_name"]: each.get("reserved_concurrent_executions") for each in shipped.functions()}
        expected = {
            name: shipped.settings.function_reserved_concurrency if name.startswith(Function.PAYMENT_API) else None
            for name in reserved
        }
        assert reserved == expected


class TestVariables:
    """The environment of each function."""

    @each_function
    def test_they_are_exactly_the_contracts(self, shipped: Synthesized, role: Role, function: Function) -> None:
        assert set(variables(shipped.function(function, role))) == {*VARIABLES[function], *COMMON}

    def test_none_is_reserved_by_lambda(self, shipped: Synthesized) -> None:
        """Setting one fails the deployment (FACTS 4.1)."""
        assert not [each.address for each in shipped.functions() if RESERVED & set(variables(each))]

    def test_they_refer_to_the_functions_own_region(self, shipped: Synthesized, role: Role) -> None:
        table = shipped.the("aws_dynamodb_table")
        used = {one for each in shipped.all("aws_lambda_function", role) for one in shipped.references(variables(each))}
        assert {one.role for one in used - {table}} == {role}  # the table has one name in both

    @pytest.mark.parametrize("function", [Function.PAYMENT_API, Function.SENTINEL])
    def test_they_tell_which_region_is_which(self, shipped: Synthesized, role: Role, function: Function) -> None:
        told = variables(shipped.function(function, role))
        assert (told["PRIMARY_REGION"], told["STANDBY_REGION"]) == tuple(map(shipped.region, Role))

    def test_the_release_is_the_same_in_both_regions(self, shipped: Synthesized) -> None:
        releases = {variables(each).get("RELEASE", each["source_code_hash"]) for each in shipped.functions()}
        assert releases == {shipped.functions()[0]["source_code_hash"]}

    def test_receipts_are_the_setting(self, shipped: Synthesized, role: Role) -> None:
        expected = "true" if shipped.settings.payment_receipts else "false"
        assert variables(shipped.function(Function.TRANSACTION_LOG, role))["PAYMENT_RECEIPTS"] == expected

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

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""Invocations through a version or an alias: which version runs, and what belongs to the function as a whole.

MiniStack runs an alias's main version, whatever its weights say, and forgets by then through which ARN it was invoked.
https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
"""

import random
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any, NamedTuple

from ministack.services import lambda_svc

from emulator.patching import Answer, Theirs, wrap

Alias = Mapping[str, Any]
Record = dict[str, Any]
"""A function or one of its versions, as MiniStack keeps it: `config`, `code_zip` and more."""


class _Invoked(NamedTuple):
    """The function and the qualifier of a call of `Invoke` that has not begun to run."""

    function: Record
    qualifier: str


_invoked: ContextVar[_Invoked | None] = ContextVar("emulator_invoked", default=None)
_draws: ContextVar[bool] = ContextVar("emulator_draws_versions", default=True)


def install() -> None:
    """Choose a version by weight for each invocation, whoever invokes."""
    wrap(lambda_svc, "_effective_func_record_for_qualifier", resolved)
    wrap(lambda_svc, "_get_function", _of_main_version)
    wrap(lambda_svc, "_get_function_config", _of_main_version)
    wrap(lambda_svc, "_invoke", _by_qualifier)
    wrap(lambda_svc, "_execute_function_with_config_scope", _as_invoked)
    wrap(lambda_svc, "invoke_async_with_retry", _as_invoked)


def version_of(alias: Alias, draw: Callable[[], float] = random.random) -> str:
    """Return the version that one invocation of an alias runs."""
    point = draw()
    for version, weight in weights_of(alias).items():
        if point < weight:
            return version
        point -= weight
    return str(alias["FunctionVersion"])


def weights_of(alias: Alias) -> dict[str, float]:
    """Return the shares of the versions beside an alias's main one."""
    return (alias.get("RoutingConfig") or {}).get("AdditionalVersionWeights") or {}


def resolved(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """Return what a qualifier of a function stands for at this moment: a record to run and its configuration."""

    def resolve(function: Record | None, qualifier: str | None) -> tuple[Record | None, Theirs]:
        if function is None or qualifier in (None, "$LATEST"):
            found: tuple[Record | None, Theirs] = original(function, qualifier)
            return found
        alias = (function.get("aliases") or {}).get(qualifier)
        version = qualifier if alias is None else _version_now(alias)
        record, _ = original(function, version)
        if record is None:
            return None, None
        ours = qualified(record, function, str(qualifier))
        return ours, ours["config"]

    return resolve


def qualified(record: Record, function: Record, qualifier: str) -> Record:
    """Return a version's record as it runs when it is invoked by a qualifier.

    The ARN is the one invoked, concurrency is reserved for the function, and retries are set for each qualifier.
    """
    configuration = record["config"]
    arn = ":".join((*configuration["FunctionArn"].split(":")[:7], qualifier))
    settings = (function.get("event_invoke_configs") or {}).get(qualifier)
    return {
        **record,
        "config": {**configuration, "FunctionArn": arn},
        "concurrency": function.get("concurrency"),
        "event_invoke_config": settings,
        "event_invoke_configs": {},
    }


def _version_now(alias: Alias) -> str:
    return version_of(alias) if _draws.get() else str(alias["FunctionVersion"])


def _of_main_version(original: Callable[..., Answer]) -> Callable[..., Answer]:
    """An alias is described by its main version."""

    def read(*named: Theirs, **more: Theirs) -> Answer:
        token = _draws.set(False)
        try:
            return original(*named, **more)
        finally:
            _draws.reset(token)

    return read


def _by_qualifier(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """`Invoke` of an alias runs, and names in its answer, the version that was chosen."""

    async def invoke(
        name: str,
        event: Theirs,
        headers: Mapping[str, str],
        path_qualifier: str | None = None,
        query: Mapping[str, Theirs] | None = None,
    ) -> Answer:
        function = lambda_svc._functions.get(name)
        qualifier = lambda_svc._qualifier_from_path_or_query(path_qualifier, query)
        if function is None or qualifier in (None, "$LATEST"):
            answer: Answer = await original(name, event, headers, path_qualifier, query)
            return answer
        alias = (function.get("aliases") or {}).get(qualifier)
        token = _invoked.set(_Invoked(function, qualifier))
        try:
            answer = await original(name, event, headers, version_of(alias) if alias else qualifier, query)
        finally:
            _invoked.reset(token)
        return answer

    return invoke


def _as_invoked(original: Callable[..., Theirs]) -> Callable[..., Theirs]:
    """What `Invoke` runs knows by which qualifier; what it invokes in turn does not take that over."""

    def run(record: Record, event: Theirs) -> Theirs:
        invoked = _invoked.get()
        if invoked is None:
            return original(record, event)
        token = _invoked.set(None)
        try:
            return original(qualified(record, *invoked), event)
        finally:
            _invoked.reset(token)

    return run

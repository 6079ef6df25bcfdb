# ruff: noqa: SLF001 — MiniStack offers no public seams
"""A function that is changed while it runs: what has begun ends by itself, with the code that it began with.

MiniStack kills it. For a function that is always there, runs overlapping, a deployment would then be an outage.
"""

import time
from collections.abc import Callable
from typing import Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from emulator.functions.aliases import Record, weights_of
from emulator.patching import Theirs, wrap

RETIRED: Final = "retired"
"""Stands in MiniStack's keys (account:region:function:version) where no version has this name."""


def install() -> None:
    """Let running workers outlive a change; who deletes a function, or loses a region, still ends them."""
    wrap(lambda_svc, "invalidate_worker", retiring)
    wrap(lambda_svc, "release_worker", ending)
    wrap(lambda_svc, "reap_idle_workers", without_abandoned)


def retiring(original: Callable[..., None]) -> Callable[..., None]:
    """Let the running workers of one version leave its pool, before all that are left there are killed."""

    def invalidate(
        name: str, qualifier: str | None = None, account: str | None = None, region: str | None = None
    ) -> None:
        with lambda_runtime._lock:
            for key in [*lambda_runtime._workers] if qualifier is not None else []:
                *place, function, version = key.split(":")
                if (function, version) == (name, qualifier) and all(
                    wanted in (None, found) for wanted, found in zip((account, region), place, strict=True)
                ):
                    workers = lambda_runtime._workers[key]
                    lambda_runtime._workers[key] = [worker for worker in workers if not worker.in_use]
                    retired = lambda_runtime._workers.setdefault(":".join((*place, function, RETIRED)), [])
                    retired.extend(worker for worker in workers if worker.in_use)
        original(name, qualifier, account, region)

    return invalidate


def ending(original: Callable[[Theirs], None]) -> Callable[[Theirs], None]:
    """Kill a retired worker once its invocation has ended."""

    def release(worker: Theirs) -> None:
        original(worker)
        with lambda_runtime._lock:
            pools = [workers for key, workers in lambda_runtime._workers.items() if key.endswith(f":{RETIRED}")]
            found = next((workers for workers in pools if worker in workers), None)
            if found is not None:
                found.remove(worker)
        if found is not None:
            lambda_runtime.kill_workers([worker])

    return release


def without_abandoned(original: Callable[..., int]) -> Callable[..., int]:
    """End the last idle worker of a version as well, once neither an alias nor `$LATEST` leads to it."""

    def reap(ttl: float | None = None) -> int:
        count = original(ttl)
        limit = lambda_runtime._LOCAL_WORKER_TTL if ttl is None else ttl
        now = time.time()
        ended = []
        with lambda_runtime._lock:
            for key, workers in list(lambda_runtime._workers.items()):
                account, region, name, version = key.split(":")
                if _leads_to(lambda_svc._functions.get_scoped(account, region, name), version):
                    continue
                idle = [each for each in workers if not each.in_use and now - each.last_used >= limit]
                ended.extend(idle)
                workers[:] = [each for each in workers if each not in idle]
        lambda_runtime.kill_workers(ended)
        return count + len(ended)

    return reap


def _leads_to(function: Record | None, version: str) -> bool:
    if not version.isdecimal():
        return True
    aliases = ((function or {}).get("aliases") or {}).values()
    return any(version == alias.get("FunctionVersion") or version in weights_of(alias) for alias in aliases)

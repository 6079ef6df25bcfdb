"""What IAM has refused, to whom: a refusal that nobody looks at, in the background of a test, is a test that lies."""

import threading
from collections.abc import Callable
from typing import Any, NamedTuple

from ministack.core import iam_evaluator

from emulator.functions import function_policies
from emulator.functions.execution_role import ExecutionRole
from emulator.patching import Theirs, wrap

_MOST = 1000


class IamDenial(NamedTuple):
    """One action, of one principal, on one resource."""

    principal: str
    action: str
    resource: str


class Refusals:
    """Counts refusals; the latest different ones are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[IamDenial, int] = {}

    def install(self) -> None:
        """Note what policies refuse to callers and to AWS's services, and what functions' roles do not allow."""
        wrap(iam_evaluator, "enforce", self._noted)
        wrap(function_policies, "lets_in", self._noted_of_policy)
        wrap(ExecutionRole, "allows", self._noted_of_role)

    def note(self, refusal: IamDenial) -> None:
        """Count one refusal."""
        with self._lock:
            self._counts[refusal] = self._counts.pop(refusal, 0) + 1  # the latest last
            if len(self._counts) > _MOST:
                del self._counts[next(iter(self._counts))]

    def report(self) -> list[dict[str, Any]]:
        """Return the refusals with how often they happened, the latest last."""
        with self._lock:
            counts = list(self._counts.items())
        return [{**refusal._asdict(), "count": count} for refusal, count in counts]

    def _noted(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def enforce(key: str, action: str, *more: Theirs, resource_arn: str = "*", **options: Theirs) -> Theirs:
            denied = original(key, action, *more, resource_arn=resource_arn, **options)
            if denied is not None:
                # An unknown key or a bad signature has no principal, but a reason.
                principal = getattr(denied, "principal_arn", "") or f"{key or 'anonymous'} ({denied.code})"
                self.note(IamDenial(principal, action, str(resource_arn)))
            return denied

        return enforce

    def _noted_of_policy(self, original: Callable[..., bool]) -> Callable[..., bool]:
        def lets_in(function_arn: str, *, service: str, source_arn: str) -> bool:
            allowed = original(function_arn, service=service, source_arn=source_arn)
            if not allowed:
                self.note(IamDenial(f"{service} for {source_arn}", "lambda:InvokeFunction", function_arn))
            return allowed

        return lets_in

    def _noted_of_role(self, original: Callable[..., bool]) -> Callable[..., bool]:
        def allows(role: ExecutionRole, action: str, resource: str) -> bool:
            allowed = original(role, action, resource)
            if not allowed:
                self.note(IamDenial(str(role.configuration["Role"]), action, resource))
            return allowed

        return allows

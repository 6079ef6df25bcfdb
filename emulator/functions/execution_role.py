# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What a function's role allows, for the work that AWS does in the function's name: logging and event sources."""

from dataclasses import dataclass
from functools import cached_property

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id
from ministack.services import iam

from emulator.patching import Theirs


@dataclass(frozen=True)
class ExecutionRole:
    """The role of one function, by the function's configuration; read anew for each piece of work."""

    configuration: dict[str, Theirs]
    region: str

    def allows(self, action: str, resource: str) -> bool:
        """Return whether the role's policies allow an action on a resource."""
        principal = self._principal
        if isinstance(principal, iam_evaluator.AuthError):
            return False
        context = iam_evaluator.EvalContext(
            principal_arn=principal.arn,
            principal_type=principal.type,
            principal_account=principal.account,
            action=action,
            resource_arn=resource,
            region=self.region,
        )
        result = iam_evaluator.evaluate(context, principal.policies or [], *principal.limits)
        return bool(result.decision == "Allow")

    @cached_property
    def _principal(self) -> Theirs:
        key = lambda_runtime.execution_credentials(self.configuration)["AWS_ACCESS_KEY_ID"]
        return iam_evaluator.resolve_principal(key, get_account_id())


def policies_of(account: str, role_arn: str) -> list[Theirs]:
    """Return what a role's policies and its boundary say: equal for as long as nobody changes one."""
    name = role_arn.rpartition("/")[2]
    policies = iam_evaluator._gather_role_policies(name, account)
    return [*policies, *iam_evaluator._permissions_boundary(iam._roles, name, account)]

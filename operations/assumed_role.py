"""Chooses a command's credentials: the caller's own, or those of an assumed role."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from operations.role_names import OPERATIONS_ROLE, site_role_arn

if TYPE_CHECKING:  # for the help texts
    from operations.aws import Aws
    from operations.site import Site

SITE_ROLE = "site"
"""What names the site's own role for the command: `dr release` and `dr restore` have others than the rest."""


class Rights:
    """Assumes the chosen role once, on first use.

    Args:
        own: The caller's own clients.
        role: The role's ARN, or `SITE_ROLE`; None keeps the caller's own rights.
        environment: The site's suffix.
        regions: The regions whose STS is tried, in this order.
        operator: The name for CloudTrail, if known.
        site_role: The role that `SITE_ROLE` means.
    """

    def __init__(
        self,
        own: "Aws",
        role: str | None,
        *,
        environment: str,
        regions: Sequence[str],
        operator: str | None,
        site_role: str = OPERATIONS_ROLE,
    ) -> None:
        self._own, self._role, self._site_role = own, role, site_role
        self._environment, self._regions, self._operator = environment, regions, operator
        self._assumed: dict[str, Aws] = {}

    def to_find_site(self) -> "Aws":
        """Return clients that may read the site's parameters; `SITE_ROLE` is then looked for in the caller's account.

        Raises:
            OperationError: The role cannot be assumed.
        """
        if self._role != SITE_ROLE:
            return self._acting(self._role)
        account = self._own.hurried().caller_arn(*self._regions).split(":")[4]
        return self._acting(site_role_arn(self._site_role, account, self._environment))

    def to_operate(self, site: "Site") -> "Aws":
        """Return clients that may operate the site.

        Raises:
            OperationError: The role cannot be assumed.
        """
        return self._acting(site.role_arn(self._site_role) if self._role == SITE_ROLE else self._role)

    def _acting(self, role_arn: str | None) -> "Aws":
        if role_arn is None:
            return self._own
        if role_arn not in self._assumed:
            self._assumed[role_arn] = self._own.assuming(role_arn, *self._regions, operator=self._operator)
        return self._assumed[role_arn]

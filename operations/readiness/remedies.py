"""The remedies of failed and unknown checks: a command to type, or what to wait for."""

from contract.roles import Role
from operations.readiness.rule import DEPLOY
from operations.topology.asking import is_denied
from operations.topology.readings import Unknown

DEPLOY_CODE = f"{DEPLOY}; if it plans no change, `aws lambda update-function-code` (docs/deploying.md)"
QUOTA = "request a higher quota in Service Quotas"
RUNBOOK_ALARMS = 'each alarm has a line in docs/runbook.md, "Each alarm"'
READ_AGAIN = "wait until the region answers, then `dr readiness` again; `dr status` shows whether it is lost"
READ_RIGHTS = (
    "sign in again if the credentials have expired, else read with the operations role: `dr readiness --role site`; "
    "if that is refused too, deploy again"
)


def remedy_of_unknown(unknown: Unknown) -> str:
    """Return the remedy for a fact that could not be read."""
    return READ_RIGHTS if is_denied(unknown) else READ_AGAIN


def redrive(role: Role) -> str:
    """Return the command that empties a region's dead letter queue."""
    return f"`dr redrive {role} --dry-run` shows the payments, `dr redrive {role}` sends them"

"""What ends a failed or unknown check: the command to type, or what to wait for."""

from operations.site import Role

DEPLOY = "deploy again: `./run deploy`"
DEPLOY_CODE = f"{DEPLOY}; if it plans no change, `aws lambda update-function-code` (docs/deploying.md)"
QUOTA = "request a higher quota in Service Quotas"
RUNBOOK_ALARMS = 'each alarm has a line in docs/runbook.md, "Each alarm"'
READ_AGAIN = "wait until the region answers, then `dr readiness` again; `dr status` shows whether it is lost"
READ_RIGHTS = "read with the operations role: `dr readiness --role site`; if that is refused too, deploy again"

_DENIED = ("AccessDenied", "UnauthorizedOperation", "NotAuthorized")


def remedy_of_unknown(reason: str) -> str:
    """Return what makes a fact known that could not be read for this reason."""
    return READ_RIGHTS if reason.startswith(_DENIED) else READ_AGAIN


def redrive(role: Role) -> str:
    """Return what empties a region's dead letter queue."""
    return f"`dr redrive {role} --dry-run` shows the payments, `dr redrive {role}` sends them"

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""`CreateSchedule` and `UpdateSchedule` as strict as AWS, where MiniStack takes everything."""

from collections.abc import Callable
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ministack.core.responses import get_account_id, get_region
from ministack.services import scheduler

from emulator.patching import Answer, wrap
from emulator.scheduler.calls import trusts_scheduler
from emulator.scheduler.schedule_times import is_expression
from emulator.scheduler.targets import BadTargetError, call_of

MOST_ATTEMPTS: Final = 185
LONGEST_AGE_SECONDS: Final = 86_400
_SHORTEST_AGE_SECONDS: Final = 60

Change = Callable[[str, dict[str, Any]], Answer]


def install() -> None:
    """Look at schedules before MiniStack keeps them."""
    wrap(scheduler, "_create_schedule", checked)
    wrap(scheduler, "_update_schedule", checked)


def checked(original: Change) -> Change:
    """Refuse what could never fire."""

    def change(name: str, body: dict[str, Any]) -> Answer:
        refused = why_refused(body)
        if refused is not None:
            answer: Answer = scheduler._error(400, "ValidationException", refused)
            return answer
        return original(name, body)

    return change


def why_refused(body: dict[str, Any]) -> str | None:
    """Return why a schedule is refused; None when it is not, or when MiniStack says so itself."""
    target = body.get("Target") or {}
    if not body.get("ScheduleExpression") or not target.get("Arn") or not target.get("RoleArn"):
        return None
    if not is_expression(body["ScheduleExpression"]):
        return f"Invalid Schedule Expression {body['ScheduleExpression']}."
    try:
        ZoneInfo(body.get("ScheduleExpressionTimezone") or "UTC")
        call_of(target["Arn"], target.get("Input", ""))
    except (ZoneInfoNotFoundError, ValueError) as error:
        known = isinstance(error, BadTargetError)
        return str(error) if known else f"Invalid time zone {body['ScheduleExpressionTimezone']}."
    group = f"arn:aws:scheduler:{get_region()}:{get_account_id()}:schedule-group/{body.get('GroupName', 'default')}"
    if not trusts_scheduler(target["RoleArn"], group):
        return "The execution role you provide must allow AWS EventBridge Scheduler to assume the role."
    policy = target.get("RetryPolicy") or {}
    bounds = {
        "MaximumRetryAttempts": (0, MOST_ATTEMPTS),
        "MaximumEventAgeInSeconds": (_SHORTEST_AGE_SECONDS, LONGEST_AGE_SECONDS),
    }
    for parameter, (least, most) in bounds.items():
        if not least <= policy.get(parameter, most) <= most:
            return f"Target.RetryPolicy.{parameter} must be from {least} to {most}, got {policy[parameter]}"
    return None

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What an alarm does when its state changes: it tells the topics of its own region that let it."""

import json
import sys
import time
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch, sns

from emulator.cloudwatch.alarms.notifications import message, subject
from emulator.faults import ActiveFaults

_ACTIONS = {"ALARM": "AlarmActions", "OK": "OKActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}
_SERVICE = "cloudwatch.amazonaws.com"
_AWS_MANAGED_KEY = "alias/aws/sns"

Alarm = dict[str, Any]


class ActionError(Exception):
    """An action was not carried out; the message says why."""


class Actions:
    """Carries out the actions of alarms, and records what became of each in the alarm's history."""

    def __init__(self, *, faults: ActiveFaults) -> None:
        self._faults = faults

    def perform(self, alarm: Alarm, old_state: str, new_state: str, _reason: str) -> None:
        """Carry out what the alarm does in its new state; called in the scope of its account and region."""
        if not alarm.get("ActionsEnabled", True):
            return
        for action in alarm.get(_ACTIONS.get(new_state, "")) or []:
            try:
                self._notify(alarm, old_state, action)
            except ActionError as error:
                print(f"emulator: {alarm['AlarmArn']}: {error}", file=sys.stderr, flush=True)
                _record(alarm, action, error)
            else:
                _record(alarm, action, None)

    def _notify(self, alarm: Alarm, old_state: str, topic_arn: str) -> None:
        account, region = get_account_id(), get_region()
        if not cloudwatch._is_sns_action_arn(topic_arn):
            raise ActionError(f"{topic_arn} is no SNS topic of {region}; other actions are not emulated")
        if alarm.get("ActionsSuppressor"):
            print(f"emulator: {alarm['AlarmArn']} acts: actions suppressors are not emulated", file=sys.stderr)
        if not self._faults.reachable(region, "sns"):
            raise ActionError(f"SNS in {region} is unreachable")
        topic = sns._topic_by_arn_any_scope(topic_arn)
        if topic is None:
            raise ActionError(f"{topic_arn} does not exist")
        if str(topic.get("attributes", {}).get("KmsMasterKeyId", "")).endswith(_AWS_MANAGED_KEY):
            # FACTS 6.1: the policy of AWS's own key does not let alarms in.
            raise ActionError("CloudWatch Alarms does not have authorization to access the SNS topic encryption key.")
        iam_evaluator.pin_request_origin("127.0.0.1", secure_transport=True)  # AWS's services speak TLS
        if not sns.topic_policy_allows(topic_arn, _SERVICE, alarm["AlarmArn"], account):
            raise ActionError(f"{_SERVICE} is not authorized to perform: SNS:Publish on resource: {topic_arn}")
        text = json.dumps(message(alarm, old_state=old_state, account=account, region=region))
        try:
            sns.publish_internal(topic_arn, text, subject(alarm, region))
        except sns.SnsPublishError as error:
            raise ActionError(str(error)) from error


def _record(alarm: Alarm, action: str, error: ActionError | None) -> None:
    what = f"Successfully executed action {action}"
    if error:
        what = f'Failed to execute action {action}. Received error: "{error}"'
    data = {"actionState": "Failed" if error else "Succeeded", "notificationResource": action}
    if error:
        data["error"] = str(error)
    cloudwatch._history_entries().append(
        {
            "AlarmName": alarm["AlarmName"],
            "AlarmType": "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm",
            "Timestamp": cloudwatch._ts_iso(time.time()),
            "HistoryItemType": "Action",
            "HistorySummary": what,
            "HistoryData": json.dumps(data),
        }
    )

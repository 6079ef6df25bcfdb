# ruff: noqa: SLF001 — MiniStack offers no public seams
"""MiniStack evaluates an alarm whenever a metric is put, without dimensions, gaps or M of N: it stops doing so.

Its composite alarms are kept: they follow their children's changes as AWS's do.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from ministack.services import cloudwatch

from emulator import query_protocol
from emulator.cloudwatch.alarms import definition, metric_data, metric_points
from emulator.cloudwatch.alarms.actions import Actions
from emulator.faults import ActiveFaults
from emulator.patching import Answer, Theirs, instead, silenced, wrap


def install(*, faults: ActiveFaults) -> None:
    """Leave evaluation to `AlarmEvaluator`, and let alarms act as AWS's do."""
    metric_points.install()
    metric_data.install()
    wrap(cloudwatch, "_evaluate_alarm", silenced)
    wrap(cloudwatch, "_evaluate_all_alarms", silenced)
    wrap(cloudwatch, "_put_metric_alarm", _only_what_can_be_evaluated)
    actions = Actions(faults=faults)
    wrap(cloudwatch, "_dispatch_alarm_actions", instead(actions.perform))


def _only_what_can_be_evaluated(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def put(params: Mapping[str, Theirs], data: Mapping[str, Theirs], *protocol: bool, **named: bool) -> Answer:
        given = (*protocol, *named.values())
        request = query_protocol.request(params, data, *given)
        try:
            definition.read(request)
        except definition.UnsupportedAlarmError as error:
            cbor, json = (*given, False, False)[:2]
            refusal: Answer = cloudwatch._error("ValidationError", str(error), 400, use_cbor=cbor, use_json=json)
            return refusal
        answer = original(params, data, *protocol, **named)
        alarm = cloudwatch._alarms.get(request.get("AlarmName"))
        if answer[0] == HTTPStatus.OK and alarm is not None and "TreatMissingData" not in request:
            alarm.pop("TreatMissingData", None)  # what is left out differs by service (FACTS 1.4)
        return answer

    return put

# ruff: noqa: SLF001 — MiniStack offers no public seams
"""`PutMetricData` takes numbers alone; MiniStack stores whatever it is given, and fails when that is looked at."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from ministack.services import cloudwatch

from emulator import query_protocol
from emulator.cloudwatch.embedded_metrics import MOST_VALUE
from emulator.patching import Answer, Theirs, wrap

_STATISTICS = ("SampleCount", "Sum", "Minimum", "Maximum")


def install() -> None:
    """Refuse what is no number."""
    wrap(cloudwatch, "_put_metric_data", _numbers_alone)


def mistake(request: Mapping[str, Any]) -> str | None:
    """Return, in AWS's words, which value of a request is none; numbers may be text."""
    for position, datum in enumerate(request.get("MetricData") or [], 1):
        for name, value in _values(datum):
            if not _is_number(value):
                return f"The value {value} for parameter MetricData.member.{position}.{name} is invalid."
    return None


def _values(datum: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    if datum.get("Value") is not None:
        yield "Value", datum["Value"]
    for name in ("Values", "Counts"):
        for position, value in enumerate(datum.get(name) or [], 1):
            yield f"{name}.member.{position}", value
    if (statistics := datum.get("StatisticValues")) is not None:
        for name in _STATISTICS:
            yield f"StatisticValues.{name}", statistics.get(name)


def _is_number(value: object) -> bool:
    try:
        return abs(float(value)) <= MOST_VALUE  # type: ignore[arg-type]  # what is none is what is looked for
    except (TypeError, ValueError, OverflowError):
        return False


def _numbers_alone(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def put(params: Mapping[str, Theirs], data: Mapping[str, Theirs], is_cbor: bool, is_json: bool = False) -> Answer:  # noqa: FBT001, FBT002 — MiniStack's signature
        wrong = mistake(query_protocol.request(params, data, is_cbor, is_json))
        if wrong:
            refusal: Answer = cloudwatch._error("InvalidParameterValue", wrong, 400, use_cbor=is_cbor, use_json=is_json)
            return refusal
        return original(params, data, is_cbor, is_json)

    return put

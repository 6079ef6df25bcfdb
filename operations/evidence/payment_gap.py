"""Computes how long no payment was acknowledged around a move, from whole minutes. Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from enum import StrEnum

from operations.evidence.move_record import EvidenceModel
from operations.evidence.payment_minutes import MinuteRange, Minutes, PaymentMinute
from operations.topology.readings import Known, Reading, Unknown


class PaymentGap(EvidenceModel):
    """How long no payment was acknowledged in any region, with bounds that follow from the metrics' resolution.

    A gap that begins and ends in minutes that also have acknowledged payments is invisible; then it was shorter than
    two minutes.
    """

    at_least_seconds: float | None
    """None if not known."""
    less_than_seconds: float | None
    refused: int | None
    """How many attempts functions refused in the minutes of the move; None if a region's minute is unknown, or no
    function refused any while API Gateway counted 5xx."""
    says: str


class _Kind(StrEnum):
    TAKEN = "taken"
    REFUSED = "refused"
    IDLE = "idle"  # no function refused any, but API Gateway may have
    UNKNOWN = "unknown"


def payment_gap(
    minutes: Mapping[str, Reading[Minutes]], asked: MinuteRange, pivots: tuple[float, float], *, now: float
) -> PaymentGap:
    """Return the gap around the period in which a move refused payments."""
    if reasons := _unread(minutes):
        return _unknown(f"not read: {reasons}")
    every = list(asked)
    kinds = [_kind(minutes.values(), at) for at in every]
    begin, end = (min(len(every) - 1, max(0, int((each - asked.first) // asked.period))) for each in pivots)
    is_whole = asked.first <= pivots[0] and pivots[1] < asked.end
    refused = _refused(minutes.values(), every[begin : end + 1]) if is_whole else None
    if every[end] + asked.period + asked.arrives_within > now:
        return _unknown("not known yet: the minutes of the move have not arrived")
    first, last = _silent(kinds, begin, end)
    whole = float((last - first) * asked.period)
    if _Kind.UNKNOWN in kinds[first:last]:
        return _unknown(f"not known: {_silences(minutes, every[first:last])}", refused)
    if whole and _Kind.REFUSED not in kinds[first:last]:
        if errors := _api_errors(minutes.values(), every[first:last]):
            refusals = f"no function refused any, and API Gateway counted {errors} 5xx"
            return _unknown(f"not known: {refusals} in the minutes without a payment")
        return _unknown("not known: nobody tried to pay in the minutes without a payment", refused)
    is_bounded = _is_taken(kinds, first - 1) and _is_taken(kinds, last)
    most = whole + 2 * asked.period if is_bounded else None
    return PaymentGap(
        at_least_seconds=whole, less_than_seconds=most, refused=refused, says=_says(whole, most, asked.period)
    )


def _silent(kinds: Sequence[_Kind], begin: int, end: int) -> tuple[int, int]:
    """Return the longest run of minutes without a payment that touches the move's period, as a half-open range."""
    runs: list[tuple[int, int]] = []
    start = 0
    for index, kind in enumerate([*kinds, _Kind.TAKEN]):
        if kind is _Kind.TAKEN:
            runs.append((start, index))
            start = index + 1
    near = [(first, last) for first, last in runs if first <= end + 1 and last >= begin]
    return max(near, key=lambda run: run[1] - run[0], default=(begin, begin))


def _is_taken(kinds: Sequence[_Kind], index: int) -> bool:
    return 0 <= index < len(kinds) and kinds[index] is _Kind.TAKEN


def _kind(regions: Iterable[Reading[Minutes]], at: float) -> _Kind:
    found = [_minute(each, at) for each in regions]
    known = [each for each in found if each is not None]
    if any(each.taken for each in known):
        return _Kind.TAKEN
    if len(known) < len(found):
        return _Kind.UNKNOWN
    return _Kind.REFUSED if any(each.refused for each in known) else _Kind.IDLE


def _minute(region: Reading[Minutes], at: float) -> PaymentMinute | None:
    return region.value.get(at) if isinstance(region, Known) else None


def _refused(regions: Collection[Reading[Minutes]], ats: Sequence[float]) -> int | None:
    total = 0
    for each in regions:
        for at in ats:
            minute = _minute(each, at)
            if minute is None:
                return None
            total += minute.refused
    return None if not total and _api_errors(regions, ats) else total


def _api_errors(regions: Collection[Reading[Minutes]], ats: Sequence[float]) -> int:
    """Return API Gateway's count of 5xx, if it published any."""
    found = [_minute(each, at) for each in regions for at in ats]
    return sum(each.api_errors or 0 for each in found if each is not None)


def _unread(minutes: Mapping[str, Reading[Minutes]]) -> str:
    """Return why no region could be read; empty if one could."""
    reasons = [each.reason for each in minutes.values() if isinstance(each, Unknown)]
    return "; ".join(dict.fromkeys(reasons)) if len(reasons) == len(minutes) else ""


def _silences(minutes: Mapping[str, Reading[Minutes]], ats: Sequence[float]) -> str:
    """Return why some regions are unknown in some of the minutes."""
    unread = [f"{name} was not read ({each.reason})" for name, each in minutes.items() if isinstance(each, Unknown)]
    known = [name for name, each in minutes.items() if isinstance(each, Known)]
    silent = [name for name in known if any(_minute(minutes[name], at) is None for at in ats)]
    if silent:
        unread.append(f"{' and '.join(silent)} published nothing in minutes without a payment")
    return "; ".join(unread)


def _unknown(says: str, refused: int | None = None) -> PaymentGap:
    return PaymentGap(at_least_seconds=None, less_than_seconds=None, refused=refused, says=says)


def _says(whole: float, most: float | None, period: int) -> str:
    upper = f"less than {most:g} s" if most is not None else "how much longer is not known"
    if not whole:
        return f"{upper}: payments were acknowledged in every minute, and a minute ({period} s) shows no more"
    return f"at least {whole:g} s, {upper}: minutes of {period} s show no more"

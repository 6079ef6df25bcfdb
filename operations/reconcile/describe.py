"""Describes findings, and what could not be judged, for people."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from contract.roles import Role
from handlers.payments.currencies import MINOR_UNITS
from operations.reconcile.report import Report
from operations.reconcile.sources import QUEUES, Place
from operations.site import Site

SHORT_DIGEST = 12
"""How many digits of a digest people are shown; `dr accept` takes so many."""

_LONGEST_VALUE = 60
_ALWAYS_SHOWN = frozenset({"amount", "currency"})


def name(site: Site, place: Place) -> str:
    """Return a source's name for people."""
    kind = "replica" if place.is_table else "queues" if place.is_queues else "logs"
    return f"{site.regions[place.role].name} {kind}"


def describe(site: Site, finding: Mapping[str, Any]) -> list[str]:
    """Return the lines that describe a finding's JSON document; the first is the heading."""
    lines = [f"{finding['transactionId'] or '(no id)'}: {', '.join(finding['kinds'])}"]
    versions = finding["versions"]
    differing = _differing(versions)
    for version in versions:
        lines += _version(version, differing)
        lines.append(f"  in {_names(site, version['places'])}" if version["places"] else "  in no place any more")
    if finding["missingFrom"]:
        lines.append(f"missing from {_names(site, finding['missingFrom'])}")
    lines.append(f"to do: {finding['proposal']}")
    lines.append(f"digest {finding['digest'][:SHORT_DIGEST]}…")
    return lines


def cannot_tell(site: Site, report: Report) -> list[str]:
    """Return what could not be judged and is at risk; empty if everything was judged."""
    unknown = dict(report.unknown)
    lines = []
    for role in Role:
        region = site.regions[role].name
        replica = next(place for place in Place if place.is_table and place.role is role)
        if replica not in unknown:
            continue
        of_region = [place for place in Place if place.role is role]
        why = unknown[replica]
        if unknown.keys() >= set(of_region):
            lines.append(f"{region} is unreachable; {_at_risk(region, report)} ({why})")
            for place in of_region:
                del unknown[place]
        else:
            lines.append(f"{name(site, replica)} cannot be read; {_at_risk(region, report)} ({why})")
            del unknown[replica]
    for place, reason in unknown.items():
        lacking = "accepted payments may wait there" if place in QUEUES else "what only they hold is not compared"
        lines.append(f"{name(site, place)} cannot be read to their end; {lacking} ({reason})")
    return [*lines, *report.unproven]


def verdict(site: Site, report: Report) -> list[str]:
    """Return the result in words, risks first."""
    since = f", as far as touched since {moment(report.since)}" if report.since else ""
    lines = []
    if report.left:
        kinds = ", ".join(f"{count} {kind}" for kind, count in report.kinds.items() if count)
        repaired = f", {report.repaired} of them repaired" if report.repaired else ""
        lines.append(f"Differences: {kinds}{repaired}; {report.left} left to repair or to judge.")
    elif report.repaired:
        lines.append(f"Repaired: {report.repaired}; no difference is left.")
    lines += [f"Cannot tell: {each}." for each in cannot_tell(site, report)]
    if report.clean:
        count = max(report.payments.values(), default=0)
        same = f"both regions hold the same {count:,} payment{'' if count == 1 else 's'}{since}"
        lines.append(f"Clean: {same}; queues as of a minute ago.")  # FACTS 4.8
    if report.accepted:
        lines.append(f"Left out, as accepted before: {report.accepted}.")
    return lines


def moment(stamp: str) -> str:
    """Format a payment's timestamp for people; a malformed one is returned unchanged."""
    return f"{stamp[:-1].replace('T', ' ')} UTC" if stamp.endswith("Z") else stamp


def _at_risk(region: str, report: Report) -> str:
    last = report.latest_known.get(region)
    if last is None:
        return "payments acknowledged there may be missing, and none of them is known elsewhere"
    return f"payments acknowledged there after {moment(last)}, or shortly before, may be missing"


def _version(version: Mapping[str, Any], differing: Sequence[str]) -> Iterator[str]:
    if "content" not in version:
        times = f", {version['entries']} times" if version["entries"] > 1 else ""
        yield f"no payment: an entry of SHA-256 {version['sha256'][:SHORT_DIGEST]}…{times}"
        return
    content = {key: next(iter(value.values())) for key, value in version["content"].items()}
    yield f"{_amount(content)} stored {moment(version['storedAt'])}, began in {version['region']}"
    for key in differing:
        value = content.get(key, "(none)")
        yield f"  {key} {value if len(value) <= _LONGEST_VALUE else f'{value[:_LONGEST_VALUE]}…'}"


def _differing(versions: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the attributes in which versions differ, beside those that are always shown."""
    contents = [version["content"] for version in versions if "content" in version]
    keys = {key for content in contents for key in content} - _ALWAYS_SHOWN
    return sorted(key for key in keys if any(content.get(key) != contents[0].get(key) for content in contents))


def _amount(content: Mapping[str, str]) -> str:
    """Format an amount with its currency and at least that currency's decimals."""
    text, currency = content.get("amount", "?"), content.get("currency", "?")
    try:
        amount = Decimal(text)
        exponent = amount.as_tuple().exponent
    except InvalidOperation:
        return f"{text} {currency}"
    decimals = max(MINOR_UNITS.get(currency, 0), -exponent if isinstance(exponent, int) else 0)
    return f"{amount:.{decimals}f} {currency}"


def _names(site: Site, places: Sequence[str]) -> str:
    return ", ".join(name(site, place) for place in Place if place in places)

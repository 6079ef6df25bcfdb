"""What must hold of bad versions: few payers meet them, they are put back in time, and what they stored is listed."""

from itertools import pairwise

from contract.environment import Function
from contract.releases import BEAT_SECONDS, DRIVER_GONE_SECONDS, FAILING_REQUESTS, RELEASE_LOOK_SECONDS
from simulation.checker.calm import is_calm
from simulation.checker.invariants import Found, invariant
from simulation.checker.releases import ACTING_SECONDS
from simulation.checker.versions import API, moves_of, placement, releases, serving_region, standing
from simulation.history import DURABLE, History

_ROLL_BACK_SECONDS = 30.0
"""Within which a driver has put both regions back after the tenth failing request."""

_LOGGED_SECONDS = 10.0
"""How late logs are."""

_BEATING_SECONDS = 2.0 * BEAT_SECONDS
"""Between two beats of a driver that does not stand still."""

_MANY_REQUESTS = 200
"""Of fewer, one in a hundred is a matter of luck."""

_FEW = 0.01

_ANSWERING_SECONDS = 20.0
"""How long a request may go on that has begun before the roll back."""


@invariant("payers meet no version that canaries show")
def shown_versions_meet_no_payer(history: History) -> Found:
    """Find traffic that is sent to a version whose fault canary payments show."""
    shown = {number for number, each in history.releases.shipped.items() if each.is_shown}
    for move in history.releases.moves:
        if move.target != API and ({move.version, move.other} & shown):
            yield move.at, f"{move}: {history.releases.shipped[move.other or move.version].name}", ""


@invariant("failing requests end a release")
def failing_requests_end_releases(history: History) -> Found:
    """Find new versions that keep a share in either region long after ten of their requests have failed in one."""
    for periods in releases(history):
        after = placement(periods[0].after)
        ended = next((each.at for each in periods if each.state != "running"), history.ended)
        # What fails just before a release is done is logged when nobody looks any more.
        until = ended - _LOGGED_SECONDS if periods[-1].state == "done" else ended
        for region in history.regions:
            moves = moves_of(history, region, Function.PAYMENT_API, periods[0].at, ended)
            version = after[region][Function.PAYMENT_API]
            failing = _failing(history, region, version, moves[0].at, until) if moves else []
            if len(failing) < FAILING_REQUESTS:
                continue
            due = failing[FAILING_REQUESTS - 1] + _ROLL_BACK_SECONDS
            if not _is_driven(history, periods[0].id, failing[FAILING_REQUESTS - 1], min(due, ended)):
                due += DRIVER_GONE_SECONDS + RELEASE_LOOK_SECONDS + ACTING_SECONDS
            if due >= history.ended or not is_calm(history, moves[0].at, due):
                continue
            for each in history.regions:
                now = standing(history, each, Function.PAYMENT_API, due)
                if now.share_of(after[each][Function.PAYMENT_API]) > 0:
                    yield due, f"{now} although {len(failing)} requests have failed in {region}", ""


@invariant("few payers meet a failing version")
def few_payers_meet_a_failing_version(history: History) -> Found:
    """Find bad versions of which more than one in a hundred payers' requests has seen an error."""
    for periods in releases(history):
        region = serving_region(history, periods[0])
        if region is None:
            continue
        version = placement(periods[0].after)[region][Function.PAYMENT_API]
        moves = moves_of(history, region, Function.PAYMENT_API, periods[0].at, history.ended)
        began = next((each.at for each in moves if each.share_of(version) > 0), None)
        if began is None or not history.releases.is_bad(version):
            continue
        # Where few pay, a release may be done before enough requests could have failed.
        last = history.ended if periods[-1].is_under_way else periods[-1].at
        ended = min([last, *(each.at for each in moves if each.at > began and not each.share_of(version))])
        requests = sum(each.is_write and began <= each.began <= ended for each in history.operations)
        failing = sum(
            each.failed and each.is_payment and (each.region, each.version) == (region, version)
            for each in history.releases.served
            if began <= each.at <= ended + _ANSWERING_SECONDS
        )
        if requests >= _MANY_REQUESTS and failing > _FEW * requests:
            yield ended, f"{failing} of {requests} requests have failed since {began:.1f}", ""


@invariant("a new ticker beats before a release goes on")
def new_tickers_beat(history: History) -> Found:
    """Find releases that leave a region behind, or are done, though its new ticker has not beaten there."""
    for periods in releases(history):
        serving = serving_region(history, periods[0])
        if serving is None:
            continue
        before, after = placement(periods[0].before), placement(periods[0].after)
        ended = next((each.at for each in periods if each.state != "running"), history.ended)
        for region in history.regions:
            version = after[region].get(Function.TICKER, "")
            if not version or before[region][Function.TICKER] == version:
                continue
            moves = moves_of(history, region, Function.TICKER, periods[0].at, ended)
            moved = next((each.at for each in moves if each.share_of(version) == 1), None)
            others = moves_of(history, serving, Function.TICKER, periods[0].at, ended)
            goes_on = others[0].at if others and region != serving else ended
            is_over = bool(others) if region != serving else periods[-1].state == "done"
            beats = history.releases.ticker_beats.get((region, version), ())
            if moved is not None and is_over and not any(moved < at < goes_on for at in beats):
                yield goes_on, f"version {version} of {region}'s ticker has not beaten since {moved:.1f}", ""


@invariant("what a new version stored is listed")
def stored_payments_are_listed(history: History) -> Found:
    """Find payments of an undone release that payers were told of, and that neither `dr` names nor calls unknown."""
    told = {each.id for each in history.operations if each.is_write and each.seen in DURABLE}
    for drive in history.releases.drives:
        periods = [each for each in history.releases.periods if each.id == drive.release]
        if drive.outcome not in {"undone", "left"} or drive.lists_unknown or not periods:
            continue
        versions = {each[Function.PAYMENT_API] for each in placement(periods[0].after).values()}
        for store in history.stores:
            by = store.process.rpartition(" version ")[2]
            is_due = by in versions and periods[0].at < store.at < drive.ended - _LOGGED_SECONDS and store.id in told
            if is_due and store.id not in drive.listed:
                yield store.at, f"{drive.process} does not list it", store.id


def _failing(history: History, region: str, version: str, began: float, until: float) -> list[float]:
    """Return when requests of a version failed in a region, between two moments."""
    return [
        each.at
        for each in history.releases.served
        if each.failed and each.region == region and each.version == version and began < each.at < until
    ]


def _is_driven(history: History, release: str, began: float, until: float) -> bool:
    """Return whether the driver of a release has not stood still between two moments."""
    first = began - _BEATING_SECONDS
    beats = [at for at in history.releases.beats.get(release, ()) if first < at < until]
    return all(after - beat < _BEATING_SECONDS for beat, after in pairwise([first, *beats, until]))

"""Faults in releases: in `dr release`, in what moves traffic, and in how tickers undo."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from contract.environment import Function
from handlers.releases import moving, putting_back
from handlers.releases.item import Release
from handlers.releases.target_writes import write_alias
from handlers.releases.targets import read_alias
from handlers.tickers import releases as watch
from handlers.tickers.run import TickerRun
from operations.release import driver, stored_payments
from operations.release.driver import ReleaseDriver
from operations.release.judging import BakeEvidence, BakeJudgement, BakeVerdict
from operations.release.ticker_watch import TickerWatch
from operations.topology.readings import Known
from simulation.kernel.loop import current_process
from simulation.mutants.registry import mutant
from simulation.patching import patched
from simulation.release_proof import ReleaseProof
from simulation.world import WorldOptions

RELEASES = WorldOptions(releases=True)
CRASHING = WorldOptions(
    proof=ReleaseProof(
        "crashes on one kind of request",
        (Function.PAYMENT_API, Function.PAYMENT_CANARY),
        payments_a_second=50,
        shares=(0.4,),  # ten requests have failed before anybody can have looked
    )
)
IDLE_TICKER = WorldOptions(proof=ReleaseProof("a ticker that does nothing"))
KILLED = WorldOptions(proof=ReleaseProof(shares=(0.4,), killed_at=3))


@mutant(
    "put back skips what is equal already",
    "an ended release moves nothing",
    seed=4785,
    seconds=210.0,
    options=RELEASES,
)
def _skips_equal() -> Iterator[None]:
    def write(client: Any, name: str, version: str, weights: Any, check: Callable[[], None], **more: Any) -> None:  # noqa: ANN401
        alias = read_alias(client, name)
        if (alias.version, alias.weights) == (version, dict(weights)):
            check()
            return
        write_alias(client, name, version, weights, check, **more)

    with patched(putting_back, write_alias=write):
        yield


@mutant(
    "the driver moves without looking at the item",
    "an ended release moves nothing",
    seed=4785,
    seconds=202.0,
    options=RELEASES,
)
def _blind_driver() -> Iterator[None]:
    with patched(moving, require_driver=lambda _site, _release: None):
        yield


@mutant("the ticker never looks", "a release that nobody drives is undone", seed=1, seconds=300.0, options=KILLED)
def _never_looks() -> Iterator[None]:
    with patched(watch.TickerReleaseWatch, is_due=lambda _: False):
        yield


@mutant(
    "the beat is aged by the wall clock",
    "a driven release is left alone",
    seed=4738,
    seconds=650.0,
    options=RELEASES,
)
def _wall_clock() -> Iterator[None]:
    look, act = watch.TickerReleaseWatch.look, watch.TickerReleaseWatch.act
    seen: dict[int, tuple[tuple[str, int], float]] = {}

    def looked(self: Any) -> Release | None:  # noqa: ANN401
        release = look(self)
        if release is not None and seen.get(id(self), (None, 0.0))[0] != (release.id, release.beat):
            seen[id(self)] = (release.id, release.beat), self._clock.wall()
        return release

    def acted(self: Any, memory: Any, writer: Any) -> None:  # noqa: ANN401
        age = self._clock.wall() - seen[id(self)][1] if id(self) in seen else 0.0
        act(self, replace(memory, release_age=age), writer)

    with patched(watch.TickerReleaseWatch, look=looked, act=acted):
        yield


@mutant("put back forgets one region", "an end is where it should be", seed=4740, seconds=240.0, options=RELEASES)
def _one_region() -> Iterator[None]:
    original = putting_back._moves_back  # noqa: SLF001 -- what is mutated

    def moves_back(site: Any, release: Release, region: str, *more: Any) -> Mapping[str, Callable[[], None]]:  # noqa: ANN401
        return original(site, release, region, *more) if region == min(site.targets) else {}

    with patched(putting_back, _moves_back=moves_back):
        yield


@mutant(
    "a failover does not end a release",
    "a moved writer ends a release",
    seed=4747,
    seconds=210.0,
    options=RELEASES,
)
def _outlives_failover() -> Iterator[None]:
    with (
        patched(watch, is_overtaken=lambda _release, _writer: False),
        patched(ReleaseDriver, _require_epoch=lambda _: None),
    ):
        yield


@mutant(
    "a release moves both regions at once",
    "one region and one share at a time",
    seed=4724,
    seconds=110.0,
    options=RELEASES,
)
def _both_regions() -> Iterator[None]:
    original = ReleaseDriver._move  # noqa: SLF001

    def move(self: Any, step: Any) -> str:  # noqa: ANN401
        original(self, replace(step, role=step.role.peer))
        return original(self, step)

    with patched(ReleaseDriver, _move=move):
        yield


@mutant("no canary payments", "payers meet no version that canaries show", seed=4719, seconds=275.0, options=RELEASES)
def _no_canaries() -> Iterator[None]:
    with patched(ReleaseDriver, _compare=lambda _self, _role: ""):
        yield


@mutant("the judge lets everything pass", "failing requests end a release", seed=1, seconds=300.0, options=CRASHING)
def _lenient() -> Iterator[None]:
    def judge(_: BakeEvidence) -> BakeJudgement:
        return BakeJudgement(BakeVerdict.PASS, "it will be fine")

    with patched(driver, judge_bake=judge):
        yield


@mutant("a share is not watched", "one region and one share at a time", seed=4713, seconds=690.0, options=RELEASES)
def _no_bake() -> Iterator[None]:
    original = ReleaseDriver._bake  # noqa: SLF001

    def bake(self: Any, step: Any) -> str:  # noqa: ANN401
        return original(self, step) if step.share == 1 else ""

    with patched(ReleaseDriver, _bake=bake):
        yield


@mutant("takeover waits for the end of a release", "never shut for long", seed=4762, seconds=780.0, options=RELEASES)
def _takeover_waits() -> Iterator[None]:
    original = TickerRun._decide  # noqa: SLF001

    def decided(self: Any, began: Any) -> None:  # noqa: ANN401
        watched = self._releases
        release = watched._release  # noqa: SLF001
        if watched._looked is not None and (release is None or not release.is_under_way):  # noqa: SLF001
            original(self, began)

    with patched(TickerRun, _decide=decided):
        yield


@mutant(
    "nobody asks whether the new ticker beats",
    "a new ticker beats before a release goes on",
    seed=1,
    seconds=400.0,
    options=IDLE_TICKER,
)
def _idle_ticker_passes() -> Iterator[None]:
    with patched(TickerWatch, reading=lambda *_: Known("")):
        yield


@mutant("the first share is everything", "few payers meet a failing version", seed=1, seconds=300.0, options=CRASHING)
def _all_at_once() -> Iterator[None]:
    original = ReleaseDriver._move  # noqa: SLF001

    def move(self: Any, step: Any) -> str:  # noqa: ANN401
        return original(self, replace(step, share=1.0))

    with patched(ReleaseDriver, _move=move):
        yield


@mutant("a region is put back late", "failing requests end a release", seed=1, seconds=400.0, options=CRASHING)
def _late_region() -> Iterator[None]:
    original = putting_back._put_region_back  # noqa: SLF001
    first: list[str] = []

    def put_region_back(site: Any, release: Release, region: str, *more: Any) -> bool:  # noqa: ANN401
        first.append(region)
        if region != first[0]:
            current_process().sleep(40.0)
        return original(site, release, region, *more)

    with patched(putting_back, _put_region_back=put_region_back):
        yield


@mutant("nobody lists payments", "what a new version stored is listed", seed=1, seconds=400.0, options=CRASHING)
def _lists_nothing() -> Iterator[None]:
    with patched(stored_payments, _STORING=(Function.RETRY_WORKER,)):
        yield

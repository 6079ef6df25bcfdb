"""Watches one region while it bakes: both versions' logs, the alarms, its ticker, and canary payments now and then.

Each of these is read beside the others, and never twice at once: what takes long holds up nothing that is at hand.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Generic, TypeVar

from botocore.exceptions import ClientError

from contract.environment import Function
from contract.roles import Role
from handlers.releases.item import Release
from handlers.tickers.memory import TickerMemory, read_memory
from operations.clock import OperationsClock
from operations.release.canary_requests import brief_cases
from operations.release.judging import BEHIND_SECONDS, LEAST_REQUESTS, BakeEvidence, Beside, problem_of
from operations.release.release_controls import ReleaseControls
from operations.release.ticker_watch import SILENT_SECONDS, TickerWatch
from operations.release.version_logs import SAMPLE_PAGES, VersionLog
from operations.topology.asking import THREADS, Asker, PendingRead
from operations.topology.readings import Known, Reading, Unknown
from operations.topology.site_clock import SiteClock

LOOK_SECONDS = 3.0
"""Between two looks, in real seconds: with what logs are late, 10 failing requests end a release within 30 s."""

CANARY_SECONDS = 60.0
"""Between two canary payments, in real seconds."""

BASELINE_SECONDS = 600.0
"""How far before the release the figures of the version before begin, in real seconds."""

OLD_LOOK_SECONDS = 30.0
"""Between two looks at the version before, unless something is to be compared with it: CloudWatch limits the calls."""

LOST_SECONDS = 30.0
"""A region that has answered nothing for so long, in real seconds, ends the release: nobody sees what it does."""

_PATIENCE_SECONDS = 3.0
"""What takes longer is looked at by one of the next looks."""

_LASTS_SECONDS = 150.0
"""How old alarms and canary payments may be: these are made once a minute, and take up to another."""

T = TypeVar("T")


@dataclass
class _Repeated(Generic[T]):
    """Something that is read again and again, in the background, and what came of it last."""

    last: Reading[T] = field(default_factory=lambda: Unknown("it was not read yet"))
    at: float = 0.0
    """When the last reading began that is known."""
    _pending: tuple[float, PendingRead[T]] | None = None

    def ask(self, read: Callable[[], T], now: float, asker: Asker) -> None:
        """Begin to read, unless that is going on already."""
        if self._pending is None:
            self._pending = now, PendingRead(read, asker)

    def take(self, until: float) -> bool:
        """Take what was read until a moment of the asker's clock; return whether it was."""
        if self._pending is None:
            return False
        began, pending = self._pending
        found = pending.reading(until)
        if not pending.is_done:
            return False
        self._pending = None
        if isinstance(found, Known):
            self.at = began
        self.last = found
        return True

    def lasting(self, now: float) -> Reading[T]:
        """Return the last reading, unless it is old."""
        if isinstance(self.last, Known) and now - self.at > _LASTS_SECONDS:
            return Unknown(f"the last answer is {now - self.at:.0f} s old")
        return self.last


@dataclass
class WatchedPair:
    """The logs of both versions of a function in a region."""

    new: VersionLog
    old: VersionLog
    old_looked_at: float | None = None
    reading: _Repeated[Beside] = field(default_factory=_Repeated)


class BakeWatch:
    """Looks at what the versions of a release do; `began` is when the release began, in seconds since the epoch."""

    def __init__(
        self,
        controls: ReleaseControls,
        release: Release,
        clock: OperationsClock,
        *,
        began: float,
        ringing: Callable[[], Reading[tuple[str, ...]]],
        known_alarms: tuple[str, ...] = (),
        asker: Asker = THREADS,
    ) -> None:
        self._controls, self._release, self._clock, self._asker = controls, release, clock, asker
        self._began, self._ringing, self._known_alarms = began, ringing, frozenset(known_alarms)
        self._site_clock = SiteClock(clock)
        self._known_pairs: dict[tuple[Role, Function], WatchedPair] = {}
        self._pairs: dict[Function, WatchedPair] = {}
        self._elsewhere: dict[tuple[Role, Function], WatchedPair] = {}
        self._role, self._serves, self._share, self._bake_began = Role.STANDBY, False, 1.0, began
        self._answered_at = 0.0
        self._canary_at: float | None = None
        self._canaries: _Repeated[str] = _Repeated()
        self._alarms: _Repeated[Reading[tuple[str, ...]]] = _Repeated()
        self._ticker: TickerWatch | None = None
        self._ticker_memory: _Repeated[TickerMemory | None] = _Repeated()

    @property
    def patience_seconds(self) -> float:
        """Return for how many real seconds a bake lasts at least before too little is known for good."""
        return 0.0 if self._ticker is None else SILENT_SECONDS + 2 * LOOK_SECONDS

    def begin(self, role: Role, *, serves: bool, share: float) -> None:
        """Begin to watch a region.

        Args:
            role: The region's.
            serves: Whether payers pay there.
            share: How much of the invocations the new version gets.
        """
        region = self._controls.site.regions[role]
        before, after = (each[region.name].functions for each in (self._release.before, self._release.after))
        self._role, self._serves, self._share, self._bake_began = role, serves, share, self._clock.time()
        self._answered_at = self._asker.monotonic()
        self._canary_at, self._canaries = None, _Repeated()
        # A share is one of the ticker's starts: of one a minute, the smaller shares bring none as a rule.
        is_judged = share >= 1 and before[Function.TICKER] != after[Function.TICKER]
        self._ticker = TickerWatch(after[Function.TICKER], self._answered_at) if is_judged else None
        self._ticker_memory = _Repeated()
        for pair in self._pairs.values():
            pair.reading.last = Unknown("it was not read yet")
        self._pairs = {
            function: self._pair(role, function, before[function], after[function])
            for function in region.function_names
            if function is Function.PAYMENT_API
            or (function is not Function.PAYMENT_CANARY and before[function] != after[function])
        }
        self._elsewhere = self._baked_before(role.peer) if serves else {}

    def look(self) -> BakeEvidence:
        """Look once; what does not answer in time is what it was a moment ago, or unknown."""
        now, at = self._clock.time(), self._asker.monotonic()
        role = self._role
        for function, pair in self._pairs.items():
            pair.reading.ask(partial(self._read, role, function, pair, now), at, self._asker)
        for (other, function), pair in self._elsewhere.items():
            pair.reading.ask(partial(self._read, other, function, pair, now), at, self._asker)
        self._alarms.ask(self._ringing, at, self._asker)
        if self._canary_at is None or at - self._canary_at >= CANARY_SECONDS:
            self._canaries.ask(self._pay, at, self._asker)
        if self._ticker is not None:
            self._ticker_memory.ask(partial(self._remembered, role), at, self._asker)
        until = at + _PATIENCE_SECONDS
        functions = {function: self._beside(pair, until) for function, pair in self._pairs.items()}
        elsewhere = {
            f"{function} in {self._controls.site.regions[other].name}": self._beside(pair, self._asker.monotonic())
            for (other, function), pair in self._elsewhere.items()
        }
        self._alarms.take(self._asker.monotonic())
        if self._canaries.take(self._asker.monotonic()) and isinstance(self._canaries.last, Known):
            self._canary_at = at
        return BakeEvidence(
            functions,
            self._new_alarms(),
            self._canaries.lasting(at),
            serves=self._serves,
            ticker=self._ticker_beats(),
            is_whole=self._share >= 1,
            elsewhere=elsewhere,
            lost=self._lost(),
        )

    def _baked_before(self, role: Role) -> dict[tuple[Role, Function], WatchedPair]:
        """Return the logs of the region that has baked: what it logged last came after the last look at it."""
        name = self._controls.site.regions[role].name
        before, after = (each[name].functions for each in (self._release.before, self._release.after))
        return {
            (role, function): self._pair(role, function, before[function], after[function])
            for function in self._controls.site.regions[role].function_names
            if function is not Function.PAYMENT_CANARY and before[function] != after[function]
        }

    def _beside(self, pair: WatchedPair, until: float) -> Reading[Beside]:
        """Return what is known of a function, as long as it is not old."""
        was = pair.reading.last
        pair.reading.take(until)
        last = pair.reading.last
        if isinstance(last, Unknown) and isinstance(was, Known):  # a call that fails now and then tells nothing
            pair.reading.last = was
        known = pair.reading.last
        if not isinstance(known, Known):
            return known
        behind = known.value.behind + self._asker.monotonic() - pair.reading.at
        if isinstance(last, Unknown) and behind > BEHIND_SECONDS:
            return last
        return Known(replace(known.value, behind=behind))

    def _read(self, role: Role, function: Function, pair: WatchedPair, now: float) -> Beside:
        """Read the new version's log, and the old one's if it is due or something is to be compared with it."""
        try:
            new, old = pair.new.look(now), pair.old.figures()
            is_due = pair.old_looked_at is None or now - pair.old_looked_at >= OLD_LOOK_SECONDS
            is_whole = self._share >= 1
            if is_due or old.requests < LEAST_REQUESTS or problem_of(Beside(new, old), function, is_whole=is_whole):
                old, pair.old_looked_at = pair.old.look(now), now
        except ClientError:  # refused is an answer, too
            self._note_answer(role)
            raise
        return Beside(new, old, pair.new.counted_before(self._bake_began), max(0.0, now - pair.new.read_until))

    def _pay(self) -> str:
        role = self._role
        problem = self._controls.compare(role, self._release, brief_cases()).problem
        self._note_answer(role)
        return problem

    def _remembered(self, role: Role) -> TickerMemory | None:
        moving = self._controls.moving
        return read_memory(moving.client, moving.control_table, self._controls.site.regions[role].name)

    def _ticker_beats(self) -> Reading[str]:
        if self._ticker is None:
            return Known("")
        taken = self._ticker_memory.take(self._asker.monotonic())
        if taken and isinstance(self._ticker_memory.last, Known):
            self._ticker.saw(self._ticker_memory.last.value, self._ticker_memory.at)
        return self._ticker.reading(self._ticker_memory.last, self._asker.monotonic())

    def _note_answer(self, role: Role) -> None:
        if role is self._role:
            self._answered_at = self._asker.monotonic()

    def _lost(self) -> str:
        silent = self._asker.monotonic() - self._answered_at
        return f"it has not answered for {silent:.0f} s" if silent >= LOST_SECONDS else ""

    def _new_alarms(self) -> Reading[tuple[str, ...]]:
        asked = self._alarms.lasting(self._asker.monotonic())
        found = asked.value if isinstance(asked, Known) else asked
        if isinstance(found, Known):
            return Known(tuple(name for name in found.value if name not in self._known_alarms))
        return found

    def _pair(self, role: Role, function: Function, before: str, after: str) -> WatchedPair:
        """Return the logs, the same ones over all shares: what arrives late of one share counts in the next."""
        if (role, function) not in self._known_pairs:
            new = self._controls.log(role, function, after, self._began)
            old = self._controls.log(role, function, before, self._began - BASELINE_SECONDS)
            old.is_sample, old.most_pages = True, SAMPLE_PAGES
            for log in (new, old):
                log.site_clock, log.answered = self._site_clock, partial(self._note_answer, role)
            self._known_pairs[role, function] = WatchedPair(new, old)
        return self._known_pairs[role, function]

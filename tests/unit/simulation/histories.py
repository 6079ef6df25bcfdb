"""Histories written by hand, for tests of the checker."""

from decimal import Decimal

from simulation.checker.all import INVARIANTS
from simulation.history import Arrival, Content, Final, History, Operation, Seen, Store, Wellness, WriterPeriod

ONE, OTHER, WITNESS = "us-east-1", "us-east-2", "us-west-2"
TEN, TWO = Content(Decimal("10.00"), "EUR"), Content(Decimal("2.00"), "EUR")


class Told:
    """A history in which nothing is wrong, until a test tells more."""

    def __init__(self) -> None:
        self.history = History(now=lambda: 0.0, seed=1, regions=(ONE, OTHER))
        self.history.ended = 1200.0
        self.history.wellness.append(Wellness(0.0, frozenset({ONE, OTHER, WITNESS})))
        self.history.proofs = {region: [float(at) for at in range(0, 1200, 2)] for region in (ONE, OTHER)}
        final = Final()
        for region in (ONE, OTHER):
            final.replicas[region], final.logs[region], final.receipts[region] = {}, {}, {}
            final.retry_queues[region], final.dead_letters[region] = [], []
        self.history.final = final
        self.writer(0, ONE, "open")

    def writer(self, at: float, region: str, state: str, kind: str = "", *, by: str = "ticker", **more: int) -> None:
        previous = self.history.writer[-1].epoch if self.history.writer else 0
        self.history.writer.append(
            WriterPeriod(
                at=at,
                region=region,
                epoch=more.get("epoch", previous + 1),
                state=state,
                kind=kind,
                automatic=bool(more.get("automatic", 1)),
                automatic_changes=more.get("changes", 0),
                by=by,
                process=f"{by}@{region}/1",
            )
        )

    def takes_over(self, at: float, region: str, *, changes: int = 0) -> None:
        self.writer(at, region, "closing", "takeover", changes=changes)
        self.writer(at + 8, region, "open", changes=changes)

    def stored(self, at: float, region: str, content: Content = TEN, id_: str = "p") -> None:
        self.history.stores.append(Store(at, region, id_, content, region, f"payment-api@{region}/1"))

    def arrived(self, at: float, region: str, content: Content = TEN, replaced: Content | None = None) -> None:
        self.history.arrivals.append(Arrival(at, region, "p", content, replaced))

    def paid(self, at: float, seen: Seen, content: Content = TEN, *, found: Content | None = None) -> None:
        shown = found or (content if seen in {Seen.STORED, Seen.REPLAYED} else None)
        self.history.operations.append(Operation("multi-0", "p", content, at, at + 0.1, seen, found=shown))

    def read(self, at: float, seen: Seen, found: Content | None = None) -> None:
        self.history.operations.append(Operation("multi-1", "p", None, at, at + 0.1, seen, found=found))

    def left(self, content: Content | None = TEN) -> None:
        for replica in self.history.final.replicas.values():
            if content is not None:
                replica["p"] = content

    def breaks(self, invariant: str) -> list[str]:
        return [text for _, text, _ in INVARIANTS[invariant](self.history)]

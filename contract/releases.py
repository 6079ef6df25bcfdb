"""What a release is made of: the alias that traffic follows, shares and times, and which versions work side by side.

Standard library only: constructs, functions and operations import it. Times are seconds, real ones in functions.
"""

from collections.abc import Iterable
from dataclasses import dataclass

LIVE_ALIAS = "live"
"""The alias that API Gateway, queues, streams and schedules invoke; Terraform makes it, `dr release` moves it."""

STAGE_NAME = "live"
"""The one stage of each region's API; Terraform makes it, `dr release` moves it to another deployment."""

DRIVER_GONE_SECONDS = 30
"""A release whose driver has not raised its beat for so long is undone by the tickers."""

BEAT_SECONDS = 5
"""How often a driver raises the beat."""

RELEASE_LOOK_SECONDS = 5
"""How often a ticker looks at the release item."""

SHARES = (0.01, 0.10)
"""The shares of the serving region's invocations that the new version gets before it gets all of them."""

DEFAULT_BAKE_SECONDS = 600
"""How long each share is watched, unless the command says otherwise."""

FAILING_REQUESTS = 10
"""So many failing requests of the new version end a release, whatever share of all they are."""

DEFAULT_KEPT_VERSIONS = 5
"""So many versions of each function are kept, unless the settings say otherwise."""

DATA_FORMAT_WRITTEN = 1
"""The form of what this version writes: items, queue messages, stream records, logs, control items."""

DATA_FORMATS_READ = (1,)
"""The forms that this version can read."""


@dataclass(frozen=True)
class DataFormats:
    """What one version writes and reads."""

    written: int
    read: frozenset[int]

    def works_beside(self, other: "DataFormats") -> bool:
        """Return whether each of two versions reads what the other writes."""
        return self.written in other.read and other.written in self.read

    def text(self) -> str:
        """Return the numbers as a variable holds them: `2 reads 1,2`."""
        return f"{self.written} reads {','.join(map(str, sorted(self.read)))}"

    @classmethod
    def parse(cls, text: str) -> "DataFormats":
        """Read what `text` wrote.

        Raises:
            ValueError: It is anything else.
        """
        written, _, read = text.partition(" reads ")
        return cls(int(written), _numbers(read.split(",")))


def _numbers(texts: Iterable[str]) -> frozenset[int]:
    return frozenset(int(text) for text in texts)


DATA_FORMATS = DataFormats(DATA_FORMAT_WRITTEN, frozenset(DATA_FORMATS_READ))
"""This version's."""


@dataclass(frozen=True)
class ChangedAnswer:
    """An answer that a release changes on purpose, so that the comparison with the version before expects it."""

    case: str
    """The comparison's case, such as `amount-too-large`."""
    why: str


CHANGED_ANSWERS: tuple[ChangedAnswer, ...] = (
    ChangedAnswer("card-number", "card numbers in an id or in metadata are refused, unless allow_card_numbers is on"),
)
"""What this version answers differently from the one before it; empty again in the next."""

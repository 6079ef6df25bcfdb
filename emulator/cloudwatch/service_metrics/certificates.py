# ruff: noqa: SLF001 — MiniStack offers no public seams
"""What ACM publishes about certificates: twice a day, how many days each has left, until it has expired.

https://docs.aws.amazon.com/acm/latest/userguide/cloudwatch-metrics.html
"""

import math
from collections.abc import Callable
from typing import Any, Final

from ministack.services import acm

from emulator.clock import EmulatorClock
from emulator.cloudwatch.minute_metrics import MetricSeries, MinuteMetrics
from emulator.faults import ActiveFaults
from emulator.patching import Theirs, wrap

PUBLISHED_EVERY_SECONDS: Final = 12 * 3600
_DAY_SECONDS: Final = 24 * 3600

Certificate = dict[str, Any]


class CertificateMetrics:
    """Publishes the days that every issued certificate has left, while its region's ACM answers.

    At once when a certificate is new or ends at another time than before, which AWS does not promise; the fault
    `certificate-expiring` is seen without delay that way.
    """

    def __init__(
        self, *, clock: EmulatorClock, faults: ActiveFaults, tally: MinuteMetrics, serves: Callable[[str], bool]
    ) -> None:
        self._clock, self._faults, self._tally, self._serves = clock, faults, tally, serves
        self._published: dict[str, tuple[int, float]] = {}

    def install(self) -> None:
        """Let descriptions of certificates show the end that the metric counts to."""
        wrap(acm, "_cert_shape", self._shown)

    def sample(self) -> None:
        """Look at all certificates at the end of a minute."""
        before, self._published = self._published, {}
        for (account, region, arn), certificate in list(acm._certificates._data.items()):
            days = self._days_left(certificate)
            if certificate["Status"] != "ISSUED" or days < 0:
                continue
            known = before.get(arn)
            if not self._serves(region) or (known is not None and not self._is_due(days, *known)):
                if known is not None:
                    self._published[arn] = known
                continue
            self._published[arn] = days, self._clock.monotonic()
            dimensions = (("CertificateArn", arn),)
            series = MetricSeries(account, region, "AWS/CertificateManager", "DaysToExpiry", "Count", dimensions)
            self._tally.add(series, days)

    def _is_due(self, days: int, published_days: int, published_at: float) -> bool:
        """Return whether it is time again, or more than time has passed."""
        changed = days not in (published_days, published_days - 1)
        return changed or self._clock.monotonic() - published_at >= PUBLISHED_EVERY_SECONDS

    def _days_left(self, certificate: Certificate) -> int:
        now = self._clock.time()
        return math.floor(round((self._expires(certificate, now) - now) / _DAY_SECONDS, 6))

    def _expires(self, certificate: Certificate, now: float) -> float:
        """Return when a certificate ends, in seconds since the epoch."""
        days = self._faults.certificate_days(certificate["CertificateArn"].split(":")[3])
        return float(acm._epoch(certificate["NotAfter"])) if days is None else now + days * _DAY_SECONDS

    def _shown(self, original: Callable[..., Theirs]) -> Callable[..., Theirs]:
        def shape(certificate: Certificate) -> Theirs:
            return {**original(certificate), "NotAfter": self._expires(certificate, self._clock.time())}

        return shape

"""Carries out the steps of a drill that releases a bad version: publish, release, and take it away again."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from operations.cli.exit_status import DONE, FAILED
from operations.drills.events import ReleaseEnded, VersionPublished
from operations.drills.log import EventLog
from operations.drills.operators import CommandError, Operators
from operations.drills.planted_versions import PLANTED_FAULTS
from operations.drills.publishing import PublishingError, VersionPublisher
from operations.drills.scenario_steps import Publish, ReleaseVersion
from operations.release.judging import BakeVerdict

_ABORT_SECONDS = 60
"""How long an abort may refuse."""


class DrillReleases:
    """Publishes a bad version, releases it by the shipped command, and takes it away.

    Args:
        publisher: What has a deployer's rights; None where nothing is published.
        operators: Who run `dr release`.
        log: Where it is recorded what became of it.
    """

    def __init__(self, publisher: VersionPublisher | None, operators: Operators, log: EventLog) -> None:
        self._publisher, self._operators, self._log = publisher, operators, log

    @property
    def has_published(self) -> bool:
        """Whether something is to be taken away."""
        return self._publisher is not None and self._publisher.has_changed

    def publish(self, step: Publish) -> None:
        """Publish the version in both regions; raises what the publisher does."""
        if self._publisher is None:
            raise PublishingError("nobody may publish a version here")
        published = self._publisher.publish(step.fault, PLANTED_FAULTS[step.fault])
        for role, (before, version) in published.items():
            self._log.record(VersionPublished, role=role, fault=step.fault, before=before, version=version)

    def release(self, step: ReleaseVersion) -> None:
        """Run the release to its end: that it was done is for the verdict to judge.

        Raises:
            CommandError: It refused for too long, or did not say how it ended.
        """
        messages = self._operators.command(step.arguments, within=step.within, well=(DONE, FAILED))
        try:
            told = json.loads(messages.with_suffix(".out").read_text(encoding="utf-8"))
            record = Path(told["record"]).read_text(encoding="utf-8").splitlines()
            self._log.record(ReleaseEnded, **_ended(told, map(json.loads, record)))
        except (OSError, ValueError, LookupError, TypeError) as error:
            raise CommandError(f"the release did not say how it ended: {error!r}") from error

    def take_away(self) -> None:
        """End a release that may be under way, and take the published version away.

        Raises:
            CommandError, PublishingError: Something is left.
        """
        try:
            self._operators.command(("release", "abort"), within=_ABORT_SECONDS)
        finally:
            if self._publisher is not None:
                self._publisher.take_away()


def _ended(told: Mapping[str, Any], record: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what a release's document and its record say of how it ended."""
    verdicts = [each["verdict"] for each in record if each["kind"] == "looked"]
    stored = told.get("storedPayments")
    return {
        "outcome": told["outcome"],
        "reason": told.get("reason") or "",
        "judged": verdicts[-1:] == [BakeVerdict.UNDO],
        "listed": None if stored is None else stored["transactionIds"],
        "unknown": () if stored is None else stored["unknown"],
    }

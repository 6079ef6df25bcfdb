"""Sends parked payments to the region that serves, one by one: sent first, deleted after, so that nothing is lost.

A payment sent twice is stored once: the retry worker inserts it only if its id is free.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from botocore.exceptions import BotoCoreError, ClientError

from contract.outputs import QueueKind
from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.current_writer import current_writer
from operations.errors import OperationError, UsageError, one_line
from operations.redrive.dead_letters import BATCH, DeadLetters
from operations.redrive.messages import Parked, Selection
from operations.site import Site
from operations.topology.words import who_did_what


class Fate(StrEnum):
    """The result for one message."""

    REDRIVEN = "redriven"
    WOULD_BE_REDRIVEN = "would be redriven"  # in a dry run
    MALFORMED = "malformed"  # left in the queue: the worker would park it again
    NOT_SELECTED = "not selected"
    FAILED = "failed"  # left in the queue


@dataclass
class RedriveResult:
    """The number of messages per result, and those to inspect."""

    counts: dict[Fate, int] = field(default_factory=lambda: dict.fromkeys(Fate, 0))
    problems: list[tuple[str, str]] = field(default_factory=list)
    """Message id and reason of what was left because of a problem."""
    ended_early: str = ""
    """Why it did not come to the end of the queue; what is counted was done all the same."""

    def add(self, parked: Parked, fate: Fate, reason: str = "") -> None:
        """Count a message."""
        self.counts[fate] += 1
        if reason:
            self.problems.append((parked.message_id, reason))


def serving_role(site: Site, aws: Aws) -> Role:
    """Return the role of the region that serves; in the other region, payments would only wait again.

    Raises:
        UsageError: No region may store payments now, or it is not known which one may.
    """
    try:
        writer = current_writer(site, aws)
    except OperationError as error:
        raise UsageError(f"it must be known which region serves: {error}") from None
    role = None if writer is None else site.role_of(writer.region)
    if writer is None or role is None:
        raise UsageError("a region must own the writer, but none does")
    if not writer.is_open:
        raise UsageError(f"a region must be open, but {who_did_what(writer)}")
    return role


class Redrive:
    """One run over a region's dead letter queue; payments go to the retry queue of the region that serves.

    IAM: sqs:ReceiveMessage, sqs:ChangeMessageVisibility and sqs:DeleteMessage on it, sqs:SendMessage on both retry
    queues, dynamodb:GetItem on the control table.

    Args:
        site: The site.
        role: The region with the dead letters.
        aws: The clients.
        clock: Measures the rate.
        rate: Messages per (emulated) second.
    """

    def __init__(self, site: Site, role: Role, aws: Aws, clock: OperationsClock, *, rate: float) -> None:
        self._site, self._aws, self._clock, self._rate = site, aws, clock, rate
        region = site.regions[role]
        url = region.queue_urls[QueueKind.DEAD_LETTER]
        self._letters = DeadLetters(aws.client("sqs", region.name), url, clock)
        self._serving = role

    def run(self, selection: Selection, *, dry: bool, on_message: Callable[[], None]) -> RedriveResult:
        """Redrive the selected messages at `rate` messages per (emulated) second; each message is received once.

        The run ends early if the writer closes, a queue does not answer, or on Ctrl-C; the result says so.
        """
        result = RedriveResult()
        see = partial(self._see_who_serves, dry=dry)
        try:
            with self._letters.shown_again():
                for parked in self._letters.each(seconds_a_batch=BATCH / self._rate, before_batch=see):
                    self._take(parked, selection, result, dry=dry)
                    on_message()
        except (UsageError, BotoCoreError, ClientError) as error:
            result.ended_early = one_line(error)
        except KeyboardInterrupt:
            result.ended_early = "it was interrupted"
        return result

    def _see_who_serves(self, *, dry: bool) -> None:
        if not dry:
            self._serving = serving_role(self._site, self._aws)

    def _take(self, parked: Parked, selection: Selection, result: RedriveResult, *, dry: bool) -> None:
        age = (self._clock.time() - parked.sent_at) * self._clock.scale
        if not selection.wants(parked, age):
            result.add(parked, Fate.NOT_SELECTED)
        elif parked.problem is not None:
            result.add(parked, Fate.MALFORMED, parked.problem)
        elif dry:
            result.add(parked, Fate.WOULD_BE_REDRIVEN)
        else:
            self._redrive(parked, result)

    def _redrive(self, parked: Parked, result: RedriveResult) -> None:
        begun = self._clock.monotonic()
        try:
            self._send(parked)
            self._letters.take(parked)
        except (BotoCoreError, ClientError) as error:
            result.add(parked, Fate.FAILED, one_line(error))
        else:
            result.add(parked, Fate.REDRIVEN)
        self._clock.sleep(1 / self._rate - (self._clock.monotonic() - begun))

    def _send(self, parked: Parked) -> None:
        serving = self._site.regions[self._serving]
        self._aws.client("sqs", serving.name).send_message(
            QueueUrl=serving.queue_urls[QueueKind.RETRY],
            MessageBody=parked.body_to_try_again,
            MessageAttributes=dict(parked.attributes),
        )

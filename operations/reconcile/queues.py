"""Reads a region's queues: dead letters, the number of waiting payments, and of batches that were not logged."""

from contract.outputs import QueueKind
from contract.roles import Role
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.reconcile.evidence import Queued
from operations.redrive.dead_letters import DeadLetters
from operations.site import Site
from operations.topology.regional import RegionReader

_LOOKING_SECONDS = 60
"""How long a dead letter is hidden from others at most while it is looked at."""


def read_queues(site: Site, role: Role, aws: Aws, clock: OperationsClock, *, hidden: bool = True) -> Queued:
    """Receive all dead letters, and count waiting payments: receiving these would hide them from the worker.

    Args:
        site: The site.
        role: The region.
        aws: The clients.
        clock: Measures the read.
        hidden: Whether to count dead letters in flight; soon after a read, these may be its own.

    IAM: sqs:GetQueueAttributes on all queues, sqs:ReceiveMessage and sqs:ChangeMessageVisibility on the dead letters.

    Raises:
        BotoCoreError, ClientError: A queue does not answer.
    """
    reader = RegionReader(site, role, aws, clock)
    waiting = reader.queue_depth(QueueKind.RETRY).total
    if hidden:
        waiting += reader.queue_depth(QueueKind.DEAD_LETTER).in_flight
    region = site.regions[role]
    letters = DeadLetters(aws.client("sqs", region.name), region.queue_urls[QueueKind.DEAD_LETTER], clock)
    with letters.shown_again():
        parked = tuple(letters.each(seconds_a_batch=_LOOKING_SECONDS))
    return Queued(parked, waiting, reader.queue_depth(QueueKind.STREAM_FAILURE).total)

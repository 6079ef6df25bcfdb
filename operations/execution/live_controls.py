"""The controls of a deployed site: a call goes to the region that it concerns, a change to one that has a quorum."""

import json
from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import uuid4

from botocore.credentials import Credentials
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError

from contract.outputs import QueueKind
from contract.roles import Role
from handlers.runtime import timestamp
from handlers.writer.changes import Author, StaleEpochError, change_writer
from handlers.writer.glass import Glass, break_glass
from handlers.writer.item import Writer
from operations.aws import Aws
from operations.clock import OperationsClock
from operations.endpoints import EndpointSettings
from operations.execution.controls import DoubtfulEpochError, NotAvailableError, SeenPayment
from operations.execution.live_replication import LiveReplication, reading_from
from operations.site import Site
from operations.topology.asking import UNREADABLE, UnknownError, reason
from operations.topology.edge import Edge, EdgeReader
from operations.topology.payment_stream import PaymentStream, StreamStart
from operations.topology.readings import Unknown
from operations.topology.regional import RegionReader
from operations.topology.replication_watch import ReplicationWatch

DRILL_PREFIX = "drill-"
"""What the ids of payments begin with that operations make."""

_NOT_SENT = (ConnectTimeoutError, EndpointConnectionError)
_CONFLICT_PAUSE_SECONDS = 0.05
_LISTED = 10
"""How many waiting payments one look shows: SQS returns no more."""
_PROBE_SECONDS = 2.0
_OK, _CREATED = 200, 201

T = TypeVar("T")


class LiveControls:
    """Reads and changes a deployed site.

    Args:
        site: The site's names.
        aws: Clients for reads and changes.
        clock: Waits and measures.
        surroundings: The endpoints of DNS and the data planes.
        by: The author, recorded in the writer item.
        why: The reason, recorded in the writer item.
        payer: The credentials for a payment; None sends it unsigned.
        edge: Queries endpoints and DNS; replaced in a simulation.
    """

    def __init__(
        self,
        *,
        site: Site,
        aws: Aws,
        clock: OperationsClock,
        surroundings: EndpointSettings,
        by: str,
        why: str,
        payer: Credentials | None = None,
        edge: Edge | None = None,
    ) -> None:
        self.site, self.clock = site, clock
        # One short attempt each: a failed call is repeated elsewhere or a moment later.
        self._aws, self._surroundings = aws.hurried(), surroundings
        self._by, self._why, self._payer = by, why, payer
        self._edge = edge or EdgeReader(site, aws, surroundings, seconds=_PROBE_SECONDS)
        self._regions = {role: RegionReader(site, role, self._aws, clock) for role in Role}
        self._answers_first = Role.PRIMARY
        """Which replica of the control table has answered last."""
        self._streams: dict[Role, PaymentStream] = {}
        self._begun: dict[Role, list[str]] = {role: [] for role in Role}
        self._payment = {"transactionId": f"{DRILL_PREFIX}{uuid4().hex}", "amount": "0.01", "currency": "EUR"}

    def author(self) -> Author:
        """Return who changes the writer, and why."""
        return Author(by=self._by, reason=self._why, at=self._now())

    def writer(self) -> Writer | None:
        """Read the writer at any replica that has a quorum; None if it does not exist."""
        return self._at_any(self._answers_first, lambda role: self._regions[role].control())

    def change(self, before: Writer, after: Writer, *, near: Role) -> Writer:
        """Change the writer at any replica that has a quorum, trying the one of `near` first.

        Raises:
            StaleEpochError: Somebody else changed it since `before`.
            DoubtfulEpochError: The same, but a replica that was tried before may have made the change.
            NotAvailableError: No replica has a quorum, or none answers: whether the change was made is unknown.
        """

        def pause() -> None:
            self.clock.sleep(_CONFLICT_PAUSE_SECONDS * self.clock.scale)

        lost = False

        def changed(role: Role) -> Writer:
            nonlocal lost
            table = self._regions[role].table_client
            try:
                return change_writer(table, self.site.control_table_name, before, after, pause=pause)
            except UNREADABLE as error:
                lost = lost or not isinstance(error, _NOT_SENT)
                raise

        try:
            return self._at_any(near, changed)
        except StaleEpochError as error:
            raise (DoubtfulEpochError(error.now) if lost else error) from error.__cause__

    def break_glass(self, of: Role, epoch: int) -> None:
        """Let a region store without a quorum."""
        name = self._name(of)
        with reading_from(f"{name}'s replica of the payments table"):
            glass = Glass(name, epoch, by=self._by, reason=self._why, at=self._now())
            break_glass(self._regions[of].table_client, self.site.table_name, glass)

    def replicating(self, source: Role, destination: Role) -> LiveReplication:
        """Start following the payments of the source's stream into the destination."""
        with reading_from(f"{self._name(source)}'s stream"):
            return LiveReplication(
                ReplicationWatch(self.site, self._aws, self.clock, source=source, destination=destination)
            )

    def begun_in(self, role: Role) -> Sequence[str]:
        """Return the payments that began in a region since the first call, from its stream."""
        with reading_from(f"{self._name(role)}'s stream"):
            if role not in self._streams:
                dynamodb, streams = (
                    self._aws.client(each, self._name(role)) for each in ("dynamodb", "dynamodbstreams")
                )
                self._streams[role] = PaymentStream(dynamodb, streams, self.site.table_name, StreamStart.NOW)
            shown = self._streams[role].poll()
        self._begun[role] += [each.transaction_id for each in shown if each.began_in == self._name(role)]
        return self._begun[role]

    def waiting_in(self, role: Role) -> int:
        """Return the approximate number of payments in a region's retry queue."""
        with reading_from(f"{self._name(role)}'s retry queue"):
            return self._regions[role].queue_depth(QueueKind.RETRY).total

    def waiting_payments(self, role: Role) -> Sequence[str]:
        """Return the ids of payments in a region's retry queue, as many as one receive returns.

        IAM: sqs:ReceiveMessage. This raises the receive count, which only the queue's redrive policy uses.
        """
        with reading_from(f"{self._name(role)}'s retry queue"):
            answer = self._aws.client("sqs", self._name(role)).receive_message(
                QueueUrl=self.site.regions[role].queue_urls[QueueKind.RETRY],
                MaxNumberOfMessages=_LISTED,
                VisibilityTimeout=0,
            )
        return [_transaction_id(each["Body"]) or each["MessageId"] for each in answer.get("Messages", [])]

    def owns(self, role: Role) -> bool:
        """Return whether a region owns the writer according to its `/writer`."""
        with reading_from(f"{self._name(role)}'s /writer"):
            return self._edge.owns(role)

    def answered(self) -> Role:
        """Return the region that DNS answers with, uncached."""
        with reading_from("DNS"):
            answer = self._edge.dns(str(self.site.failover_endpoint_url)).role
        if isinstance(answer, Unknown):
            raise NotAvailableError(f"DNS: {answer.reason}")
        return answer.value

    def pay(self) -> SeenPayment:
        """Pay 0.01 at the failover name; the payment is always the same, so repeating it is safe."""
        url = str(self.site.failover_endpoint_url)
        with reading_from("a payment of 0.01"):
            # A new client has an empty resolver cache.
            answer = self._surroundings.client(url, credentials=self._payer).pay(self._payment)
            if answer.status not in {_OK, _CREATED}:
                raise UnknownError(f"answered {answer.status}")
            stored = answer.json()
            for role in Role:
                if isinstance(stored, dict) and stored.get("region") == self._name(role):
                    return SeenPayment(self._payment["transactionId"], role)
            raise UnknownError(f"answered {answer.status} without one of the two regions")

    def _at_any(self, first: Role, ask: Callable[[Role], T]) -> T:
        """Try the replicas of the control table in turn, until one that has a quorum answers."""
        problems = []
        for role in (first, first.peer):
            try:
                answer = ask(role)
            except UNREADABLE as error:
                problems.append(f"{self._name(role)}: {reason(error)}")
            else:
                self._answers_first = role
                return answer
        raise NotAvailableError(f"no replica of the control table has a quorum ({'; '.join(problems)})")

    def _name(self, role: Role) -> str:
        return self.site.regions[role].name

    def _now(self) -> str:
        return timestamp(self.clock.time())


def _transaction_id(body: str) -> str | None:
    try:
        payment = json.loads(body)
    except ValueError:
        return None
    return payment.get("transactionId") if isinstance(payment, dict) else None

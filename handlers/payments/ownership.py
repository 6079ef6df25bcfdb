"""Answers `/writer`: whether the region owns the right to store, which DNS follows."""

from enum import Enum

from contract.deadlines import STANDBY_KNOWLEDGE_SECONDS
from handlers.payments.http import Request, Response, respond
from handlers.writer.knowledge import WriterKnowledge, WriterSighting


class Ownership(Enum):
    """Whether the region that answers owns the writer."""

    OWNER = 200
    OTHER = 404
    UNKNOWN = 503


class WriterRoute:
    """`GET /writer` of one region."""

    def __init__(self, knowledge: WriterKnowledge, region: str, *, is_primary: bool) -> None:
        self._knowledge = knowledge
        self._region = region
        self._is_primary = is_primary

    def get(self, _: Request, __: str) -> Response:
        """Answer by what is known of the writer; the body states it."""
        sighting = self._knowledge.latest(STANDBY_KNOWLEDGE_SECONDS)
        unknown = {"region": None, "epoch": None, "state": None}
        writer = sighting.writer if sighting is not None else None
        document = {**unknown, **(writer.document() if writer is not None else {}), "servedBy": self._region}
        return respond(self._ownership(sighting).value, document)

    def _ownership(self, sighting: WriterSighting | None) -> Ownership:
        if sighting is None:  # of two regions that do not know, one has to be named by DNS
            return Ownership.OWNER if self._is_primary else Ownership.UNKNOWN
        owns = sighting.writer is not None and sighting.writer.region == self._region
        return Ownership.OWNER if owns else Ownership.OTHER

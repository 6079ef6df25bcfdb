"""The steps of plans: each is a change or a wait, as data that a journal can store.

A change of the writer item names no epoch: the performer keeps the epoch that the plan read (`Plan.before`) or that its
own latest change wrote, and a different epoch in the item ends the plan.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator

from contract.deadlines import SETTLE_SECONDS
from contract.roles import Role
from operations.site import Site

REPLICATED_WITHIN_SECONDS = 12.0
"""How long a planned closing waits for the last payments, once it has settled, before it is undone; in real seconds."""


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClosePlanned(_Step):
    """Close the owner in favour of another region; reading of the source's stream starts before that."""

    kind: Literal["close-planned"] = "close-planned"
    source: Role
    destination: Role

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        source, destination = _name(site, self.source), _name(site, self.destination)
        return f"read {source}'s stream, and close {source} in favour of {destination}"


class TakeOver(_Step):
    """Make a region the owner, closed, without asking the present owner."""

    kind: Literal["take-over"] = "take-over"
    to: Role

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"close the writer and make {_name(site, self.to)} its owner"


class Hold(_Step):
    """Close the writer until an operator opens it."""

    kind: Literal["hold"] = "hold"

    def says(self, site: Site) -> str:  # noqa: ARG002 — the signature of all steps
        """Describe the step in a few words."""
        return "close the writer and hold it: no region takes payments until `dr start`"


class Settle(_Step):
    """Wait (real seconds) until no region can store on knowledge from before the closing."""

    kind: Literal["settle"] = "settle"
    stays: bool = False
    """Whether the closing is to last after that, so that whoever has ended it meanwhile is told of."""

    def says(self, site: Site) -> str:  # noqa: ARG002
        """Describe the step in a few words."""
        return f"wait {SETTLE_SECONDS} s, until no region can store on older knowledge"


class AwaitReplicated(_Step):
    """Wait until the destination's replica holds every payment in the closed source's stream."""

    kind: Literal["await-replicated"] = "await-replicated"
    source: Role
    destination: Role
    within: float = REPLICATED_WITHIN_SECONDS
    """Real seconds since the closing has settled; the plan is undone after that."""

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        source, destination = _name(site, self.source), _name(site, self.destination)
        return f"find each payment of {source}'s stream in {destination}, within {self.within:g} s, or undo"


class OpenWriter(_Step):
    """Open the writer for the region that the closing names, once the closing has settled."""

    kind: Literal["open"] = "open"
    of: Role

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"open {_name(site, self.of)}"


class Undo(_Step):
    """Open the source of a planned closing again; the owner stays the same, so nothing has to settle."""

    kind: Literal["undo"] = "undo"
    of: Role
    """The source."""

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"undo the closing: {_name(site, self.of)} is open again"


class SetAutomatic(_Step):
    """Switch unattended takeovers on or off; the epoch grows even if the setting stays the same."""

    kind: Literal["set-automatic"] = "set-automatic"
    automatic: bool

    def says(self, site: Site) -> str:  # noqa: ARG002
        """Describe the step in a few words."""
        return f"switch automatic takeover {'on' if self.automatic else 'off'}"


class BreakGlass(_Step):
    """Let a region store payments without a quorum, at the last epoch that it knows."""

    kind: Literal["break-glass"] = "break-glass"
    of: Role
    epoch: int

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"break the glass in {_name(site, self.of)} at epoch {self.epoch}"


class AwaitWriter(_Step):
    """Wait until a region's `/writer` says that the region owns the writer."""

    kind: Literal["await-writer"] = "await-writer"
    of: Role

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"see {_name(site, self.of)}'s /writer answer 200"


class AwaitDns(_Step):
    """Wait until DNS answers with a region."""

    kind: Literal["await-dns"] = "await-dns"
    answering: Role

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"see DNS answer {_name(site, self.answering)}"


class AwaitPayment(_Step):
    """Wait until a region's stream has a payment that began there after the opening."""

    kind: Literal["await-payment"] = "await-payment"
    serving: Role
    within: float
    """Seconds after which a quiet region is accepted: nobody may be paying at night."""
    pays: bool = False
    """Whether to make a payment of 0.01 at the failover name with the caller's own credentials."""

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        stored = f"stored in {_name(site, self.serving)}"
        return f"pay 0.01 and see it {stored}" if self.pays else f"see a first payment {stored}"


class AwaitForwarded(_Step):
    """Wait until a region's retry queue is empty, as its worker forwards the payments; list those that remain."""

    kind: Literal["await-forwarded"] = "await-forwarded"
    of: Role
    within: float
    """Seconds after which what still waits is listed, which is no failure."""

    def says(self, site: Site) -> str:
        """Describe the step in a few words."""
        return f"see {_name(site, self.of)}'s retry queue empty, or list what waits in it"


Change = ClosePlanned | TakeOver | Hold | OpenWriter | Undo | SetAutomatic
"""The steps that change the writer item."""

Step = Annotated[
    Change | Settle | AwaitReplicated | BreakGlass | AwaitWriter | AwaitDns | AwaitPayment | AwaitForwarded,
    Discriminator("kind"),
]


def _name(site: Site, role: Role) -> str:
    return site.regions[role].name

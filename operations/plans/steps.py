"""The steps that plans consist of: what to change or what to wait for, as data that a journal can keep.

Every fence is changed in the standby's replica and nowhere else, so that no two regions write the same fence item
(FACTS 1.6), and so that a fenced primary is known at once where the takeover is served (FACTS 2.10).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator

from handlers.deadlines import FENCE_SETTLE_SECONDS
from operations.site import Role, Site


class _Step(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SetFence(_Step):
    """Forbid a region to store payments."""

    kind: Literal["set-fence"] = "set-fence"
    of: Role

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"fence {site.regions[self.of].name}"


class ClearFence(_Step):
    """Allow a region to store payments again."""

    kind: Literal["clear-fence"] = "clear-fence"
    of: Role

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"unfence {site.regions[self.of].name}"


class AwaitFence(_Step):
    """Wait until both replicas hold the fence like this."""

    kind: Literal["await-fence"] = "await-fence"
    of: Role
    fenced: bool

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"see {site.regions[self.of].name} {'fenced' if self.fenced else 'open'} in both replicas"


class Settle(_Step):
    """Wait until a region whose fence has arrived stores nothing any more: in real seconds, as functions count them."""

    kind: Literal["settle"] = "settle"
    of: Role

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"let {site.regions[self.of].name}'s fence settle ({FENCE_SETTLE_SECONDS} real seconds)"


class Drain(_Step):
    """Wait until the fenced source's last payments have reached the destination, as far as that can be known."""

    kind: Literal["drain"] = "drain"
    source: Role
    destination: Role
    seconds: float
    """Ten times the recent maximum of the replication latency (FACTS 1.11)."""

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        source, destination = site.regions[self.source].name, site.regions[self.destination].name
        return (
            f"drain replication {source} → {destination}: {self.seconds:g} s, "
            f"and a heartbeat of {source} from after its fence"
        )


class AwaitTakeover(_Step):
    """Wait until the standby's `/takeover` says that it serves in place of the primary, or that it does not."""

    kind: Literal["await-takeover"] = "await-takeover"
    taken_over: bool

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"see {site.standby.name}'s /takeover answer {200 if self.taken_over else 404}"


class AwaitDns(_Step):
    """Wait until DNS answers with a region."""

    kind: Literal["await-dns"] = "await-dns"
    answering: Role

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"see DNS answer {site.regions[self.answering].name}"


class AwaitPayment(_Step):
    """Wait until a payment is seen that began in a region after the primary's fence was last changed."""

    kind: Literal["await-payment"] = "await-payment"
    serving: Role
    within: float
    """Seconds after which a quiet region is accepted: nobody may be paying at night."""
    pays: bool = False
    """Whether to make a payment of 0.01 at the failover name with the caller's own credentials."""

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        stored = f"stored in {site.regions[self.serving].name}"
        return f"pay 0.01 and see it {stored}" if self.pays else f"see a first payment {stored}"


class OutliveAnswers(_Step):
    """Wait until resolvers have forgotten the answer of before."""

    kind: Literal["outlive-answers"] = "outlive-answers"
    answering: Role
    """The region that was answered before."""
    seconds: float

    def says(self, site: Site) -> str:
        """Tell the step in a few words."""
        return f"let resolvers forget {site.regions[self.answering].name} ({self.seconds:g} s)"


Step = Annotated[
    SetFence | ClearFence | AwaitFence | Settle | Drain | AwaitTakeover | AwaitDns | AwaitPayment | OutliveAnswers,
    Discriminator("kind"),
]

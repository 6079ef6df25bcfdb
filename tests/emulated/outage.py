"""The loss of a region under a stream of payments, and its return, step by step, with the observations."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.credentials import Credentials

from client.dns import Resolver
from client.https import Timeouts
from client.payments import PaymentClient
from emulator.clock import ScaledEmulatorClock
from emulator.regions import ADDRESSES
from handlers.writer.item import Writer
from tests.emulated.alarms import AlarmSubscription, Notification, alarm_state
from tests.emulated.site import PRIMARY, REGIONS, STANDBY, Site
from tests.emulated.stream import ACKNOWLEDGED, Attempt, NotingStub, PaymentStream, Remembered
from tests.emulated.waiting import eventually
from tests.emulated.writing import current_writer

SCALE = 10
LAG, HEARTBEAT, TAKEOVER = "replication-lag", "heartbeat-age", "automatic-takeover"

_SLOW_BY_SECONDS = 40
"""More than the alarm's threshold of 30 s."""


@dataclass
class Story:
    """The observations; times are real seconds of the machine's monotonic clock."""

    attempts: list[Attempt] = field(default_factory=list)
    asked_dns_at: list[float] = field(default_factory=list)
    notifications: dict[str, list[Notification]] = field(default_factory=dict)
    """Each region's alarm notifications."""
    lost_at: float = 0
    moved_at: float = 0
    alarmed_at: float = 0
    writer: Writer | None = None
    """As the standby's replica of the control table held it while the primary was away."""
    late: frozenset[str] = frozenset()
    """Payments that the primary acknowledged, and that the standby does not hold while the primary is away."""
    healed_at: float = 0
    arrived_at: float = 0
    address_after_return: str = ""
    held: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """The stream's payments as each region's replica holds them in the end."""

    def acknowledged(self, *regions: str) -> list[Attempt]:
        """Return the attempts that the given regions (by default any) acknowledged."""
        addresses = {ADDRESSES[region] for region in regions or REGIONS}
        return [each for each in self.attempts if each.status in ACKNOWLEDGED and each.address in addresses]

    def figures(self) -> Mapping[str, float]:
        """Return what was measured, in emulated seconds."""
        first_success = min(each.ended_at for each in self.acknowledged(STANDBY))
        real = {
            "from the loss until DNS moved": self.moved_at - self.lost_at,
            "from the loss until a payment succeeded": first_success - self.lost_at,
            "from the loss until all alarms had notified": self.alarmed_at - self.lost_at,
            "from the return until the last late write arrived": self.arrived_at - self.healed_at,
        }
        return {name: round(seconds * SCALE, 1) for name, seconds in real.items()}


def stream(site: Site, credentials: Credentials, story: Story) -> PaymentStream:
    """Return a payer's stream at the failover name, by the DNS server's answers and their TTL."""
    emulator = site.deployment.emulator
    stub = NotingStub(emulator.dns_port)
    remembered = Remembered(Resolver(clock=ScaledEmulatorClock(SCALE), stub=stub))
    client = PaymentClient(
        site.deployment.outputs["failover_endpoint_url"],
        credentials=credentials,
        resolver=remembered,
        port=emulator.data_plane_port,
        ca_file=emulator.ca_file,
        timeouts=Timeouts(connect=2, answer=10),
    )
    paying = PaymentStream(client, remembered)
    story.attempts, story.asked_dns_at = paying.attempts, stub.asked_at
    return paying


def dns(site: Site) -> str:
    """Return the region that DNS answers with now."""
    address = Resolver(("127.0.0.1", site.deployment.emulator.dns_port)).address(site.host)
    return next(region for region in REGIONS if ADDRESSES[region] == address)


def await_dns(site: Site, region: str, *, every: float = 0.2) -> None:
    """Wait until DNS answers with a region."""

    def moved() -> None:
        assert dns(site) == region

    eventually(moved, every=every)


def await_steady_state(site: Site) -> None:
    """Wait until DNS leads to the primary, and the alarms of lag, heartbeats and takeovers are OK.

    An alarm that is in ALARM already sends no notification for what comes next.
    """

    def steady() -> None:
        assert dns(site) == PRIMARY
        ringing = {
            (what, region): state
            for what in (LAG, HEARTBEAT, TAKEOVER)
            for region in REGIONS
            if (state := alarm_state(site, what, region)) != "OK"
        }
        assert not ringing

    eventually(steady, within=300)


def slow_down_replication(site: Site, primary: AlarmSubscription) -> None:
    """Slow down replication until the primary's lag alarm notifies."""
    site.deployment.emulator.inject("replication-slow", source=PRIMARY, destination=STANDBY, seconds=_SLOW_BY_SECONDS)

    def alarmed() -> None:
        assert (LAG, "ALARM") in primary.receive()

    eventually(alarmed)


def lose_the_primary(site: Site, standby: AlarmSubscription, story: Story) -> None:
    """Take the primary down, and wait until DNS has moved and the standby has taken over and raised its alarms."""
    site.deployment.emulator.inject("region-down", region=PRIMARY)
    story.lost_at = time.monotonic()

    await_dns(site, STANDBY, every=0.02)
    story.moved_at = time.monotonic()

    def alarmed() -> None:
        assert {(what, "ALARM") for what in (LAG, TAKEOVER)} <= set(standby.receive())

    eventually(alarmed, within=300)
    story.alarmed_at = time.monotonic()

    def opened() -> Writer:
        writer = current_writer(site, STANDBY)
        assert writer.allows(STANDBY)
        return writer

    story.writer = eventually(opened, within=300)

    def paid() -> None:
        assert story.acknowledged(STANDBY)

    eventually(paid, within=300)
    there = {each["transactionId"]["S"] for each in payments(site, STANDBY)}
    story.late = frozenset(each.transaction_id for each in story.acknowledged(PRIMARY)) - there


def let_it_return(site: Site, story: Story, subscriptions: Mapping[str, AlarmSubscription]) -> None:
    """Heal all faults, and wait until the late writes have arrived and the alarms are OK again."""
    site.deployment.emulator.heal()
    story.healed_at = time.monotonic()

    def arrived() -> None:
        assert story.late <= {each["transactionId"]["S"] for each in payments(site, STANDBY)}

    eventually(arrived, every=0.02)
    story.arrived_at = time.monotonic()
    primary_check = site.deployment.outputs["health_check_ids"]["primary_writer"]

    def recovered() -> None:
        # The primary is healthy again, and reports that it does not own the writer.
        assert not site.deployment.emulator.status()["health_checks"][primary_check]["healthy"]
        for region, what in ((PRIMARY, LAG), (STANDBY, LAG)):
            assert [state for alarm, state in subscriptions[region].receive() if alarm == what][-1] == "OK"

    eventually(recovered)
    story.address_after_return = dns(site)
    story.notifications = {region: each.received for region, each in subscriptions.items()}


def settle(site: Site, story: Story) -> None:
    """Wait until both replicas hold the same payments of the stream."""
    asked = {each.transaction_id for each in story.attempts}

    def settled() -> None:
        for region in REGIONS:
            held = [each for each in payments(site, region) if each["transactionId"]["S"] in asked]
            story.held[region] = sorted(held, key=lambda each: str(each["transactionId"]["S"]))
        assert story.held[PRIMARY] == story.held[STANDBY]

    eventually(settled)


def await_primary(site: Site) -> None:
    """Wait until DNS leads to the primary again."""

    def returned() -> None:
        assert dns(site) == PRIMARY

    eventually(returned)


def payments(site: Site, region: str) -> list[dict[str, Any]]:
    """Return all payments that a region's replica holds."""
    pages = site.aws("dynamodb", region).get_paginator("scan").paginate(TableName=site.table, ConsistentRead=True)
    return [item for page in pages for item in page["Items"] if "transactionId" in item]

"""What people read: a finding can be judged on the screen, and what is at risk is said before what is well."""

from pathlib import Path

import pytest
from rich.console import Console

from contract.roles import Role
from handlers.runtime import timestamp
from operations.reconcile.describe import cannot_tell, describe, verdict
from operations.reconcile.reconciliation import Scope
from operations.reconcile.show import show
from operations.reconcile.sources import LOGS, TABLES
from tests.unit.operations.plans.topologies import SITE
from tests.unit.operations.reconcile.world import NOW, OLD, PRIMARY, STANDBY, World, stored

PRIMARY_TABLE, STANDBY_TABLE = TABLES


def described(world: World, trail: Path) -> list[str]:
    """Return the lines of the one finding, without its digest."""
    (finding,) = world.reconcile(trail).findings
    *lines, digest = describe(SITE, finding.document())
    assert digest == f"digest {finding.digest[:12]}…"
    return lines


class TestFinding:
    """Amounts, currency, moments, and who holds what."""

    def test_a_conflict(self, world: World, trail: Path) -> None:
        world.hold(stored("twice"), PRIMARY_TABLE, *LOGS)
        world.hold(stored("twice", at=OLD + 60, amount="99", region=STANDBY), STANDBY_TABLE)
        assert described(world, trail) == [
            "twice: conflicting",
            "10.50 EUR stored 2026-05-28 18:26:40.000 UTC, began in us-east-1",
            "  in us-east-1 replica, us-east-1 logs, us-east-2 logs",
            "99.00 EUR stored 2026-05-28 18:27:40.000 UTC, began in us-east-2",
            "  in us-east-2 replica",
            "to do: a human must decide which version counts",
        ]

    def test_a_loss(self, world: World, trail: Path) -> None:
        world.hold(stored("lost"), PRIMARY_TABLE, *LOGS)
        assert described(world, trail)[-2:] == [
            "missing from us-east-2 replica",
            "to do: insert into the standby replica",
        ]

    def test_an_entry_that_is_no_payment(self, world: World, trail: Path) -> None:
        world.buckets[PRIMARY].objects["transaction-logs/x.jsonl"] = b"odd\nodd\n"
        assert described(world, trail) == [
            "(no id): malformed",
            "no payment: an entry of SHA-256 990cb8ebd0af…, 2 times",
            "  in us-east-1 logs",
            "to do: a person must decide: an entry is not a payment",
        ]

    def test_amounts_have_the_decimals_of_their_currency(self) -> None:
        def shown(amount: str, currency: str) -> str:
            content = {"amount": {"N": amount}, "currency": {"S": currency}}
            version = {"content": content, "region": PRIMARY, "storedAt": "x", "places": [PRIMARY_TABLE]}
            finding = {"transactionId": "t", "kinds": ["missing"], "versions": [version], "missingFrom": [],
                       "proposal": "", "digest": "f"}  # fmt: skip
            return describe(SITE, finding)[1].partition(" stored")[0]

        assert [shown("10.5", "EUR"), shown("10", "JPY"), shown("1.5", "KWD"), shown("0.123", "EUR")] == [
            "10.50 EUR",
            "10 JPY",
            "1.500 KWD",
            "0.123 EUR",
        ]

    def test_other_attributes_are_shown_when_they_differ(self) -> None:
        def version(text: str) -> dict[str, object]:
            content = {"amount": {"N": "1"}, "currency": {"S": "EUR"}, "note": {"S": text}}
            return {"content": content, "region": PRIMARY, "storedAt": "x", "places": [PRIMARY_TABLE]}

        finding = {"transactionId": "t", "kinds": ["conflicting"], "versions": [version("a"), version("b" * 99)],
                   "missingFrom": [], "proposal": "", "digest": "f"}  # fmt: skip
        assert [line for line in describe(SITE, finding) if "note" in line] == ["  note a", f"  note {'b' * 60}…"]


class TestVerdict:
    """The first lines."""

    def test_what_a_region_out_of_reach_may_hold(self, world: World, trail: Path) -> None:
        world.hold(stored("later", at=OLD + 60))
        world.hold(stored("elsewhere", at=OLD + 90, region=STANDBY))
        world.lose(Role.PRIMARY)
        (line,) = verdict(SITE, world.reconcile(trail))
        assert line.startswith(
            "Cannot tell: us-east-1 is unreachable; payments acknowledged there after 2026-05-28 18:27:40.000 UTC, "
            "or shortly before, may be missing ("
        )

    def test_when_nothing_of_it_is_known(self, trail: Path) -> None:
        world = World()
        world.hold(stored("elsewhere", region=STANDBY))
        world.lose(Role.PRIMARY)
        (line,) = cannot_tell(SITE, world.reconcile(trail))
        assert "payments acknowledged there may be missing, and none of them is known elsewhere" in line

    def test_a_replica_alone(self, world: World, trail: Path) -> None:
        world.tables[STANDBY].down = True
        (line,) = cannot_tell(SITE, world.reconcile(trail))
        assert line.startswith("us-east-2 replica cannot be read; ")

    def test_logs_and_queues(self, world: World, trail: Path) -> None:
        world.buckets[STANDBY].down = world.queues[PRIMARY].down = True
        lines = cannot_tell(SITE, world.reconcile(trail))
        assert [line.partition(" (")[0] for line in lines] == [
            "us-east-2 logs cannot be read to their end; what only they hold is not compared",
            "us-east-1 queues cannot be read to their end; accepted payments may wait there",
        ]

    def test_differences_are_shown_with_unknowns(self, world: World, trail: Path) -> None:
        world.hold(stored("lost", at=OLD + 1), STANDBY_TABLE)
        world.queues[PRIMARY].waiting = 1
        assert verdict(SITE, world.reconcile(trail)) == [
            "Differences: 1 missing; 1 left to repair or to judge.",
            "Cannot tell: 1 accepted payments wait in queues.",
        ]

    def test_all_is_well(self, world: World, trail: Path) -> None:
        report = world.reconcile(trail, scope=Scope(since=timestamp(NOW - 7300)))
        said = "Clean: both regions hold the same 1 payment, as far as touched since 2026-05-28 18:25:00.000 UTC; "
        said += "queues as of a minute ago."
        assert verdict(SITE, report) == [said]

    def test_what_was_repaired(self, world: World, trail: Path) -> None:
        world.hold(stored("lost"), PRIMARY_TABLE, *LOGS)
        assert verdict(SITE, world.reconcile(trail, repairing=True))[0] == "Repaired: 1; no difference is left."


@pytest.mark.parametrize("width", [60, 120])
def test_the_screen_says_the_verdict_first(world: World, trail: Path, width: int) -> None:
    world.hold(stored("lost"), PRIMARY_TABLE, *LOGS)
    world.tables[PRIMARY].items["control#x"] = {"pk": {"S": "control#x"}}
    console = Console(width=width, record=True)
    with console.capture() as captured:
        show(console, SITE, world.reconcile(trail))
    text = captured.get()
    assert text.startswith("Differences: 1 missing; 1 left")
    assert "2 payments" in text  # control items are none
    assert max(map(len, text.splitlines())) <= width
    assert "10.50 EUR" in text

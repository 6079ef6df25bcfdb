"""What the transaction logs say of a drill's payments."""

from contract.roles import Role
from operations.drills.transaction_logs import LoggedPayments

LOGGED = LoggedPayments(
    {
        "once": [(Role.PRIMARY, "1.00 EUR")],
        "again": [(Role.PRIMARY, "2.00 EUR"), (Role.PRIMARY, "2.00 EUR")],
        "both": [(Role.PRIMARY, "3.00 EUR"), (Role.STANDBY, "4.00 EUR")],
    }
)


def test_who_recorded_what() -> None:
    assert LOGGED.recorded == {Role.PRIMARY: ("once", "again", "both"), Role.STANDBY: ("both",)}


def test_what_is_recorded_more_than_once() -> None:
    assert LOGGED.repeated == {
        "again": (Role.PRIMARY, Role.PRIMARY),
        "both": (Role.PRIMARY, Role.STANDBY),
    }


def test_what_contradicts_itself() -> None:
    assert LOGGED.contradicting == ("both",)


def test_what_nobody_recorded() -> None:
    assert LOGGED.unlogged(("once", "never")) == ("never",)

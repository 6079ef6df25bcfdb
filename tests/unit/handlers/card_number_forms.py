"""Ids as systems make them, none of them a card number, and how often one is refused all the same.

`python -m tests.unit.handlers.card_number_forms` prints the table of docs/api.md.
"""

import random
from collections.abc import Callable, Mapping

from handlers.payments.card_numbers import holds_card_number


def _uuid(draw: random.Random) -> str:
    text = f"{draw.getrandbits(128):032x}"
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{draw.choice('89ab')}{text[17:20]}-{text[20:]}"


def _time(draw: random.Random) -> str:
    return str(draw.randrange(17 * 10**8, 2 * 10**9) * 10 ** draw.choice((3, 6, 9)) + draw.randrange(1000))


def _date(draw: random.Random) -> str:
    day = f"20{draw.randrange(24, 40)}{draw.randrange(1, 13):02}{draw.randrange(1, 32):02}"
    return f"{day}-{draw.randrange(240_000):06}-{draw.randrange(10**6):06}"


def _iban(draw: random.Random) -> str:
    account = f"{draw.randrange(10**17, 10**18)}"
    return f"DE{98 - int(f'{account}131400') % 97:02}{account}"


def _iban_in_fours(draw: random.Random) -> str:
    iban = _iban(draw)
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


FORMS: Mapping[str, Callable[[random.Random], str]] = {
    "UUID": _uuid,
    "UUID without dashes": lambda draw: f"{draw.getrandbits(128):032x}",
    "24 hexadecimal digits": lambda draw: f"{draw.getrandbits(96):024x}",
    "16 hexadecimal digits": lambda draw: f"{draw.getrandbits(64):016x}",
    "ULID": lambda draw: "01" + "".join(draw.choices("0123456789ABCDEFGHJKMNPQRSTVWXYZ", k=24)),
    "time in ms, µs or ns": _time,
    "time in ms and a counter": lambda draw: f"{draw.randrange(17 * 10**11, 2 * 10**12)}-{draw.randrange(10**6):06}",
    "date, time and a counter": _date,
    "German IBAN": _iban,
    "German IBAN in fours": _iban_in_fours,
    "number between 0 and 1": lambda draw: repr(draw.random()),
    "12 random digits": lambda draw: f"{draw.randrange(10**12):012}",
    "13 random digits": lambda draw: f"{draw.randrange(10**13):013}",
    "16 random digits": lambda draw: f"{draw.randrange(10**16):016}",
    "20 random digits": lambda draw: f"{draw.randrange(10**20):020}",
}


def refused(form: str, draws: int) -> int:
    """Return how many ids of a form are taken for card numbers, of so many that are drawn from a fixed seed."""
    draw = random.Random(form)  # noqa: S311 -- no secret
    return sum(holds_card_number(FORMS[form](draw)) for _ in range(draws))


def main() -> None:
    """Print the table."""
    draws = 1_000_000
    for form in FORMS:
        count = refused(form, draws)
        share = f"{count / draws:.4%}" if count else "none"
        print(f"| {form} | {share} of {draws:,} |")  # noqa: T201


if __name__ == "__main__":
    main()

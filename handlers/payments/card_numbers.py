"""Finds card numbers in a request, so that they are refused where they may not be stored.

A card number is a run of digits with the prefix and length of a large network (FACTS 13.1) and a valid Luhn checksum,
written together or grouped as cards print it. Of a token that mixes letters and digits, as a UUID does, only a single
run counts; what follows a decimal point and what is an IBAN is none. docs/api.md says what that finds and misses.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator

RULE = "card-number"
"""The rule that such a value breaks."""

_LENGTHS = range(13, 20)
_ANY = range(16, 20)
_NETWORKS: tuple[tuple[int, int, Collection[int]], ...] = (
    (4, 4, (13, 16, 19)),  # Visa
    (51, 55, (16,)),  # Mastercard
    (2221, 2720, (16,)),
    (34, 34, (15,)),  # American Express
    (37, 37, (15,)),
    (6011, 6011, _ANY),  # Discover
    (644, 649, _ANY),
    (65, 65, _ANY),
    (36, 36, (14, *_ANY)),  # Diners Club
    (38, 39, (14, *_ANY)),
    (300, 305, (14, *_ANY)),
    (3528, 3589, _ANY),  # JCB
    (62, 62, _ANY),  # UnionPay
    (81, 81, _ANY),
    (5018, 5018, _LENGTHS),  # Maestro
    (5020, 5020, _LENGTHS),
    (5038, 5038, _LENGTHS),
    (5893, 5893, _LENGTHS),
    (6304, 6304, _LENGTHS),
    (6759, 6759, _LENGTHS),
    (6761, 6763, _LENGTHS),
    (2200, 2204, (16,)),  # Mir
    (60, 60, (16,)),  # RuPay
    (82, 82, (16,)),
    (508, 508, (16,)),
)
"""First and last prefix, and the lengths that the network issues."""

_PRINTED = {(4, 6, 5), (4, 6, 4), (4, 3, 3, 3), (4, 4, 5), (6, 13), (8, 8)}
"""How cards print their number in groups, beside fours and a rest: American Express, Diners Club, Visa, UnionPay."""

_FEWEST = re.compile(r"[0-9](?:[ _-]?[0-9]){12}")
_ESCAPE = re.compile(r"\\.")
_GROUPS = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]*([0-9]+(?:[ _-][0-9]+)*)[A-Za-z]*(?![0-9A-Za-z])")
_IBAN = re.compile(r"(?<![0-9A-Za-z])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![0-9A-Za-z])")
_SEPARATOR = re.compile(r"[ _-]")


def holds_card_number(text: str) -> bool:
    """Return whether a text, or the canonical JSON of a value, contains a card number."""
    if not text.isascii():
        text = "".join(map(_ascii, text))
    if _FEWEST.search(text) is None:  # almost every payment
        return False
    text = _IBAN.sub(_without_iban, _ESCAPE.sub("\n", text))
    return any(
        _is_card_number(candidate)
        for found in _GROUPS.finditer(text)
        for candidate in _candidates(_SEPARATOR.split(_integer(text, found)))
    )


def _candidates(groups: list[str]) -> Iterator[str]:
    """Yield what is written together, or in groups as on a card, anywhere in a row of groups."""
    sizes = [len(group) for group in groups]
    for first in range(len(groups)):
        for last in range(first + 1, len(groups) + 1):
            length = sum(sizes[first:last])
            if length > _LENGTHS[-1]:
                break
            if length in _LENGTHS and _is_printed(tuple(sizes[first:last])):
                yield "".join(groups[first:last])


def _is_printed(sizes: tuple[int, ...]) -> bool:
    in_fours = set(sizes[:-1]) == {4} and sizes[-1] <= 4  # noqa: PLR2004 -- the groups of most cards
    return len(sizes) == 1 or in_fours or set(sizes) == {1} or sizes in _PRINTED


def _is_card_number(digits: str) -> bool:
    return _has_issuer(digits) and _luhn(digits) % 10 == 0


def _has_issuer(digits: str) -> bool:
    return any(
        len(digits) in lengths and first <= int(digits[: len(str(first))]) <= last for first, last, lengths in _NETWORKS
    )


def _luhn(digits: str) -> int:
    """Return the sum of the digits, every second from the right doubled and its digits added (ISO/IEC 7812-1)."""
    doubled = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
    return sum(map(int, digits[-1::-2])) + sum(doubled[int(digit)] for digit in digits[-2::-2])


def _integer(text: str, found: re.Match[str]) -> str:
    """Return the digits that were found, without the first group where that is the fraction of a number."""
    groups = found[1]
    start = found.start()
    if start > 1 and text[start - 1] == "." and text[start - 2].isdigit():
        _, _, groups = _SEPARATOR.sub(" ", groups).partition(" ")
    return groups


def _without_iban(found: re.Match[str]) -> str:
    """Return nothing in place of an IBAN: its checksum says that it is one (ISO 13616)."""
    compact = found[0].replace(" ", "")
    number = int("".join(str(int(char, 36)) for char in compact[4:] + compact[:4]))
    return "" if number % 97 == 1 else found[0]


def _ascii(char: str) -> str:
    """Return the ASCII digit, space or dash that a character stands for, or the character itself."""
    if char.isascii():
        return char
    digit = unicodedata.decimal(char, None)
    if digit is not None:
        return str(digit)
    return {"Zs": " ", "Pd": "-"}.get(unicodedata.category(char), char)

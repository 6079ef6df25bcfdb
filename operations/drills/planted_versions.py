"""Bad versions of the payment function: the deployed zip with a fault planted, which harms a drill's payments alone."""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from operations.errors import OperationError
from operations.execution.live_controls import DRILL_PREFIX

PLANTED_HEADER = "x-planted-version"
"""The header that marks a planted version's answers to a drill's payments: clients then know what it stored."""

_HANDLER = "handlers/payment_api.py"
_ANSWERS = "    return _api().answer(event, context)\n"


class PlantingError(OperationError):
    """The deployed code has not the place where a fault is planted."""


@dataclass(frozen=True)
class PlantedFault:
    """What is wrong with a version."""

    says: str
    """As in "a version that ...": what people read."""
    lines: str
    """Statements between the answer's making and its return; `asked` is the request's body, a drill's payment."""

    def planted(self, name: str, code: bytes) -> bytes:
        """Return the zip with the fault; it marks its answers to a drill's payments with its name.

        Raises:
            PlantingError: The code is another than is known here.
        """
        return replaced(code, _HANDLER, _ANSWERS, self._handler(name))

    def _handler(self, name: str) -> str:
        return (
            "    answer = _api().answer(event, context)\n"
            '    asked = event.get("body") or ""\n'
            f"    if '\"{DRILL_PREFIX}' in asked:\n"
            f'        answer["headers"]["{PLANTED_HEADER}"] = "{name}"\n'
            f"{self.lines}"
            "    return answer\n"
        )


def replaced(code: bytes, file: str, before: str, after: str) -> bytes:
    """Return a zip of functions with another text in one of its files; all else is as it was.

    Byte code of the file is left out: it is believed without a look at its source.

    Raises:
        PlantingError: It is no zip, or its file does not hold the text once.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(code)) as archive:
            files = {each: archive.read(each) for each in archive.infolist()}
    except zipfile.BadZipFile as error:
        raise PlantingError(f"the deployed code must be a zip: {error}") from None
    text = next((held.decode() for each, held in files.items() if each.filename == file), "")
    if text.count(before) != 1:
        raise PlantingError(f"the deployed code must be this checkout's: {file} holds something else")
    written, path = io.BytesIO(), PurePosixPath(file)
    byte_code = f"{path.parent}/__pycache__/{path.stem}."
    with zipfile.ZipFile(written, "w") as archive:
        for each, held in files.items():
            if not each.filename.startswith(byte_code):
                content = text.replace(before, after).encode() if each.filename == file else held
                archive.writestr(each, content, each.compress_type)
    return written.getvalue()


PLANTED_FAULTS: Mapping[str, PlantedFault] = {
    "crashes-on-instalments": PlantedFault(
        says="crashes once it has stored a payment in instalments",
        lines="        if '\"instalments\"' in asked:\n"
        '            raise RuntimeError("planted: a payment in instalments")\n',
    ),
}
"""By name. Payments in instalments are none of the canary payments, so that only payers meet them."""

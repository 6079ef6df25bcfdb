"""A bad version: the shipped handler with a fault that meets a drill's payments alone."""

import io
import json
import zipfile
from typing import Any

import pytest

from operations.checkout import ROOT
from operations.drills.planted_versions import PLANTED_FAULTS, PLANTED_HEADER, PlantingError

NAME = "crashes-on-instalments"
HANDLER = "handlers/payment_api.py"


def zipped(**files: str) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return written.getvalue()


def shipped() -> bytes:
    return zipped(**{HANDLER: (ROOT / HANDLER).read_text(encoding="utf-8"), "contract/a.py": "A = 1\n"})


def handler_of(code: bytes) -> Any:
    """Return the planted `handler`, with routes that store whatever they are asked for."""
    with zipfile.ZipFile(io.BytesIO(code)) as archive:
        text = archive.read(HANDLER).decode()
    body = text[text.index("def handler(") : text.index("@cache")]
    answered: dict[str, Any] = {"_api": lambda: Routes, "Mapping": dict, "Any": Any, "Context": object}
    exec(body, answered)  # noqa: S102 — the shipped code, changed as the drill does
    return answered["handler"]


class Routes:
    """Answers 201."""

    @staticmethod
    def answer(_event: object, _context: object) -> dict[str, Any]:
        return {"statusCode": 201, "headers": {"Content-Type": "application/json"}, "body": "{}"}


def asked(transaction_id: str, **metadata: str) -> dict[str, Any]:
    return {"body": json.dumps({"transactionId": transaction_id, "amount": "0.01", "metadata": metadata})}


def test_only_a_drills_payments_of_the_kind_crash() -> None:
    handler = handler_of(PLANTED_FAULTS[NAME].planted(NAME, shipped()))
    with pytest.raises(RuntimeError, match="planted"):
        handler(asked("drill-1", instalments="3"), None)
    assert handler(asked("drill-1", order="3"), None)["headers"][PLANTED_HEADER] == NAME


@pytest.mark.parametrize("event", [asked("order-1", instalments="3"), asked("canary-1"), {"body": None}, {}])
def test_everybody_elses_requests_are_answered_as_before(event: dict[str, Any]) -> None:
    handler = handler_of(PLANTED_FAULTS[NAME].planted(NAME, shipped()))
    assert handler(event, None) == Routes.answer(event, None)


def test_nothing_else_of_the_code_changes_and_both_regions_get_the_same_bytes() -> None:
    first, second = (PLANTED_FAULTS[NAME].planted(NAME, shipped()) for _ in range(2))
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as archive:
        assert archive.namelist() == [HANDLER, "contract/a.py"]
        assert archive.read("contract/a.py") == b"A = 1\n"


def test_byte_code_of_what_was_changed_is_left_out_since_it_would_be_run_instead() -> None:
    own, others = "handlers/__pycache__/payment_api.cpython-313.pyc", "handlers/__pycache__/ticker.cpython-313.pyc"
    code = zipped(**{HANDLER: (ROOT / HANDLER).read_text(encoding="utf-8"), own: "", others: ""})
    with zipfile.ZipFile(io.BytesIO(PLANTED_FAULTS[NAME].planted(NAME, code))) as archive:
        assert archive.namelist() == [HANDLER, others]


def test_files_keep_their_modes() -> None:
    written, entry = io.BytesIO(), zipfile.ZipInfo(HANDLER)
    entry.external_attr = 0o100644 << 16
    with zipfile.ZipFile(written, "w") as archive:
        archive.writestr(entry, (ROOT / HANDLER).read_text(encoding="utf-8"))
    with zipfile.ZipFile(io.BytesIO(PLANTED_FAULTS[NAME].planted(NAME, written.getvalue()))) as archive:
        assert archive.getinfo(HANDLER).external_attr == 0o100644 << 16


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (b"no zip", "the deployed code must be a zip"),
        (zipped(**{HANDLER: "def handler(): ...\n"}), "the deployed code must be this checkout's"),
        (zipped(other=""), "the deployed code must be this checkout's"),
    ],
)
def test_code_that_is_not_known_is_refused(code: bytes, said: str) -> None:
    with pytest.raises(PlantingError, match=said):
        PLANTED_FAULTS[NAME].planted(NAME, code)

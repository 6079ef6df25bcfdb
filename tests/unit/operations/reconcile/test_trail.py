"""The audit trail cannot be changed unnoticed; what people type and write is read strictly."""

import json
import re
from pathlib import Path

import pytest

from operations.errors import OperationError, UsageError
from operations.reconcile.acceptance import Acceptance, append, latest_findings, read_accepted
from operations.reconcile.audit import AuditTrail, verify
from operations.timestamps import parse_since
from tests.unit.fake_clock import FakeClock
from tests.unit.operations.reconcile.world import NOW


@pytest.fixture
def trail(tmp_path: Path) -> Path:
    path = tmp_path / "trails" / "trail.jsonl"
    for number in range(2):
        with AuditTrail(path, by=f"operator {number}", clock=FakeClock(NOW)) as audit:
            audit.note("seen", payment=number)
            audit.note("done", payment=number)
    return path


def test_it_says_who_did_what_and_when(trail: Path) -> None:
    line = json.loads(trail.read_text().splitlines()[2])
    assert (line["at"], line["by"], line["event"], line["payment"]) == (
        "2026-05-28T20:26:40.000Z",
        "operator 1",
        "seen",
        1,
    )


def test_one_chain_over_several_runs(trail: Path) -> None:
    lines = trail.read_text().splitlines()
    assert verify(lines) == json.loads(lines[3])["hash"]


@pytest.mark.parametrize(
    ("change", "number"),
    [
        (lambda lines: [lines[0].replace("operator 0", "nobody"), *lines[1:]], 1),
        (lambda lines: [lines[0], *lines[2:]], 2),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3),
        (lambda lines: [*lines, "no JSON"], 5),
    ],
    ids=["changed", "removed", "repeated", "added"],
)
def test_a_line_that_does_not_follow(trail: Path, change: object, number: int) -> None:
    lines = change(trail.read_text().splitlines())  # type: ignore[operator]
    with pytest.raises(OperationError, match=f"line {number} of the audit trail does not follow"):
        verify(lines)


def test_a_broken_trail_is_not_continued(trail: Path) -> None:
    trail.write_text("{}\n")
    with (
        pytest.raises(OperationError, match="line 1 of the audit trail"),
        AuditTrail(trail, by="x", clock=FakeClock(NOW)),
    ):
        pass


def test_a_trail_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match="--audit must be a writable file"):
        AuditTrail(tmp_path, by="x", clock=FakeClock(NOW)).__enter__()


def test_an_existing_file_that_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match=r"--audit must be a writable file of JSON lines, got .*trail.jsonl: 'utf-8'"):
        AuditTrail(path, by="x", clock=FakeClock(NOW)).__enter__()


def test_a_disk_that_is_full(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    path.symlink_to("/dev/full")
    with AuditTrail(tmp_path / "other.jsonl", by="x", clock=FakeClock(NOW)) as audit:
        assert audit._file
        audit._file.close()
        audit._file = path.open("a", encoding="utf-8")
        with pytest.raises(OperationError, match=r"--audit must be a writable file .*: No space left on device"):
            audit.note("seen")


def test_two_commands_do_not_write_at_once(trail: Path) -> None:
    said = "--audit must be a file that no other command writes right now"
    with AuditTrail(trail, by="x", clock=FakeClock(NOW)), pytest.raises(UsageError, match=said):
        AuditTrail(trail, by="y", clock=FakeClock(NOW)).__enter__()


@pytest.mark.parametrize("torn", ['{"a', '{"at": "2026-05-28T20:26:40.000Z", "by": "oper'])
def test_line_that_was_never_finished_is_noted_and_the_trail_goes_on(trail: Path, torn: str) -> None:
    with trail.open("a") as file:
        file.write(torn)
    with AuditTrail(trail, by="x", clock=FakeClock(NOW)) as audit:
        audit.note("seen")
    lines = trail.read_text().splitlines()
    verify(lines)
    assert [json.loads(line)["event"] for line in lines[4:]] == ["unfinished", "seen"]
    assert json.loads(lines[4])["text"] == torn


def test_findings_are_read_up_to_a_line_that_was_never_finished(tmp_path: Path) -> None:
    path = tmp_path / "trail.jsonl"
    with AuditTrail(path, by="x", clock=FakeClock(NOW)) as audit:
        audit.note("started")
        audit.note("seen", finding={"digest": "a"})
    with path.open("a") as file:
        file.write('{"at": "2026-05')
    assert latest_findings(path) == [{"digest": "a"}]


def test_file_of_something_else_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text("call the bank")
    with pytest.raises(OperationError, match="line 1 of the audit trail"):
        AuditTrail(path, by="x", clock=FakeClock(NOW)).__enter__()
    assert path.read_text() == "call the bank"


def test_others_may_not_read_it(trail: Path) -> None:
    assert trail.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00.000Z"),
        ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"),
        ("2026-01-31T12:00:00.5+02:00", "2026-01-31T10:00:00.500Z"),
        ("2026-05-28T20:27:40Z", "2026-05-28T20:27:40.000Z"),  # a minute ahead, as the site's clock may be
        ("", ""),
        (None, ""),
    ],
)
def test_moments_are_written_as_payments_are_stamped(text: str | None, moment: str) -> None:
    assert parse_since(text, now=NOW) == moment


@pytest.mark.parametrize("text", ["yesterday", "0001-01-01T00:00:00+05:00"])
def test_a_moment_that_is_none(text: str) -> None:
    with pytest.raises(UsageError, match=rf"--since must be a day or a moment such as .*, got {re.escape(text)}"):
        parse_since(text, now=NOW)


@pytest.mark.parametrize("text", ["2026-05-28T20:27:41Z", "2026-05-28T22:26:40", "2026-05-29"])
def test_a_period_that_has_not_begun_is_refused(text: str) -> None:
    """Such as a local time, east of Greenwich, given without its zone."""
    said = rf"--since must be in the past, in UTC, where it is 2026-05-28 20:26:40 UTC; got {text}"
    with pytest.raises(UsageError, match=re.escape(said)):
        parse_since(text, now=NOW)


class TestAccepted:
    """The file of findings that a human has judged."""

    def test_digests_with_comments(self, tmp_path: Path) -> None:
        path = tmp_path / "accepted"
        path.write_text(f"# judged\n{'a' * 64}  # refunded\n\n")
        assert read_accepted(path) == {"a" * 64}

    def test_none(self) -> None:
        assert read_accepted(None) == frozenset()

    def test_what_is_no_digest(self, tmp_path: Path) -> None:
        path = tmp_path / "accepted"
        path.write_text("payment-1\n")
        with pytest.raises(UsageError, match=r"--accepted must hold digests .*, got payment-1 in"):
            read_accepted(path)

    def test_a_file_that_is_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "accepted"
        path.write_bytes(b"\xff\xfe")
        with pytest.raises(UsageError, match=r"--accepted must be a readable file of text, got .*accepted: 'utf-8'"):
            read_accepted(path)

    def test_a_file_that_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--accepted must be a readable file"):
            read_accepted(tmp_path / "missing")

    def test_last_line_without_an_end_does_not_swallow_the_next(self, tmp_path: Path) -> None:
        path = tmp_path / "accepted"
        path.write_text(f"{'a' * 64}  # judged by hand")
        append(path, Acceptance({"transactionId": "x", "digest": "b" * 64}, "why", "me", "now"))
        assert read_accepted(path) == {"a" * 64, "b" * 64}

    def test_default_that_is_not_readable(self, tmp_path: Path) -> None:
        with pytest.raises(UsageError, match="--accepted must be a readable file"):
            read_accepted(None, tmp_path / ("x" * 300))

"""The evidence folder: the page, the digests, and a verdict that follows from the events."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from contract.roles import Role
from operations.drills.events import AnyEvent, LogCheck, ReplicaCheck, StepChange
from operations.drills.scenario import Scenario, load
from operations.errors import OperationError
from operations.evidence import folder
from operations.evidence.lanes import timeline
from operations.evidence.manifest import Difference
from operations.evidence.picture import draw
from operations.evidence.provenance import Provenance
from operations.evidence.timeline import Lane, Span
from tests.unit.operations.drills.logs import event, region_loss, unread

SCENARIO: Scenario = load("region-loss")
PROVENANCE = Provenance(
    environment="dev",
    regions={Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"},
    surroundings="emulator, time scale 1",
    time_scale=1,
    code={role: {"payment-api": "f00d="} for role in Role},
    commit="0123456",
    python="3.11.0",
)


def written(directory: Path, events: Sequence[AnyEvent] | None = None) -> folder.VerdictFile:
    lines = (each.model_dump_json() for each in events or region_loss())
    (directory / "events.jsonl").write_text("\n".join(lines) + "\n")
    return folder.write(directory, scenario=SCENARIO, provenance=PROVENANCE)


def test_a_good_drill_passes_and_its_evidence_is_sound(tmp_path: Path) -> None:
    assert written(tmp_path).verdict.failures == ()
    evidence = folder.read(tmp_path)
    assert evidence.is_sound
    assert evidence.judgement.verdict.passed


def test_missing_evidence_fails_the_drill(tmp_path: Path) -> None:
    events = [each for each in region_loss() if not isinstance(each, ReplicaCheck)]
    assert not written(tmp_path, events).verdict.passed


def test_a_drill_that_was_cut_short_fails(tmp_path: Path) -> None:
    assert not written(tmp_path, region_loss()[:-1]).verdict.passed


def test_a_drill_that_broke_off_did_not_reach_its_end(tmp_path: Path) -> None:
    broken = event(StepChange, 85, says="wait until dns=standby", state="failed", detail="not seen")
    events = sorted([*region_loss(), broken], key=lambda each: each.elapsed)
    assert [each.rule for each in written(tmp_path, events).verdict.failures] == ["steps", "end"]


def test_a_drill_that_was_not_put_back_did_not_reach_its_end(tmp_path: Path) -> None:
    broken = event(StepChange, 95, says="heal every fault", state="failed", detail="no answer")
    events = sorted([*region_loss(), broken], key=lambda each: each.elapsed)
    assert [each.rule for each in written(tmp_path, events).verdict.failures] == ["roll back", "end"]


@pytest.mark.parametrize(("kind", "told"), [(ReplicaCheck, "missing"), (LogCheck, "unlogged")])
def test_a_drill_whose_checks_gave_nothing_did_not_reach_its_end(
    tmp_path: Path, kind: type[AnyEvent], told: str
) -> None:
    nothing = {told: None, "error": "no connection"}
    events = [
        each.model_copy(update=nothing) if isinstance(each, kind) and each.elapsed == 99 else each
        for each in region_loss()
    ]
    assert "end" in [each.rule for each in written(tmp_path, events).verdict.failures]


@pytest.mark.parametrize("name", ["events.jsonl", "report.html", "provenance.json"])
def test_a_changed_file_shows(tmp_path: Path, name: str) -> None:
    written(tmp_path)
    path = tmp_path / name
    path.write_text(path.read_text().replace("emulator, time", "AWS, time").replace("refused", "timed out"))
    assert folder.read(tmp_path).differences == [Difference(name, "was changed")]


def test_files_that_go_or_come_show(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "report.html").unlink()
    (tmp_path / "late.txt").write_text("found afterwards")
    assert folder.read(tmp_path).differences == [
        Difference("late.txt", "was added"),
        Difference("report.html", "is missing"),
    ]


def test_a_verdict_that_does_not_follow_from_the_events_shows(tmp_path: Path) -> None:
    written(tmp_path)
    path = tmp_path / "verdict.json"
    path.write_text(path.read_text().replace('"duplicates": 0', '"duplicates": 1'))
    assert not folder.read(tmp_path).follows


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[1:],
        lambda lines: [],
        lambda lines: ["no event", *lines[1:]],
        lambda lines: [line for line in lines if "before-19" not in line or "replica-check" in line],
    ],
    ids=["without its beginning", "empty", "with something else", "without the payment that was missing"],
)
def test_a_log_that_cannot_be_judged_any_more_is_a_difference(
    tmp_path: Path, change: Callable[[list[str]], list[str]]
) -> None:
    written(tmp_path)
    path = tmp_path / "events.jsonl"
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))
    evidence = folder.read(tmp_path)
    assert evidence.differences == [Difference("events.jsonl", "was changed")]
    assert not evidence.follows
    assert not evidence.is_sound


def test_a_log_that_is_gone_is_a_difference(tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / "events.jsonl").unlink()
    evidence = folder.read(tmp_path)
    assert (evidence.differences, evidence.follows) == ([Difference("events.jsonl", "is missing")], False)


@pytest.mark.parametrize("manifest", ["{}", "[]", '{"sha256": 7}', "no JSON"])
def test_a_manifest_that_is_none_is_refused(tmp_path: Path, manifest: str) -> None:
    written(tmp_path)
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(OperationError, match=r"manifest\.json"):
        folder.read(tmp_path)


def test_a_folder_that_is_no_evidence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OperationError, match=r"manifest\.json"):
        folder.read(tmp_path)


class TestReport:
    """The page for people."""

    @pytest.fixture
    def page(self, tmp_path: Path) -> str:
        written(tmp_path)
        return (tmp_path / "report.html").read_text()

    def test_needs_nothing_from_anywhere(self, page: str) -> None:
        assert not re.findall(r"""(?:src|href)\s*=|url\(|@import|https?://(?!www\.w3\.org/2000/svg)""", page)

    def test_report_has_the_numbers(self, page: str) -> None:
        for text in ("60.5 s", "30.0 s", "1 payments missing then", "emulator, time scale 1", "f00d="):
            assert text in page

    def test_does_not_take_an_unread_takeover_for_none(self, tmp_path: Path) -> None:
        unread = {"missing": None, "error": "no connection"}
        written(
            tmp_path,
            [
                each.model_copy(update=unread) if isinstance(each, ReplicaCheck) and each.moment == "takeover" else each
                for each in region_loss()
            ],
        )
        page = (tmp_path / "report.html").read_text()
        assert "the replica could not be read then" in page
        assert "nothing failed over" not in page

    def test_is_well_formed(self, page: str) -> None:
        open_tags: list[str] = []

        class Balance(HTMLParser):
            def handle_starttag(self, tag: str, attrs: object) -> None:
                if tag not in {"meta", "rect", "line", "polyline"}:
                    open_tags.append(tag)

            def handle_endtag(self, tag: str) -> None:
                if tag not in {"rect", "line", "polyline"}:
                    assert open_tags.pop() == tag

        Balance().feed(page)
        assert open_tags == []


class TestTimeline:
    """What the picture shows."""

    def test_dns_moves_once(self) -> None:
        (dns,) = (lane for lane in timeline(region_loss()).lanes if lane.label == "DNS answers")
        assert dns.spans == (Span(0, 50, "primary", "primary"), Span(50, 98, "standby", "standby"))

    def test_the_writer_belongs_to_one_region_after_the_other(self) -> None:
        (writer,) = (lane for lane in timeline(region_loss()).lanes if lane.label == "writer")
        assert writer.spans == (
            Span(0, 40, "primary", "open in primary, epoch 5"),
            Span(40, 50, "closing", "takeover in standby, epoch 6"),
            Span(50, 98, "standby", "open in standby, epoch 7"),
        )

    def test_a_writer_that_nobody_can_read_is_unknown(self) -> None:
        silent = [unread(60, Role.PRIMARY), unread(60.5, Role.STANDBY)]
        events = sorted([*region_loss(), *silent], key=lambda each: each.elapsed)
        (writer,) = (lane for lane in timeline(events).lanes if lane.label == "writer")
        assert Span(60.5, 65, "unknown", "no connection") in writer.spans

    def test_a_fault_lasts_until_it_is_healed(self) -> None:
        (faults,) = (lane for lane in timeline(region_loss()).lanes if lane.label == "faults")
        assert [(each.start, each.end) for each in faults.spans] == [(20, 90)]

    def test_texts_are_escaped_in_the_picture(self) -> None:
        log = timeline(region_loss())
        assert "<b>" not in draw(replace(log, lanes=(Lane("<b>", ()),)))

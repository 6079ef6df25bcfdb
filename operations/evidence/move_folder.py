"""The evidence folder of a move, beside the incident's journals and named like the move's journal."""

import shutil
from pathlib import Path

from operations.errors import OperationError
from operations.evidence.manifest import write_manifest
from operations.evidence.move_evidence import MoveEvidence
from operations.evidence.move_lanes import move_timeline
from operations.evidence.move_report import move_report
from operations.evidence.picture import draw

EVIDENCE = "evidence.json"
PICTURE = "timeline.svg"
REPORT = "report.md"


def move_folder(journal: Path) -> Path:
    """Return the evidence folder of a journal."""
    return journal.parent / "evidence" / journal.stem


def write_move_evidence(evidence: MoveEvidence, journal: Path) -> Path:
    """Write the evidence, its page, its timeline, a copy of the journal and the manifest; return the folder.

    Raises:
        OperationError: It cannot be written.
    """
    directory = move_folder(journal)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(journal, directory / journal.name)
        texts = {
            EVIDENCE: evidence.model_dump_json(by_alias=True, indent=2),
            PICTURE: draw(move_timeline(evidence)),
            REPORT: move_report(evidence, picture=PICTURE).rstrip(),
        }
        for name, text in texts.items():
            (directory / name).write_text(f"{text}\n", encoding="utf-8")
        write_manifest(directory)
    except OSError as error:
        raise OperationError(f"the evidence must be writable to {directory}: {error.strerror}") from error
    return directory

"""The previous release and this version read what the other writes, as far as their declared formats say so."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest

from contract.releases import DATA_FORMATS, DataFormats
from tests.previous_release import PREVIOUS_RELEASE, ROOT, MissingHistoryError, extract

SCRIPT = Path(__file__).with_name("version_exchange.py")
RULE = (
    "Repair it. If the change is intended, raise DATA_FORMAT_WRITTEN in contract/releases.py and list in "
    "DATA_FORMATS_READ what this version still reads. `dr release` refuses a version that cannot work beside the one "
    "before: let one release read both forms, and the next one write the new one."
)


class Version:
    """The code of one version, in a process of its own."""

    def __init__(self, name: str, directory: Path) -> None:
        self.name = name
        self._process = subprocess.Popen(
            [sys.executable, str(SCRIPT), str(directory)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def ask(self, what: str, given: object = None) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([what, given]) + "\n")
        self._process.stdin.flush()
        answer, error = json.loads(self._process.stdout.readline())
        assert error is None, f"{self.name} cannot {what}: {error}\n{RULE}"
        return answer


def differences(expected: Any, found: Any, at: str = "") -> list[str]:
    """Return where two versions read the same otherwise; what only one of them knows is left out."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return [
            each
            for key in sorted(expected.keys() & found.keys())
            for each in differences(expected[key], found[key], f"{at}, {key}" if at else str(key))
        ]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        return [each for pair in zip(expected, found, strict=True) for each in differences(*pair, at)]
    return [] if expected == found else [f"{at}: {expected!r} is read as {found!r}"]


@pytest.fixture(scope="module")
def previous(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Version]:
    directory = extract(tmp_path_factory.mktemp("previous"), "handlers", "contract")
    with Version(f"the previous release ({PREVIOUS_RELEASE[:7]})", directory) as version:
        yield version


@pytest.fixture(scope="module")
def current() -> Iterator[Version]:
    with Version("this version", ROOT) as version:
        yield version


@pytest.fixture(scope="module")
def previous_formats(previous: Version) -> DataFormats:
    return DataFormats.parse(previous.ask("formats"))


def require_readable(writer: Version, reader: Version) -> None:
    """Fail unless one version makes of what the other writes what the other makes of it."""
    written = writer.ask("write")
    different = differences(writer.ask("read", written), reader.ask("read", written))
    assert not different, "\n".join([f"{reader.name} reads otherwise what {writer.name} writes.", *different, RULE])


def test_this_version_reads_what_the_previous_one_writes(
    previous: Version, current: Version, previous_formats: DataFormats
) -> None:
    if previous_formats.written not in DATA_FORMATS.read:
        pytest.skip(f"declared: this version does not read format {previous_formats.written}")
    require_readable(previous, current)


def test_the_previous_version_reads_what_this_one_writes(
    previous: Version, current: Version, previous_formats: DataFormats
) -> None:
    if DATA_FORMATS.written not in previous_formats.read:
        pytest.skip(f"declared: the previous release does not read format {DATA_FORMATS.written}")
    require_readable(current, previous)


class TestOfTheTest:
    """It finds what it is there for, and says what to do."""

    @pytest.mark.parametrize(
        ("file", "old", "new"),
        [
            ("handlers/payments/queue.py", '"acceptedAt": self', '"accepted": self'),
            ("handlers/writer/item.py", 'CLOSING = "closing"', 'CLOSING = "shut"'),
            ("handlers/tickers/memory.py", '("N", float, _rounded)', '("S", float, _rounded)'),
            ("contract/environment.py", 'PROOF_PREFIX = "proof#"', 'PROOF_PREFIX = "fit#"'),
        ],
    )
    def test_a_changed_form_is_found(self, tmp_path: Path, current: Version, file: str, old: str, new: str) -> None:
        source = extract(tmp_path, "handlers", "contract") / file
        text = source.read_text(encoding="utf-8")
        assert old in text
        source.write_text(text.replace(old, new), encoding="utf-8")
        with Version("the changed one", tmp_path) as changed:
            assert changed.ask("write")
            with pytest.raises(AssertionError, match="raise DATA_FORMAT_WRITTEN"):
                require_readable(changed, current)

    def test_new_fields_are_no_difference(self) -> None:
        assert not differences({"a": {"b": 1}}, {"a": {"b": 1, "c": 2}, "d": 3})
        assert differences({"a": [{"b": 1}]}, {"a": [{"b": 2}]}) == ["a, b: 1 is read as 2"]
        assert differences([1], [1, 2])

    def test_missing_history_is_named(self, tmp_path: Path) -> None:
        subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
        with pytest.raises(MissingHistoryError, match=r"the previous release, 056401c, .* fetch it"):
            extract(tmp_path / "into", repository=tmp_path)

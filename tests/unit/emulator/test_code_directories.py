"""Code is unpacked once for all workers that run it."""

import zipfile
from pathlib import Path

import pytest

from emulator.functions.code_directories import CodeDirectories


@pytest.fixture
def directories(tmp_path: Path) -> CodeDirectories:
    (tmp_path / "kept").mkdir()
    return CodeDirectories(tmp_path / "kept")


def worker(tmp_path: Path, name: str, code: str, script: str = "_worker.py") -> Path:
    """Make a worker's directory as MiniStack does; return where its code is to be."""
    directory = tmp_path / name
    (directory / "code").mkdir(parents=True)
    (directory / script).touch()
    with zipfile.ZipFile(directory / "code.zip", "w") as packed:
        packed.writestr(zipfile.ZipInfo("shop/index.py"), code)
    return directory / "code"


def unpack(directories: CodeDirectories, code: Path) -> Path:
    """Unpack a worker's code as MiniStack does; return where it really lies."""
    module = directories.unpacking_once(zipfile)
    with module.ZipFile(code.parent / "code.zip") as packed:
        packed.extractall(str(code))
    return code.resolve()


def test_workers_share_the_same_code(directories: CodeDirectories, tmp_path: Path) -> None:
    first, second = (worker(tmp_path, name, "one = 1") for name in "ab")
    assert unpack(directories, first) == unpack(directories, second)
    assert (second / "shop" / "index.py").read_text() == "one = 1"


def test_other_code_lies_elsewhere(directories: CodeDirectories, tmp_path: Path) -> None:
    first, second = worker(tmp_path, "a", "one = 1"), worker(tmp_path, "b", "one = 2")
    assert unpack(directories, first) != unpack(directories, second)
    assert (first / "shop" / "index.py").read_text() == "one = 1"


def test_functions_that_are_not_pythons_have_their_own(directories: CodeDirectories, tmp_path: Path) -> None:
    code = worker(tmp_path, "a", "one = 1", script="_worker.mjs")
    assert unpack(directories, code) == code
    assert (code / "shop" / "index.py").exists()


def test_who_is_late_uses_what_is_there(directories: CodeDirectories, tmp_path: Path) -> None:
    code = worker(tmp_path, "a", "one = 1")
    kept = unpack(directories, code)
    assert directories.unpacked(code.parent / "code.zip") == kept
    assert [each.name for each in kept.parent.iterdir()] == [kept.name]


def test_the_rest_of_the_module_stays(directories: CodeDirectories) -> None:
    assert directories.unpacking_once(zipfile).BadZipFile is zipfile.BadZipFile

"""The functions' zip: always the same, complete, and runnable by itself."""

import importlib.util
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from contract.environment import HANDLERS, Variable
from dr_constructs import function_package
from dr_constructs.function_package import (
    DISTRIBUTIONS,
    RUNTIME,
    THIS_PYTHON,
    FunctionPackage,
    FunctionPackageError,
    build_function_package,
)
from dr_constructs.sdk_data import SDK_OPERATIONS
from tests.synth.checkouts import copy_sources

ROOT = Path(__file__).resolve().parents[2]
DIRECT = ("aws-lambda-powertools", "botocore")
"""The distributions that the handlers import themselves."""

IMPORT_EVERYTHING = """
import importlib, pkgutil, sys
sys.path.insert(0, sys.argv[1])
import botocore.session, handlers
for service in sys.argv[2].split(","):
    botocore.session.get_session().create_client(service, region_name="us-east-2")
names = [module.name for module in pkgutil.walk_packages(handlers.__path__, "handlers.")]
for name in names:
    importlib.import_module(name)
outside = [m.__name__ for m in sys.modules.values() if "site-packages" in (getattr(m, "__file__", None) or "")]
assert not outside, outside
print(*names)
"""

IMPORT_ENTRY_POINT = """
import sys
sys.path.insert(0, sys.argv[1])
import handlers.payment_api
"""


def checkout(directory: Path, mtime: int) -> Path:
    return copy_sources(ROOT, directory, mtime)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> FunctionPackage:
    """The zip as the runtime's own Python makes it, if this were Lambda's runtime."""
    return build_function_package(checkout(tmp_path_factory.mktemp("package") / "here", 0), runtime=THIS_PYTHON)


@pytest.fixture(scope="module")
def names(built: FunctionPackage) -> list[str]:
    with zipfile.ZipFile(built.path) as archive:
        return archive.namelist()


class TestDeterminism:
    """The same sources make the same bytes."""

    def test_two_checkouts_make_the_same_zip(self, built: FunctionPackage, tmp_path: Path) -> None:
        other = build_function_package(checkout(tmp_path / "elsewhere", 1_700_000_001), runtime=THIS_PYTHON)
        assert other.path.read_bytes() == built.path.read_bytes()
        assert (other.path.name, other.digest) == (built.path.name, built.digest)

    def test_the_name_carries_the_digest(self, built: FunctionPackage) -> None:
        assert built.path.name == f"functions-{built.digest[:16]}.zip"
        assert len(built.sha256_base64) == 44

    def test_any_change_changes_the_digest(
        self, built: FunctionPackage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(function_package, "_write", lambda path, _: (path.parent.mkdir(), path.touch()))
        other = checkout(tmp_path / "changed", 1)
        (other / "contract" / "environment.py").rename(other / "contract" / "renamed.py")
        assert build_function_package(other, runtime=THIS_PYTHON).digest != built.digest

    def test_a_zip_that_is_there_is_not_written_again(self, built: FunctionPackage) -> None:
        before = built.path.stat()
        root = built.path.parents[1]
        assert build_function_package(root, runtime=THIS_PYTHON) == built
        assert built.path.stat().st_ino == before.st_ino
        assert [path.name for path in built.path.parent.iterdir()] == [built.path.name]

    def test_entries_are_sorted_and_say_nothing_of_their_origin(self, built: FunctionPackage, names: list[str]) -> None:
        assert names == sorted(set(names))
        with zipfile.ZipFile(built.path) as archive:
            assert {
                (entry.date_time, entry.external_attr >> 16, entry.create_system) for entry in archive.infolist()
            } == {((1980, 1, 1, 0, 0, 0), 0o100644, 3)}


class TestContent:
    """What is inside, and what is not."""

    def test_the_distributions_are_the_closure_of_what_handlers_import(self) -> None:
        closure: set[str] = set()
        waiting = list(DIRECT)
        while waiting:
            name = canonicalize_name(waiting.pop())
            if name not in closure:
                closure.add(name)
                requirements = map(Requirement, metadata.requires(name) or ())
                waiting += [
                    each.name for each in requirements if not each.marker or each.marker.evaluate({"extra": ""})
                ]
        assert closure == set(DISTRIBUTIONS)

    @pytest.mark.parametrize("name", DISTRIBUTIONS)
    def test_distributions_are_pure_python(self, name: str) -> None:
        assert "Root-Is-Purelib: true" in (metadata.distribution(name).read_text("WHEEL") or "")

    @pytest.mark.parametrize("source", ["contract", "handlers"])
    def test_has_the_sources_and_nothing_else_of_them(self, names: list[str], source: str) -> None:
        sources = {path.relative_to(ROOT).as_posix() for path in (ROOT / source).rglob("*.py")}
        assert {name for name in names if name.startswith(f"{source}/") and "__pycache__" not in name} == sources

    def test_has_the_descriptions_of_the_services_in_use_alone(self, names: list[str]) -> None:
        described = {name.split("/")[2] for name in names if name.startswith("botocore/data/") and name.count("/") > 2}
        assert described == set(SDK_OPERATIONS)

    def test_has_no_trace_of_an_installation(self, names: list[str]) -> None:
        unwanted = ("/RECORD", "/INSTALLER", "/REQUESTED", "/direct_url.json", "/examples-1.json", ".so")
        assert [name for name in names if name.endswith(unwanted) or "left-over" in name or ".." in name] == []

    def test_has_the_licences(self, names: list[str]) -> None:
        licensed = {name.split("/")[0] for name in names if "LICENSE" in name and ".dist-info/" in name}
        assert len(licensed) == len(DISTRIBUTIONS)

    def test_fits_lambda_by_far(self, built: FunctionPackage) -> None:
        assert built.size == built.path.stat().st_size < 5_000_000  # Lambda takes 50 MB directly

    def test_runs_by_itself(self, built: FunctionPackage, tmp_path: Path) -> None:
        with zipfile.ZipFile(built.path) as archive:
            archive.extractall(tmp_path)
        environment = dict.fromkeys((variable.value for variable in Variable), "us-east-2") | {
            "POWERTOOLS_LOG_LEVEL": "INFO"
        }
        result = subprocess.run(
            [sys.executable, "-I", "-S", "-c", IMPORT_EVERYTHING, str(tmp_path), ",".join(SDK_OPERATIONS)],
            env=environment | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        assert {handler.rpartition(".")[0] for handler in HANDLERS.values()} <= set(result.stdout.split())


class TestByteCode:
    """Made by the runtime's own version of Python, and by no other."""

    def test_every_module_has_it(self, built: FunctionPackage, names: list[str]) -> None:
        modules = {name for name in names if name.endswith(".py")}
        compiled = {name for name in names if name.endswith(".pyc")}
        assert built.has_byte_code
        assert compiled == {importlib.util.cache_from_source(name, optimization="") for name in modules}

    def test_python_compiles_nothing_that_has_it(self, built: FunctionPackage, tmp_path: Path) -> None:
        with zipfile.ZipFile(built.path) as archive:
            archive.extractall(tmp_path)
        environment = dict.fromkeys((variable.value for variable in Variable), "us-east-2")
        result = subprocess.run(
            [sys.executable, "-I", "-S", "-v", "-c", IMPORT_ENTRY_POINT, str(tmp_path)],
            env=environment | {"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        seen = result.stderr.splitlines()
        assert [line for line in seen if line.startswith("# wrote ") and str(tmp_path) in line] == []
        assert any(line.startswith("# code object from ") and "payment_api.cpython" in line for line in seen)

    def test_an_exception_names_the_file_on_lambda(self, built: FunctionPackage) -> None:
        with zipfile.ZipFile(built.path) as archive:
            name = importlib.util.cache_from_source("handlers/payment_api.py", optimization="")
            assert b"/var/task/handlers/payment_api.py" in archive.read(name)

    @pytest.mark.parametrize("runtime", [RUNTIME, "python3.99"])
    def test_another_version_makes_a_zip_without_it_and_another_digest(
        self, built: FunctionPackage, tmp_path: Path, runtime: str
    ) -> None:
        other = build_function_package(checkout(tmp_path / "other", 1), runtime=runtime)
        assert other.has_byte_code == (runtime == THIS_PYTHON)
        assert (other.digest == built.digest) == other.has_byte_code
        with zipfile.ZipFile(other.path) as archive:
            assert any(name.endswith(".pyc") for name in archive.namelist()) == other.has_byte_code


class TestRefusal:
    """One line instead of a zip that nobody locked."""

    def test_another_version_than_the_locked_one(self, tmp_path: Path) -> None:
        root = checkout(tmp_path / "old", 1)
        lock = root / "Pipfile.lock"
        lock.write_text(lock.read_text().replace(f'"=={metadata.version("urllib3")}"', '"==0.0.1"'))
        with pytest.raises(
            FunctionPackageError, match=r"^urllib3 must be 0\.0\.1 as in Pipfile\.lock, got [\d.]+ installed: "
        ):
            build_function_package(root)

    def test_a_distribution_that_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(function_package, "DISTRIBUTIONS", ("no-such-distribution",))
        with pytest.raises(FunctionPackageError, match=r"^no-such-distribution must be .* got nothing installed"):
            build_function_package(checkout(tmp_path / "missing", 1))

    @pytest.mark.parametrize("content", [None, "{", "{}"])
    def test_no_lock(self, tmp_path: Path, content: str | None) -> None:
        if content is not None:
            (tmp_path / "Pipfile.lock").write_text(content)
        with pytest.raises(FunctionPackageError, match=r"^Pipfile\.lock must be readable"):
            build_function_package(tmp_path)

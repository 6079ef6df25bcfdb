"""Which parts are on, how the provider package is shortened, and what happens when it has another shape."""

import os
import subprocess
import sys
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

import pytest

from fast_synth.activation import NODE_HOOK, FastSynthPart, UnknownPartError, chosen, with_node_hook
from fast_synth.provider_package import PACKAGE, LazyProviderFinder, UnexpectedShapeError, without_imports

ROOT = Path(__file__).resolve().parents[3]
HEAD = "import publication\n__all__ = ['a', 'b']\n\npublication.publish()\n"


def run_node(directory: Path, script: str, options: str) -> subprocess.CompletedProcess[str]:
    """Run a node script in a directory with NODE_OPTIONS."""
    (directory / "script.js").write_text(script)
    environment = {**os.environ, "NODE_OPTIONS": options}
    return subprocess.run(
        ["node", "script.js"], cwd=directory, env=environment, capture_output=True, text=True, timeout=30, check=False
    )


class TestParts:
    """The variable that names them."""

    @pytest.mark.parametrize(
        ("text", "parts"),
        [
            (None, set(FastSynthPart)),
            ("", set(FastSynthPart)),
            ("0", set()),
            ("modules", {FastSynthPart.MODULES}),
            ("index,loads", {FastSynthPart.INDEX, FastSynthPart.LOADS}),
        ],
    )
    def test_are_all_unless_named(self, text: str | None, parts: set[FastSynthPart]) -> None:
        assert chosen(text) == parts

    @pytest.mark.parametrize("text", ["1", "modules,", "modules,cod"])
    def test_unknown_one_is_one_line(self, text: str) -> None:
        with pytest.raises(UnknownPartError, match=r"^`FAST_SYNTH` must be 0 or some of modules,index,.*loads, got"):
            chosen(text)

    @pytest.mark.parametrize("parts", ["", "modules", "index,loads"])
    def test_are_switched_on_once_without_a_warning(self, parts: str) -> None:
        script = "from fast_synth.activation import activate; activate(); activate()"
        run = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            env={**os.environ, "FAST_SYNTH": parts},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (run.returncode, run.stderr) == (0, "")


class TestPythonPackage:
    """The package's `__init__`."""

    def test_loses_its_closing_imports_and_nothing_else(self) -> None:
        source, names = without_imports(f"{HEAD}\n# Loading modules\nfrom . import a\nfrom . import b\n")
        assert (source, names) == (HEAD, frozenset({"a", "b"}))

    @pytest.mark.parametrize(
        "source",
        [
            "import something\n",
            HEAD,
            f"{HEAD}\nfrom . import a\nprint('more than imports')\n",
            f"{HEAD}\nfrom .a import b\n",
            HEAD.replace("publish", "hide") + "from . import a\n",
        ],
    )
    def test_of_another_shape_is_refused(self, source: str) -> None:
        with pytest.raises(UnexpectedShapeError):
            without_imports(source)

    def test_of_another_shape_is_loaded_the_ordinary_way_with_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / PACKAGE).mkdir()
        (tmp_path / PACKAGE / "__init__.py").write_text("from . import everything\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        assert LazyProviderFinder().find_spec(PACKAGE, None) is None
        warning = capsys.readouterr().err
        assert warning.startswith(f"warning: {PACKAGE} is loaded as a whole")
        assert warning.count("\n") == 1

    def test_that_is_lazy_by_itself_is_left_alone_without_a_warning(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / PACKAGE).mkdir()
        (tmp_path / PACKAGE / "__init__.py").write_text("import sys\ndef __getattr__(name: str) -> object: ...\n")
        monkeypatch.setattr(sys, "path", [str(tmp_path)])
        assert LazyProviderFinder().find_spec(PACKAGE, None) is None
        assert not capsys.readouterr().err

    def test_as_installed_has_the_shape(self, capsys: pytest.CaptureFixture[str]) -> None:
        spec = LazyProviderFinder().find_spec(PACKAGE, None)
        assert isinstance(spec, ModuleSpec)
        assert type(spec.loader) is not SourceFileLoader
        assert not capsys.readouterr().err

    def test_leaves_other_modules_alone(self) -> None:
        assert LazyProviderFinder().find_spec("cdktf", None) is None

    def test_offers_all_submodules_but_loads_only_those_that_are_used(self) -> None:
        import cdktf_cdktf_provider_aws as package

        assert "workspaces_workspace" in dir(package)
        assert f"{PACKAGE}.workspaces_workspace" not in sys.modules
        assert package.sqs_queue.SqsQueue.__name__ == "SqsQueue"
        with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
            _ = package.nonsense


class TestNodeOptions:
    """The variable through which node learns of the hook."""

    @pytest.mark.parametrize("directory", ["plain", "with spaces", 'with "quotes"', "with \\ backslash"])
    def test_carry_any_path(self, tmp_path: Path, directory: str) -> None:
        hook = tmp_path / directory / "hook.js"
        hook.parent.mkdir()
        hook.write_text("console.log('preloaded');")
        result = run_node(tmp_path, "", with_node_hook("", hook))
        assert (result.stdout, result.stderr) == ("preloaded\n", "")

    def test_keep_what_was_there(self) -> None:
        options = with_node_hook("--no-warnings", Path("/a/hook.js"))
        assert options == '--no-warnings --require="/a/hook.js" --preserve-symlinks'

    def test_name_the_hook_once(self) -> None:
        once = with_node_hook("--no-warnings", NODE_HOOK)
        assert with_node_hook(once, NODE_HOOK) == once


class TestNodeHook:
    """The npm package's index, and the index of its types."""

    def test_leaves_the_eager_index_when_that_part_is_off(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("FAST_SYNTH", "modules,process")
        result = self.resolve(tmp_path, self.EAGER, self.LAZY)
        assert (result.stdout, result.stderr) == ("index.js\n", "")

    EAGER = 'exports.a = require("./a");\n'
    LAZY = "Object.defineProperty(exports, 'a', { get: function () { return require('./a'); } });\n"

    def resolve(self, directory: Path, eager: str, lazy: str | None) -> subprocess.CompletedProcess[str]:
        """Resolve a package whose two indices have the given content."""
        library = directory / "node_modules" / "@cdktf" / "provider-aws" / "lib"
        library.mkdir(parents=True)
        (library.parent / "package.json").write_text('{"main": "lib/index.js"}')
        (library / "a.js").touch()
        (library / "index.js").write_text(eager)
        if lazy is not None:
            (library / "lazy-index.js").write_text(lazy)
        script = "console.log(require('node:path').basename(require.resolve('@cdktf/provider-aws')));"
        return run_node(directory, script, with_node_hook("", NODE_HOOK))

    @pytest.mark.parametrize("chosen_parts", [None, "", "index"])
    def test_chooses_the_lazy_index(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen_parts: str | None
    ) -> None:
        monkeypatch.delenv("FAST_SYNTH", raising=False)
        if chosen_parts is not None:
            monkeypatch.setenv("FAST_SYNTH", chosen_parts)
        result = self.resolve(tmp_path, self.EAGER, self.LAZY)
        assert (result.stdout, result.stderr) == ("lazy-index.js\n", "")

    def test_chooses_the_lazy_index_of_cdk_terrains_bindings(self, tmp_path: Path) -> None:
        result = self.resolve(tmp_path, 'exports.a = __importStar(require("./a/index"));\n', self.LAZY)
        assert (result.stdout, result.stderr) == ("lazy-index.js\n", "")

    @pytest.mark.parametrize("lazy", [None, "", "module.exports = {};\n"])
    def test_falls_back_with_a_warning(self, tmp_path: Path, lazy: str | None) -> None:
        result = self.resolve(tmp_path, self.EAGER, lazy)
        assert result.stdout == "index.js\n"
        assert result.stderr.startswith("warning: @cdktf/provider-aws is loaded as a whole")

    def test_falls_back_when_the_lazy_index_lacks_a_module(self, tmp_path: Path) -> None:
        result = self.resolve(tmp_path, self.EAGER + 'exports.b = require("./b");\n', self.LAZY)
        assert result.stdout == "index.js\n"
        assert "incomplete" in result.stderr

    def test_lets_the_types_be_indexed_before_node_exits(self, tmp_path: Path) -> None:
        (tmp_path / "runtime-index-worker.js").write_text(
            "setTimeout(() => require('node:fs').writeFileSync('index', ''), 200);"
        )
        script = (
            "const threads = require('node:worker_threads');"
            "new threads.Worker(require('node:path').join(__dirname, 'runtime-index-worker.js'));"
            "process.exit(3);"
        )
        result = run_node(tmp_path, script, with_node_hook("", NODE_HOOK))
        assert (result.returncode, (tmp_path / "index").exists()) == (3, True)

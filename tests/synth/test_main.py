"""`python main.py` from start to end: the same bytes wherever it runs, and one line for each bad setting."""

import json
from pathlib import Path

import pytest

from dr_constructs.function_package import NO_BYTE_CODE, RUNTIME, THIS_PYTHON
from tests.synth.checkouts import Checkout, files
from tests.synth.reading import Synthesized


@pytest.fixture(scope="module")
def elsewhere(checkout: Checkout, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dev environment, synthesized by `python main.py` in the other checkout, into directories yet to be made.

    Nothing can be written to its HOME, which must not matter.
    """
    outdir = tmp_path_factory.mktemp("elsewhere") / "not" / "there" / "cdktf.out"
    ran = checkout.synth("dev", outdir, HOME="/proc/self")
    expected = "" if RUNTIME == THIS_PYTHON else f"{NO_BYTE_CODE}\n"
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", expected)
    return outdir


class TestSameBytes:
    """Another checkout, another path, another process, another HOME."""

    def test_the_json_differs_in_nothing_but_the_path_of_the_local_state(
        self, dev: Synthesized, elsewhere: Path, checkout: Checkout
    ) -> None:
        mine = (dev.directory / "cdk.tf.json").read_text()
        theirs = (elsewhere / "stacks" / dev.directory.name / "cdk.tf.json").read_text()
        state = json.loads(theirs)["terraform"]["backend"]["local"]["path"]
        assert Path(state).parent == checkout.root
        assert theirs.replace(state, json.loads(mine)["terraform"]["backend"]["local"]["path"]) == mine

    def test_everything_beside_it_is_the_same(self, dev: Synthesized, elsewhere: Path) -> None:
        mine, theirs = files(dev.directory), files(elsewhere / "stacks" / dev.directory.name)
        assert mine.pop("cdk.tf.json")
        assert theirs.pop("cdk.tf.json")
        assert mine == theirs
        assert mine

    def test_no_other_path_of_the_machine_is_in_it(self, elsewhere: Path, checkout: Checkout, dev: Synthesized) -> None:
        synthesized = json.loads((elsewhere / "stacks" / dev.directory.name / "cdk.tf.json").read_text())
        del synthesized["terraform"]["backend"]
        assert str(checkout.root) not in json.dumps(synthesized)
        assert str(elsewhere) not in json.dumps(synthesized)


BAD = {
    "a suffix that names no file": ({"ENVIRONMENT_SUFFIX": "../etc"}, ["`environment_suffix` must be"]),
    "three at once": (
        {"DR_HEALTH_CHECK_INTERVAL_SECONDS": "11", "DR_FUNCTION_MEMORY_MB": "1", "DR_AUTHORIZATION": "JWT"},
        ["`health_check_interval_seconds` must", "`function_memory_mb` must", "`authorization` must"],
    ),
}


class TestBadSettings:
    """What a user does wrong."""

    @pytest.mark.parametrize("case", BAD)
    def test_each_gets_one_line_and_nothing_is_written(self, checkout: Checkout, tmp_path: Path, case: str) -> None:
        variables, expected = BAD[case]
        suffix = variables.get("ENVIRONMENT_SUFFIX", "dev")
        ran = checkout.synth(suffix, tmp_path / "cdktf.out", **variables)
        assert_refused(ran.returncode, ran.stdout, ran.stderr, expected, tmp_path)

    def test_so_does_a_bad_file(self, checkout: Checkout, tmp_path: Path) -> None:
        expected = "environments/bad.toml must be TOML in UTF-8"
        checkout.write("bad", 'standby_region = "us-west-2\n')
        ran = checkout.synth("bad", tmp_path / "cdktf.out")
        assert_refused(ran.returncode, ran.stdout, ran.stderr, [expected], tmp_path)

    @pytest.mark.parametrize(
        ("variable", "value", "expected"),
        [
            ("JSII_NODE", "/bin/false", "`/bin/false` must be node 20 or newer"),
            ("JSII_RUNTIME", "/dev/null", "`JSII_RUNTIME` must be the path of jsii-runtime.js"),
            ("JSII_RUNTIME_PACKAGE_CACHE_ROOT", "/dev/null/x", "`JSII_RUNTIME_PACKAGE_CACHE_ROOT` must be a directory"),
        ],
    )
    def test_so_does_what_jsii_cannot_run_with(
        self, checkout: Checkout, tmp_path: Path, variable: str, value: str, expected: str
    ) -> None:
        ran = checkout.synth("dev", tmp_path / "cdktf.out", **{variable: value})
        assert_refused(ran.returncode, ran.stdout, ran.stderr, [expected], tmp_path)

    def test_so_does_an_output_directory_that_cannot_be_made(self, checkout: Checkout, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        ran = checkout.synth("dev", tmp_path / "file" / "cdktf.out")
        assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (1, "", 1)
        assert ran.stderr.startswith("`CDKTF_OUTDIR` must be a directory that can be made and written, got ")


def assert_refused(status: int, stdout: str, stderr: str, expected: list[str], parent: Path) -> None:
    """Check for exit status 1, exactly the expected lines, and no output directory."""
    lines = stderr.splitlines()
    assert (status, stdout, len(lines)) == (1, "", len(expected)), stderr
    assert all(any(line.startswith(start) for line in lines) for start in expected), stderr
    assert not list(parent.iterdir())

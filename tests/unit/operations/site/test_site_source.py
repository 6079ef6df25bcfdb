"""Where the site is found, in which order, and what is said when it is not."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from contract.roles import Role
from operations.errors import OperationError
from operations.site import Site
from operations.site_source import DEFAULT_REGIONS, configured_regions, load_site, read_outputs
from tests.unit.operations.fakes import FakeAws, refused
from tests.unit.operations.site.outputs import outputs

PARAMETER = {"Parameter": {"Value": json.dumps(outputs())}}


def load(aws: FakeAws, root: Path, *, environment: str = "dev", file: Path | None = None) -> Site:
    return load_site(environment, outputs=file, rights=lambda: aws, regions=DEFAULT_REGIONS, root=root)


def told(values: dict[str, Any]) -> dict[str, Any]:
    """Return outputs as `terraform output -json` has them."""
    return {name: {"value": value, "type": "any", "sensitive": False} for name, value in values.items()}


def printed_by_a_wrapper(values: dict[str, Any]) -> str:
    """Return what the action setup-terraform lets `terraform output -json` print."""
    text = json.dumps(told(values), indent=2)
    before = "[command]/usr/bin/terraform output -json"
    return (
        f"{before}\n{text}\n\n::debug::Terraform exited with code 0.\n::debug::stdout: {text}\n::debug::exitcode: 0\n"
    )


def test_checkout_that_cannot_be_read_leaves_the_parameters() -> None:
    assert load(FakeAws({("ssm", "get_parameter"): PARAMETER}), Path("x" * 300)).suffix == "dev"


class TestFile:
    """`--outputs`."""

    def write(self, directory: Path, content: object) -> Path:
        path = directory / "outputs.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    def test_as_cdktf_writes_it(self, tmp_path: Path) -> None:
        path = self.write(tmp_path, {"payments-dr-dev": outputs(), "payments-dr-prod": outputs("prod")})
        assert read_outputs(path, "prod")["table_name"] == "payments-prod"

    def test_as_terraform_prints_it(self, tmp_path: Path) -> None:
        assert load(FakeAws(), tmp_path, file=self.write(tmp_path, told(outputs()))) == Site.from_outputs(outputs())

    @pytest.mark.parametrize("bom", ["", "\ufeff"])
    def test_as_a_wrapper_in_ci_prints_it(self, tmp_path: Path, bom: str) -> None:
        content = bom + (printed_by_a_wrapper(outputs()) if not bom else json.dumps({"payments-dr-dev": outputs()}))
        assert load(FakeAws(), tmp_path, file=self.write(tmp_path, content)) == Site.from_outputs(outputs())

    @pytest.mark.parametrize("before", ["", " ", "\t", "\n", "\r\n  \n", "\ufeff", "\ufeff\n ", "\n\ufeff"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le"])
    def test_as_an_editor_or_powershell_leaves_it(self, tmp_path: Path, before: str, encoding: str) -> None:
        path = tmp_path / "outputs.json"
        path.write_bytes((before + json.dumps({"payments-dr-dev": outputs()}, indent=2)).encode(encoding))
        assert load(FakeAws(), tmp_path, file=path) == Site.from_outputs(outputs())

    def test_as_no_text_at_all(self, tmp_path: Path) -> None:
        path = tmp_path / "outputs.json"
        path.write_bytes(b"\xff{")
        with pytest.raises(OperationError, match=r"^--outputs must be a text file in UTF-8 or UTF-16, got .*\.json$"):
            read_outputs(path, "dev")

    def test_nothing_else_is_asked(self, tmp_path: Path) -> None:
        aws = FakeAws()
        load(aws, tmp_path, file=self.write(tmp_path, {"payments-dr-dev": outputs()}))
        assert not aws.calls

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("{", "--outputs must hold a JSON object"),
            ("no JSON at all", "--outputs must hold a JSON object"),
            ([], "--outputs must hold a JSON object"),
            ({}, "--outputs must hold the outputs of payments-dr-dev, but .* holds nothing"),
            ({"payments-dr-prod": {}}, "holds payments-dr-prod"),
        ],
    )
    def test_a_wrong_file(self, tmp_path: Path, content: object, said: str) -> None:
        with pytest.raises(OperationError, match=said):
            read_outputs(self.write(tmp_path, content), "dev")

    @pytest.mark.parametrize("given", ["x", [], {**outputs(), "regions": "us-east-1"}])
    def test_outputs_that_are_none(self, tmp_path: Path, given: object) -> None:
        with pytest.raises(OperationError, match="the stack's output"):
            load(FakeAws(), tmp_path, file=self.write(tmp_path, {"payments-dr-dev": given}))

    def test_no_file(self, tmp_path: Path) -> None:
        with pytest.raises(OperationError, match=r"--outputs must be a readable file, got .*none: No such file"):
            read_outputs(tmp_path / "none", "dev")

    def test_another_environments(self, tmp_path: Path) -> None:
        with pytest.raises(OperationError, match="--environment must be the outputs' own, prod, got dev"):
            load(FakeAws(), tmp_path, file=self.write(tmp_path, told(outputs("prod"))))


class TestTerraform:
    """The state of the checkout, as the user's own `terraform` prints it."""

    @pytest.fixture
    def root(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A checkout in which Terraform has worked, and a directory of programs before all others."""
        (tmp_path / "cdktf.out" / "stacks" / "payments-dr-dev" / ".terraform").mkdir(parents=True)
        (tmp_path / "bin").mkdir()
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}")
        return tmp_path

    def prints(self, root: Path, text: str, *, status: int = 0) -> None:
        """Let `terraform` print a text, to standard error where it fails."""
        (root / "printed").write_bytes(text.encode(errors="surrogateescape"))
        program = root / "bin" / "terraform"
        program.write_text(f"#!/bin/sh\ncat '{root / 'printed'}' >&{2 if status else 1}\nexit {status}\n")
        program.chmod(0o755)

    @pytest.mark.parametrize("wrapped", [False, True])
    def test_its_outputs_are_read_whatever_a_wrapper_prints_around_them(self, root: Path, *, wrapped: bool) -> None:
        self.prints(root, printed_by_a_wrapper(outputs()) if wrapped else json.dumps(told(outputs()), indent=2))
        aws = FakeAws()
        assert load(aws, root) == Site.from_outputs(outputs())
        assert not aws.calls

    @pytest.mark.parametrize(
        "text", ["", "[command]terraform output -json\n", '{"level": "info"}\n', "{", "[]", "\udcff"]
    )
    def test_what_is_no_json_is_asked_of_the_parameters(self, root: Path, text: str) -> None:
        self.prints(root, text)
        assert load(FakeAws({("ssm", "get_parameter"): PARAMETER}), root) == Site.from_outputs(outputs())

    @pytest.mark.parametrize(
        ("text", "status", "said"),
        [
            ("::debug::nothing\n", 0, r"terraform output -json must print a JSON object, got '::debug::nothing\n'"),
            ("{}\n", 0, "Terraform's state of payments-dr-dev has no outputs"),
            ("[command]terraform\n╷\n│ Error: no backend\n", 1, "Terraform cannot read its state: Error: no backend"),
        ],
    )
    def test_every_reason_is_one_line(self, root: Path, text: str, status: int, said: str) -> None:
        self.prints(root, text, status=status)
        with pytest.raises(OperationError) as error:
            load(FakeAws({("ssm", "get_parameter"): refused("GetParameter")}), root)
        assert said in str(error.value)
        assert "\n" not in str(error.value)

    def test_a_terraform_that_cannot_be_run(self, root: Path) -> None:
        self.prints(root, "")
        (root / "bin" / "terraform").write_text("#!/no/such/interpreter")
        assert load(FakeAws({("ssm", "get_parameter"): PARAMETER}), root) == Site.from_outputs(outputs())


class TestParameters:
    """When there is no state on this machine."""

    def test_the_standbys_comes_first(self, tmp_path: Path) -> None:
        aws = FakeAws({("ssm", "get_parameter"): PARAMETER})
        assert load(aws, tmp_path) == Site.from_outputs(outputs())
        (call,) = aws.calls
        assert call == ("ssm", "us-east-2", "get_parameter", {"Name": "/payments-us-east-2-dev/operations/site"})

    def test_the_primarys_comes_next(self, tmp_path: Path) -> None:
        aws = FakeAws({("ssm", "us-east-1", "get_parameter"): PARAMETER})
        assert load(aws, tmp_path).standby.name == "us-east-2"

    @pytest.mark.parametrize("given", [[], "x", {**outputs(), "regions": "us-east-1"}])
    def test_what_is_no_site_in_one_region_is_looked_for_in_the_other(self, tmp_path: Path, given: object) -> None:
        wrong = {"Parameter": {"Value": json.dumps(given)}}
        aws = FakeAws({("ssm", "us-east-2", "get_parameter"): wrong, ("ssm", "us-east-1", "get_parameter"): PARAMETER})
        assert load(aws, tmp_path) == Site.from_outputs(outputs())

    def test_every_reason_is_in_one_line(self, tmp_path: Path) -> None:
        aws = FakeAws({("ssm", "us-east-2", "get_parameter"): refused("GetParameter")})
        with pytest.raises(OperationError) as error:
            load(aws, tmp_path)
        for part in ("--outputs can name a file", "Terraform has not worked in", "AccessDenied", "us-east-1"):
            assert part in str(error.value)
        assert "\n" not in str(error.value)

    def test_environment_that_nobody_deployed_is_one_short_line(self, tmp_path: Path) -> None:
        (tmp_path / "environments").mkdir()
        for name in ("prod", "staging"):
            (tmp_path / "environments" / f"{name}.toml").touch()
        aws = FakeAws({("ssm", "get_parameter"): refused("GetParameter", "ParameterNotFound")})
        with pytest.raises(OperationError) as error:
            load(aws, tmp_path)
        assert str(error.value) == 'no deployment "dev"; known: prod, staging'

    def test_environment_that_may_be_deployed_says_what_could_not_be_read_once(self, tmp_path: Path) -> None:
        with pytest.raises(OperationError) as error:
            load(FakeAws(), tmp_path)
        assert str(error.value).startswith('no deployment "dev" is found, --outputs can name a file: Terraform has not')
        assert str(error.value).endswith("us-east-2's parameters: no connection; us-east-1's parameters: no connection")

    def test_what_is_no_json(self, tmp_path: Path) -> None:
        with pytest.raises(OperationError, match="holds no JSON"):
            load(FakeAws({("ssm", "get_parameter"): {"Parameter": {"Value": "{"}}}), tmp_path)


def test_regions_come_from_the_settings_file(tmp_path: Path) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "dev.toml").write_text('standby_region = "us-west-2"\n')
    assert configured_regions(tmp_path, "dev") == {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-west-2"}


@pytest.mark.parametrize("environment", ["none", "broken"])
def test_without_a_usable_one_the_defaults_serve(tmp_path: Path, environment: str) -> None:
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "broken.toml").write_text("=")
    assert configured_regions(tmp_path, environment) == DEFAULT_REGIONS

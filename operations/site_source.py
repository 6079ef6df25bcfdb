"""Finds the site in a file, in Terraform's state, or in a region's parameters."""

import json
import subprocess
import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from contract.names import stack_name
from contract.parameters import ParameterPath, parameter_name
from contract.roles import Role
from handlers.faults import error_code
from operations.aws import Aws
from operations.errors import OperationError
from operations.json_objects import json_objects
from operations.site import Site
from operations.topology.asking import reason

DEFAULT_REGIONS = {Role.PRIMARY: "us-east-1", Role.STANDBY: "us-east-2"}

_TERRAFORM_SECONDS = 10
_SHOWN = 80


def load_site(
    environment: str, *, outputs: Path | None, rights: Callable[[], Aws], regions: Mapping[Role, str], root: Path
) -> Site:
    """Return the environment's site: from the given file only, or else from Terraform's state or a region's parameters.

    Args:
        environment: The suffix.
        outputs: What `cdktf deploy --outputs-file` wrote, or `terraform output -json`.
        rights: Returns clients that may read parameters; called only when Terraform's state is not available.
        regions: Where to look for parameters; the standby's are read first.
        root: The checkout, where cdktf keeps the stack.

    Raises:
        OperationError: The site is not found, belongs to another environment, or is incomplete.
    """
    if outputs is not None:
        site = Site.from_outputs(read_outputs(outputs, environment))
    else:
        site = _found(environment, rights=rights, regions=regions, root=root)
    if site.suffix != environment:
        raise OperationError(f"--environment must be the outputs' own, {site.suffix}, got {environment}")
    return site


def read_outputs(path: Path, environment: str) -> Any:  # noqa: ANN401 — `Site` validates it
    """Return the outputs by name from either kind of file.

    Raises:
        OperationError: The file cannot be read, or does not hold the environment's outputs.
    """
    try:
        held = path.read_bytes()
        documents = json_objects(held.decode(json.detect_encoding(held)))
    except OSError as error:
        raise OperationError(f"--outputs must be a readable file, got {path}: {error.strerror}") from None
    except ValueError:
        raise OperationError(f"--outputs must be a text file in UTF-8 or UTF-16, got {path}") from None
    if not documents:
        raise OperationError(f"--outputs must hold a JSON object, got {path}")
    stack = stack_name(environment)
    for document in documents:
        if "table_name" in document:
            return _plain(document)
        if stack in document:
            return document[stack]
    names = ", ".join(documents[0]) or "nothing"
    raise OperationError(f"--outputs must hold the outputs of {stack}, but {path} holds {names}")


def configured_regions(root: Path, environment: str) -> dict[Role, str]:
    """Return each role's region, from the environment's settings file or the defaults."""
    try:
        settings = tomllib.loads((root / "environments" / f"{environment}.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):  # not TOML, or not text
        settings = {}
    return {role: str(settings.get(f"{role}_region", default)) for role, default in DEFAULT_REGIONS.items()}


def _found(environment: str, *, rights: Callable[[], Aws], regions: Mapping[Role, str], root: Path) -> Site:
    try:
        return _first(
            lambda: _from_terraform(root, environment), lambda: _from_parameters(environment, regions, rights())
        )
    except OperationError as error:
        known = sorted(path.stem for path in (root / "environments").glob("*.toml"))
        if environment in known or not isinstance(error, AbsentSiteError):
            where = f"; known: {', '.join(known)}" if known and environment not in known else ""
            text = f'no deployment "{environment}" is found, --outputs can name a file: {error}{where}'
        else:
            text = f'no deployment "{environment}"; known: {", ".join(known) or "none"}'
        raise OperationError(text) from None


class AbsentSiteError(OperationError):
    """A source was read and does not hold the site."""


def _first(*sources: Callable[[], Site]) -> Site:
    problems = []
    for source in sources:
        try:
            return source()
        except OperationError as error:
            problems.append(error)
    kind = AbsentSiteError if all(isinstance(each, AbsentSiteError) for each in problems) else OperationError
    raise kind("; ".join(dict.fromkeys(map(str, problems))))


def _from_terraform(root: Path, environment: str) -> Site:
    stack = root / "cdktf.out" / "stacks" / stack_name(environment)
    try:
        has_worked = (stack / ".terraform").is_dir()
    except OSError as error:
        raise OperationError(f"{stack} must be a readable directory: {error.strerror}") from None
    if not has_worked:
        raise AbsentSiteError(f"Terraform has not worked in {stack}")
    try:
        told = subprocess.run(
            ["terraform", "output", "-json", "-no-color"],  # noqa: S607 — the user's own Terraform
            cwd=stack,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_TERRAFORM_SECONDS,
            check=True,
        )
    except FileNotFoundError:
        raise OperationError("terraform is not on the PATH") from None
    except OSError as error:
        raise OperationError(f"terraform cannot be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise OperationError(f"Terraform's state did not come within {_TERRAFORM_SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        raise OperationError(f"Terraform cannot read its state: {_reason(error.stderr)}") from None
    documents = [document for document in json_objects(told.stdout) if _are_outputs(document)]
    if not documents:
        raise OperationError(f"terraform output -json must print a JSON object, got {told.stdout[:_SHOWN]!r}")
    if not documents[0]:
        raise AbsentSiteError(f"Terraform's state of {stack.name} has no outputs")
    return Site.from_outputs(_plain(documents[0]))


def _reason(printed: str) -> str:
    """Return the first line of Terraform's error, without what a wrapper printed around it."""
    lines = [line.strip(" │╷╵") for line in printed.splitlines() if line.strip(" │╷╵")]
    return next((line for line in lines if line.startswith("Error")), lines[0] if lines else "no reason")


def _are_outputs(document: Mapping[str, object]) -> bool:
    return all(isinstance(each, dict) and "value" in each for each in document.values())


def _from_parameters(environment: str, regions: Mapping[Role, str], aws: Aws) -> Site:
    hurried = aws.hurried()
    return _first(
        *(partial(_from_parameter, environment, regions[role], hurried) for role in (Role.STANDBY, Role.PRIMARY))
    )


def _from_parameter(environment: str, region: str, aws: Aws) -> Site:
    name = parameter_name(ParameterPath.OPERATIONS_SITE, region, environment)
    try:
        value = aws.client("ssm", region).get_parameter(Name=name)["Parameter"]["Value"]
        return Site.from_outputs(json.loads(value))
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error_code(error) == "ParameterNotFound":
            raise AbsentSiteError(f"{region} has no parameter {name}") from None
        raise OperationError(f"{region}'s parameters: {reason(error)}") from None
    except ValueError:
        raise OperationError(f"parameter {name} in {region} holds no JSON") from None


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of `terraform output -json`, without their types."""
    return {
        name: told["value"] if isinstance(told, dict) and set(told) >= {"value", "type"} else told
        for name, told in document.items()
    }

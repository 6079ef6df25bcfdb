"""Every permission of every role as the stack deploys it, and the table of docs/permissions.md.

`python -m tests.synth.permission_table` writes the table anew.
"""

import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from contract.roles import Role
from tests.synth.permission_needs import NEEDS, Need
from tests.synth.reading import Resource, Synthesized

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "permissions.md"
BEGIN, END = "<!-- generated: python -m tests.synth.permission_table -->\n", "<!-- end -->\n"

_EXPRESSION = re.compile(r"\$\{([^}]+)\}")
_NAMES = ("function_name", "name", "bucket_prefix", "name_prefix", "domain_name")


class Permission(NamedTuple):
    """One action that a role may take; both regions' roles of a kind are one."""

    role: str
    action: str
    resources: tuple[str, ...]
    when: tuple[str, ...]


def permissions(environment: Synthesized) -> list[Permission]:
    """Return all permissions of a stack's roles, sorted, each once."""
    found: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for role in environment.all("aws_iam_role"):
        for statement in environment.permissions(role):
            for action in statement["actions"]:
                resources, when = found.setdefault((kind_of(environment, role), action), (set(), set()))
                resources.update(_told(environment, each) for each in statement["resources"])
                when.update(_condition(environment, each) for each in statement.get("condition", []))
    return [
        Permission(role, action, tuple(sorted(on)), tuple(sorted(when)))
        for (role, action), (on, when) in sorted(found.items())
    ]


def kind_of(environment: Synthesized, role: Resource) -> str:
    """Return a role's name without its region and suffix."""
    name = str(role["name"]).removesuffix(f"-{environment.settings.environment_suffix}")
    for region in Role:
        name = name.removesuffix(f"-{environment.region(region)}")
    return name


def table(found: Iterable[Permission], needs: dict[tuple[str, str], Need] = NEEDS) -> str:
    """Return the permissions as a table in Markdown."""
    lines = ["| Role | May | On | When | Needed by |", "|---|---|---|---|---|"]
    before = ""
    for each in found:
        need = needs.get((each.role, each.action))
        shown = f"`{each.role}`" if each.role != before else ""
        before = each.role
        on, when = "<br>".join(each.resources), "<br>".join(each.when)
        lines.append(f"| {shown} | `{each.action}` | {on} | {when} | {need.told() if need else ''} |")
    return "\n".join(lines) + "\n"


def document(text: str, found: Iterable[Permission]) -> str:
    """Return the document with the table between its marks."""
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n{table(found)}\n{END}{tail}"


def _told(environment: Synthesized, text: str) -> str:
    """Return a resource as people name it."""
    return _general(environment, _EXPRESSION.sub(lambda match: _name(environment, match[0], match[1]), text)).replace(
        "*", "\\*"
    )


def _name(environment: Synthesized, expression: str, inner: str) -> str:
    if inner.endswith((".owner", ".account_id")):
        return "<account>"
    one = environment.referred(expression)
    kind = one.kind.removeprefix("data.").removeprefix("aws_").replace("_", " ")
    if kind == "lambda alias":
        return f"alias live of {_text(environment, one['function_name'])}"
    name = next((str(one[each]) for each in _NAMES if one.get(each)), one.id)
    stream = " stream" if inner.endswith("stream_arn") else ""
    return f"{kind}{stream} {_text(environment, name)}".strip()


def _text(environment: Synthesized, value: str) -> str:
    found = _EXPRESSION.search(value)
    if found is None:
        return value
    one = environment.referred(found[0])
    return str(next((one[each] for each in _NAMES if one.get(each)), one.id))


def _condition(environment: Synthesized, condition: dict[str, Any]) -> str:
    values = ", ".join(sorted({_told(environment, value) for value in condition["values"]}))
    return f"{condition['variable']}: {values}"


def _general(environment: Synthesized, text: str) -> str:
    """Return a text without the regions and the suffix of this environment."""
    for role in Role:
        text = text.replace(environment.region(role), "<region>")
    text = text.replace(environment.settings.witness_region, "<witness>")
    return re.sub(rf"-{environment.settings.environment_suffix}\b", "-<suffix>", text)


def synthesized() -> Synthesized:
    """Synthesize the environment that the table shows, as the tests do."""
    import json

    from cdktf import App

    from contract.names import stack_name
    from dr_constructs.function_package import build_function_package
    from dr_constructs.settings import Settings
    from dr_constructs.stack import PaymentsStack
    from fast_synth.activation import activate
    from tests.synth.checkouts import copy_sources

    activate()
    with tempfile.TemporaryDirectory() as directory:
        package = build_function_package(copy_sources(ROOT, Path(directory) / "checkout", 1_000_000_000))
        settings = Settings.load({"ENVIRONMENT_SUFFIX": SHOWN}, ROOT)
        app = App(outdir=f"{directory}/out")
        PaymentsStack(app, stack_name(settings.environment_suffix), settings=settings, package=package)
        app.synth()
        (stack,) = (Path(directory) / "out" / "stacks").iterdir()
        return Synthesized(settings, json.loads((stack / "cdk.tf.json").read_text()), stack)


SHOWN = "prod"
"""The environment with everything on that production wants."""


if __name__ == "__main__":
    DOCUMENT.write_text(document(DOCUMENT.read_text(encoding="utf-8"), permissions(synthesized())), encoding="utf-8")

"""What documents point at exists: files, headings, facts, make targets, programs, modules, commands and options."""

import re
import shlex
from fnmatch import fnmatch
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import typer.core
from typer.main import get_command

from client import command as client_command
from operations.cli.app import application, with_command

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]

_LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FACT = re.compile(r"FACTS (\d+\.\d+)(?:\W(\d+\.\d+))?")
_PROGRAM = re.compile(r"\./run ([a-z_.]+[a-z])")
_MODULE = re.compile(r"python -m ([a-z_.]+)")
_LABELS = re.compile(r"^  ([a-z.* |]+)\)", re.MULTILINE)
_TARGET = re.compile(r"(?:^|`|\$ )make ([a-z]+)\b", re.MULTILINE)

each_document = pytest.mark.parametrize("document", DOCUMENTS, ids=[path.stem for path in DOCUMENTS])


def slug(heading: str) -> str:
    """Return a heading's anchor as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


@cache
def anchors(document: Path) -> set[str]:
    text = _CODE.sub("", document.read_text(encoding="utf-8"))
    return {slug(heading) for heading in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def lines(document: Path) -> list[str]:
    """Return the command lines of a document's blocks, whole ones, without comments."""
    joined = "".join(_BLOCK.findall(document.read_text(encoding="utf-8"))).replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip()]


@each_document
def test_its_links_lead_somewhere(document: Path) -> None:
    broken = []
    for link in _LINK.findall(_CODE.sub("", document.read_text(encoding="utf-8"))):
        path, _, anchor = link.partition("#")
        if path.startswith(("https:", "http:", "mailto:")):
            continue
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


@each_document
def test_the_facts_that_it_cites_are_there(document: Path) -> None:
    known = set(re.findall(r"^(\d+\.\d+) ", (ROOT / "docs" / "facts.md").read_text(encoding="utf-8"), re.MULTILINE))
    cited = {number for pair in _FACT.findall(document.read_text(encoding="utf-8")) for number in pair if number}
    assert cited <= known


@each_document
def test_its_programs_modules_and_targets_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    labels = _LABELS.findall((ROOT / "run").read_text(encoding="utf-8"))
    programs = [pattern.strip() for label in labels for pattern in label.split("|")]
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = _PROGRAM.findall(text)
    assert not [name for name in named if not any(fnmatch(name, pattern) for pattern in programs if pattern != "*")]
    assert not [name for name in named if "." in name and find_spec(name) is None]
    assert set(_TARGET.findall(text)) <= targets
    assert not [module for module in _MODULE.findall(text) if find_spec(module) is None]


@each_document
@pytest.mark.parametrize(
    ("start", "commands"),
    [("./dr ", get_command(application([]))), ("./run client ", get_command(client_command.app))],
    ids=["dr", "client"],
)
def test_its_commands_take_what_they_are_given(document: Path, start: str, commands: Any) -> None:
    for line in lines(document):
        _, found, rest = line.partition(start)
        if found:
            words = shlex.split(re.split(r"&&|[|;>]", rest, maxsplit=1)[0], comments=True)
            if words and not words[0].startswith("<"):
                given = with_command(words) if start == "./dr " else words
                require_known(commands, [*given])


def require_known(command: Any, words: list[str]) -> None:
    """Require that a command line names a command and its options, without running it."""
    while isinstance(command, typer.core.TyperGroup):
        assert words[0] in command.commands
        command, words = command.commands[words[0]], words[1:]
    options = {option for parameter in command.params for option in parameter.opts}
    given = {word.partition("=")[0] for word in words if word.startswith("-")}
    assert given <= options

"""House rules that tools can check: form, types, no topic in the code, no clock, no place of one machine, no file that grows."""

import ast
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS

CODE = ("reasoner", "api")
SKIPPED = {".git", ".venv", "build", "dist", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".hypothesis"}
TEXT = {".py", ".ttl", ".json", ".rq", ".csv", ".md", ".toml", ".txt", ".trig", ".nt", ".nq", ".jsonld", ".rdf", ".html", ".css", ".js", ""}


def run(root: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={**os.environ, **environment})


def files(root: Path, *folders: str, suffixes: set[str]) -> Iterator[Path]:
    """Yield the files of the tree below ``folders`` (or all) that are no product of a build."""
    for folder in folders or (".",):
        for path in sorted((root / folder).rglob("*")):
            parts = path.relative_to(root).parts
            made = SKIPPED.intersection(parts) or any(part.endswith(".egg-info") for part in parts)
            if path.is_file() and path.suffix in suffixes and not made:
                yield path


# Tools


def test_ruff(root: Path) -> None:
    result = run(root, "ruff", "check", "--no-cache", "--output-format", "concise", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_format(root: Path) -> None:
    result = run(root, "ruff", "format", "--no-cache", "--check", ".")
    assert result.returncode == 0, result.stdout + result.stderr


def test_types(root: Path, tmp_path: Path) -> None:
    """Check the types under the names that the packages have when installed, which in the checkout they do not."""
    (tmp_path / "mtus").mkdir()
    for name in CODE:
        (tmp_path / "mtus" / name).symlink_to(root / name)
    packages = [argument for name in CODE for argument in ("-p", f"mtus.{name}")]
    result = run(root, "mypy", "--cache-dir", str(tmp_path / "cache"), *packages, MYPYPATH=str(tmp_path))
    assert result.returncode == 0, result.stdout + result.stderr


# The engine knows no topic


def words(text: str) -> set[str]:
    """Return the words of a label or an identifier, in lower case and without a plural s."""
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").replace("-", " ")
    return {word.lower().removesuffix("s") for word in re.findall(r"[A-Za-z]+", spaced)}


# Words of treatments that everyday English, or code, needs as well.
EVERYDAY = {"block", "branch", "care", "computed", "contain", "current", "fitting", "form", "health", "home", "level", "manual", "plain",
            "point", "service", "system", "test", "that", "treatment", "with", "work"}  # fmt: skip


@pytest.fixture(scope="module")
def topic_words(knowledge: Knowledge) -> set[str]:
    """Words of the labels of all treatments in the ontology."""
    above = {cls: {sup for sup, _ in found} for cls, found in knowledge.rules.super_classes.items()}
    treatments, agenda = set(), [MTUS + "Treatment"]
    while agenda:
        top = agenda.pop()
        found = {cls for cls, sups in above.items() if top in sups} - treatments
        treatments |= found
        agenda += found
    return {word for cls in treatments for word in words(knowledge.vocabulary.label(cls)) if len(word) >= 4} - EVERYDAY


def spoken(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield names and strings of a module with their lines; docstrings, which may give examples, are left out."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docstrings = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value
        for name in ("id", "attr", "arg", "name"):
            value = getattr(node, name, None)
            if isinstance(value, str):
                yield getattr(node, "lineno", 0), value


def test_topic_words_are_found(topic_words: set[str]) -> None:
    assert {"massage", "epidural", "injection", "sedation", "acupuncture"} <= topic_words
    assert topic_words.isdisjoint({"request", "treatment", "course", "review", "document", "criterion"})
    assert len(topic_words) > 80
    assert EVERYDAY.isdisjoint(topic_words)


@pytest.mark.parametrize("folder", CODE)
def test_no_topic_in_the_code(folder: str, root: Path, topic_words: set[str]) -> None:
    found = [
        f"{path.relative_to(root)}:{line}: {sorted(words(text) & topic_words)}"
        for path in files(root, folder, suffixes={".py"})
        for line, text in spoken(ast.parse(path.read_text("utf-8")))
        if words(text) & topic_words
    ]
    assert found == []


# No clock, no place

CLOCK = re.compile(
    r"date\.today\(|time\.now\(|utcnow|\btime\.time(_ns)?\(|\bnow\(\)|current-date|localtime\(|gmtime\(|strftime\(", re.IGNORECASE
)
PLACE = re.compile(r"(?<![\w.:/)>}-])/(work|home|Users|root)/\w+|/tmp/w\b|[A-Z]:\\+Users|\.\./shared")


def test_the_patterns_find_what_they_are_for() -> None:
    for text in ("date.today()", "datetime.now(UTC)", "time.time()", "BIND(NOW() AS ?n)"):
        assert CLOCK.search(text)
    for text in (" /home/someone/x", "'/work/main'", "see ../shared/design"):
        assert PLACE.search(text)
    assert not CLOCK.search("time.perf_counter()")
    assert not PLACE.search("https://w3id.org/home/page")


@pytest.mark.parametrize("folder", ["reasoner", "shapes", "ontology"])
def test_nothing_reads_the_clock(folder: str, root: Path) -> None:
    found = [
        f"{path.relative_to(root)}: {match.group()}"
        for path in files(root, folder, suffixes={".py", ".ttl", ".rq"})
        for match in CLOCK.finditer(path.read_text("utf-8"))
    ]
    assert found == []


def test_no_place_of_one_machine(root: Path) -> None:
    found = []
    for path in files(root, suffixes=TEXT):
        if path == Path(__file__):
            continue  # the patterns themselves
        try:
            text = path.read_bytes().decode("utf-8")
        except UnicodeDecodeError:
            continue  # broken on purpose, for the tests of bad input
        found += [f"{path.relative_to(root)}: {match.group()}" for match in PLACE.finditer(text)]
    assert found == []


# Sizes: a file beyond the limit stands here with the reason why it is one.
LIMIT = 15_000
LARGER = {
    "ontology/core/findings.ttl": "one hierarchy of findings, whose classes are defined by one another",
    "shapes/registry.ttl": "one list of everything that is not covered, each entry with its reason",
    "shapes/chronic-pain-2009/general-rules/shapes.ttl": "the shapes of one section, some hundred bytes beyond the limit",
    "tests/mutation.py": "one catalogue of mutants, run by one command",
    "tests/test_api.py": "one route over all its media types and failures",
    "tests/test_bad_input.py": "one table of mistakes with the words of their messages",
    "tests/test_engines.py": "one comparison of engines, with the cases that they read differently",
    "tests/test_infer.py": "one test an axiom kind",
    "tests/test_knowledge_quality.py": "one flaw a check, each planted and found",
    "tests/test_properties.py": "one strategy for cases, shared by all properties",
}


def test_files_stay_small(root: Path) -> None:
    sizes = {path.relative_to(root).as_posix(): path.stat().st_size for path in files(root, suffixes={".py", ".ttl"})}
    beyond = {name: size for name, size in sizes.items() if size > LIMIT and name not in LARGER}
    assert beyond == {}


def test_the_list_of_larger_files_is_up_to_date(root: Path) -> None:
    assert [name for name in LARGER if not (root / name).is_file() or (root / name).stat().st_size <= LIMIT] == []

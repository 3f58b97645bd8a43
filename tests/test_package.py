"""The wheel: what is in it, and that it works in an empty folder, without the checkout."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from email import message_from_string
from pathlib import Path

import pytest

SOURCES = ("LICENSE", "README.md", "pyproject.toml", "api", "examples", "ontology", "reasoner", "shapes")
FOLDERS = ("api", "examples", "ontology", "reasoner", "shapes")


def python(*arguments: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "MTUS"))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False, env={**clean, **environment}, encoding="utf-8")


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the tree with the setuptools that is installed."""
    tree = tmp_path_factory.mktemp("tree")
    for name in SOURCES:
        source = root / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)
    built = python("-m", "build", "--wheel", "--no-isolation", "--outdir", "dist", ".", cwd=tree)
    assert built.returncode == 0, built.stdout + built.stderr
    (found,) = (tree / "dist").glob("*.whl")
    return found


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty folder into which the wheel alone was installed."""
    target = tmp_path_factory.mktemp("target")
    done = python("-m", "pip", "install", "--no-deps", "--no-index", "--quiet", "--target", str(target), str(wheel), cwd=target)
    assert done.returncode == 0, done.stderr
    return target


def test_the_wheel_takes_one_name_only(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"mtus"}
    assert {name.split("/")[1] for name in names if name.startswith("mtus/")} == set(FOLDERS)


def test_the_wheel_holds_all_that_is_needed(names: set[str], root: Path) -> None:
    expected = set()
    for folder in FOLDERS:
        for path in (root / folder).rglob("*"):
            inside = path.relative_to(root / folder)
            is_case = folder == "shapes" and "cases" in inside.parts
            kinds = (".py", ".ttl", ".rq", ".csv", ".json", ".html", ".css", ".js", ".txt", ".md")
            if (path.suffix in kinds and not is_case) or path.name == "py.typed":
                expected.add(f"mtus/{path.relative_to(root).as_posix()}")
    assert {"mtus/reasoner/py.typed", "mtus/api/py.typed", "mtus/shapes/registry.ttl", "mtus/ontology/mtus.ttl"} <= expected
    assert {"mtus/api/queries/answers-by-treatment.rq", "mtus/api/static/yasgui/yasgui.min.js", "mtus/api/templates/base.html"} <= expected
    assert len(expected) > 150
    assert expected - names == set()


def test_the_wheel_holds_nothing_else(names: set[str]) -> None:
    assert [name for name in sorted(names) if name.startswith("mtus/shapes/") and "/cases/" in name] == []
    assert [name for name in sorted(names) if name.endswith((".pyc", ".lock")) or "test" in name] == []


def test_metadata(wheel: Path, names: set[str]) -> None:
    (metadata,) = (name for name in names if name.endswith(".dist-info/METADATA"))
    with zipfile.ZipFile(wheel) as archive:
        read = message_from_string(archive.read(metadata).decode())
    assert read["Name"] == "mtus-reasoner"
    assert read["License-Expression"] == "Apache-2.0"
    assert read["Requires-Python"] == ">=3.11"
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in names)
    entry = wheel.name.removesuffix("-py3-none-any.whl") + ".dist-info/entry_points.txt"
    with zipfile.ZipFile(wheel) as archive:
        assert "mtus = mtus.reasoner.cli:main" in archive.read(entry.replace("mtus-reasoner", "mtus_reasoner")).decode()


def test_it_works_in_an_empty_folder(installed: Path, tmp_path: Path, root: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return python(*arguments, cwd=tmp_path, PYTHONPATH=str(installed), PYTHONDONTWRITEBYTECODE="1")

    where = run("-c", "import mtus.reasoner, mtus.shapes; print(mtus.reasoner.__file__, mtus.shapes.__file__)")
    assert where.returncode == 0, where.stderr
    assert all(Path(path).is_relative_to(installed) for path in where.stdout.split())
    made = run("-m", "mtus.reasoner", "new", "case", "--example", "imr-2015", "--output", "case.json")
    assert made.returncode == 0, made.stderr
    determined = run("-m", "mtus.reasoner", "determine", "case.json", "--format", "json")
    assert determined.returncode == 1, determined.stderr
    answers = {
        request["request"].rsplit("/", 1)[1]: request["reasons"][0]["reasonKind"] for request in json.loads(determined.stdout)["requests"]
    }
    assert answers == {"request-massage": "contradicted", "request-injection": "undocumented", "request-sedation": "derivative"}
    # the console script, which pip writes beside the packages
    (script,) = (path for path in (installed / "bin").glob("mtus*") if path.is_file())
    letter = run(str(script), "determine", "case.json")
    assert letter.returncode == 1, letter.stderr
    assert letter.stdout.startswith("RECOMMENDED DETERMINATION")
    assert [path.name for path in tmp_path.iterdir()] == ["case.json"]
    assert str(root) not in determined.stdout + letter.stdout


def test_the_same_digest_as_in_the_checkout(installed: Path, tmp_path: Path, root: Path) -> None:
    code = "from mtus.reasoner.knowledge import load_knowledge; print(load_knowledge().digest)"
    there = python("-c", code, cwd=tmp_path, PYTHONPATH=str(installed))
    here = python("-c", code, cwd=root)
    assert there.stdout == here.stdout
    assert len(there.stdout) == 65

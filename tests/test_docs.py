"""The documentation is true: what it shows is what happens, what it lists exists, and what exists is listed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "docs"))

import generate  # noqa: E402
from generators.blocks import BLOCKS, fill_blocks  # noqa: E402
from generators.cli_page import commands as cli_commands  # noqa: E402
from generators.runnable import RunError, commands, run_page  # noqa: E402

from mtus.reasoner.determine import PRECEDENCE, Answer  # noqa: E402

PROSE = generate.prose()
PAGES = sorted({*PROSE, *generate.REFERENCE.rglob("*.md")})
RUNNABLE = [page for page in PROSE if commands(page.read_text("utf-8"))]
OWNED = [*PAGES, ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "requirements.lock", *sorted((ROOT / "docs").rglob("*.py"))]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def command_of_readme(kind: str) -> str:
    found = re.search(rf"<!-- command: {kind} -->\n```bash\n(.*)\n```", (ROOT / "README.md").read_text("utf-8"))
    assert found, f"README.md has no one-line command {kind}"
    return found[1]


# What is generated


def test_reference_is_up_to_date() -> None:
    wanted = {name(path): text for path, text in generate.reference().items()}
    present = {name(path): path.read_text("utf-8") for path in generate.REFERENCE.rglob("*.md")}
    assert sorted(wanted) == sorted(present), "run: make docs"
    stale = [path for path, text in wanted.items() if present[path] != text]
    assert not stale, f"run: make docs; out of date: {stale}"


@pytest.mark.parametrize("page", PROSE, ids=name)
def test_generated_blocks_are_up_to_date(page: Path) -> None:
    text = page.read_text("utf-8")
    assert fill_blocks(text, ROOT) == text, "run: make docs"


def test_every_block_is_used() -> None:
    used = {found for page in PROSE for found in re.findall(r"<!-- generated: ([\w-]+) -->", page.read_text("utf-8"))}
    assert used == set(BLOCKS)


# What is executed


@pytest.mark.parametrize("page", RUNNABLE, ids=name)
def test_commands_print_what_is_shown(page: Path) -> None:
    text = page.read_text("utf-8")
    assert run_page(text, ROOT) == text, "run: make docs, and read the difference"


def test_a_wrong_exit_code_is_noticed() -> None:
    with pytest.raises(RunError, match="exits with 0"):
        run_page("<!-- run: exit=1 -->\n```console\n$ true\n```\n", ROOT)


def test_wrong_output_is_noticed() -> None:
    shown = "<!-- run -->\n```console\n$ echo one\ntwo\n```\n"
    assert run_page(shown, ROOT) == shown.replace("two", "one")


def test_readme_shows_the_main_command_and_runs_it() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "mtus determine examples/imr-2015/case.json" in readme.split("## Two commands")[0]
    assert command_of_readme("run").endswith(".venv/bin/mtus determine examples/imr-2015/case.json")


def test_ci_runs_the_command_of_the_readme() -> None:
    line = command_of_readme("test")
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    extract = next(part for part in script.splitlines() if part.startswith('command="$(sed'))
    done = subprocess.run(["bash", "-c", f'{extract}; printf %s "$command"'], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == line
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o111, ".ci/run has to be executable"


@pytest.mark.parametrize("kind", ["run", "test"])
def test_commands_of_the_readme_need_python_and_pip_alone(kind: str) -> None:
    for part in command_of_readme(kind).split(" && "):
        assert part.split()[0] in ("python3", ".venv/bin/pip", ".venv/bin/python", ".venv/bin/mtus")


def test_the_lock_names_exact_versions() -> None:
    for line in (ROOT / "requirements.lock").read_text("utf-8").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!]+", line), line


# What is listed


def slug(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def without_fences(text: str) -> str:
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", without_fences(page.read_text("utf-8"))):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), f"{name(page)}: {target}"
        if anchor:
            headings = re.findall(r"^#+ (.*)$", without_fences(file.read_text("utf-8")), re.MULTILINE)
            assert anchor in map(slug, headings), f"{name(page)}: {target}"


def test_every_page_is_reachable_from_the_readme() -> None:
    seen, agenda = set(), [ROOT / "README.md"]
    while agenda:
        page = agenda.pop()
        if page in seen or not page.is_file():
            continue
        seen.add(page)
        links = re.findall(r"\]\(([^)\s#]+\.md)(?:#[^)]*)?\)", page.read_text("utf-8"))
        agenda += [(page.parent / link).resolve() for link in links if not re.match(r"[a-z]+:", link)]
    assert sorted(map(name, set(PAGES) - seen)) == []


def test_every_command_is_documented() -> None:
    page = (generate.REFERENCE / "command-line.md").read_text("utf-8")
    names = [path for path, _ in cli_commands()]
    assert len(names) >= 9
    assert [path for path in names if f"## {path}\n" not in page] == []


def test_every_command_that_pages_name_exists() -> None:
    known = {tuple(path.split()[1:]) for path, _ in cli_commands()}
    for page in PAGES:
        for words in re.findall(r"(?:^\$ |`)mtus ([a-z]+(?: [a-z]+)?)", page.read_text("utf-8"), re.MULTILINE):
            parts = words.split()
            assert tuple(parts[:1]) in known or tuple(parts) in known, f"{name(page)}: mtus {words}"


def test_every_error_code_is_documented() -> None:
    page = (generate.REFERENCE / "errors.md").read_text("utf-8")
    documented = set(re.findall(r"^\| `([a-z0-9-]+)`", page, re.MULTILINE))
    shapes = {
        code for path in (ROOT / "shapes").rglob("*.ttl") for code in re.findall(r'mtus:errorCode "([^"]+)"', path.read_text("utf-8"))
    }
    calls = r'(?:\w+_error|Problem|_problem|_unknown)\(\s*"([a-z0-9-]+)"'
    sources = [*(ROOT / "reasoner").glob("*.py"), *(ROOT / "api").rglob("*.py")]
    python = {code for path in sources for code in re.findall(calls, path.read_text("utf-8"))}
    assert len(shapes) > 20
    assert len(python) > 20
    assert sorted((shapes | python) - documented) == []


def test_every_module_and_target_that_pages_name_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for page in PROSE:
        text = page.read_text("utf-8")
        assert set(re.findall(r"`make ([a-z-]+)`", text)) <= targets, name(page)
        for path in re.findall(r"`((?:reasoner|ontology|shapes|examples|docs)/[\w./-]+\.\w+)`", text):
            if "hot-packs" not in path:
                assert (ROOT / path).exists(), f"{name(page)}: {path}"


def test_the_table_of_precedence_is_explained_in_order() -> None:
    text = (ROOT / "docs" / "explanation" / "semantics.md").read_text("utf-8")
    explained = re.findall(r"^\d+\. \*\*(.*?)\.\*\*", text, re.MULTILINE)
    rules = [rule.__name__.strip("_").replace("_", " ") for _, rule in PRECEDENCE]
    assert [title.lower() for title in explained] == rules
    assert [answer.value for answer in Answer if answer.value.replace("-", " ") not in text.lower()] == []


def test_contributing_has_eight_steps() -> None:
    section = (ROOT / "CONTRIBUTING.md").read_text("utf-8").split("## Add a topic in eight steps")[1].split("\n## ")[0]
    assert re.findall(r"^(\d)\. \*\*", section, re.MULTILINE) == list("12345678")


def test_decisions_are_numbered_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    records = sorted(path for path in folder.glob("0*.md"))
    assert [int(path.name[:4]) for path in records] == list(range(1, len(records) + 1))
    for path in records:
        text = path.read_text("utf-8")
        assert path.name in index
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert all(f"## {part}\n" in text for part in ("Context", "Decision", "Consequence")), path.name


# What is said honestly


def test_recommendation_is_said_on_the_first_screen() -> None:
    first = (ROOT / "README.md").read_text("utf-8").split("## ")[0]
    assert "only a physician may deny" in first
    assert "RECOMMENDED DETERMINATION" in first


@pytest.mark.parametrize("path", OWNED, ids=name)
def test_nothing_of_a_machine_is_named(path: Path) -> None:
    text = path.read_text("utf-8")
    for word in ("/work" + "/", "/sha" + "red", "/ho" + "me/", "/ro" + "ot/", "/tmp/", "://py" + "pi", "files.python" + "hosted"):
        assert word not in text, f"{name(path)} names {word}"

"""``mtus diff``: between editions, stored determinations and versions of the knowledge; which answers change, through which provision."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, ROOT, VARIANTS
from stored_files import determined
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.as_if import as_if_in_force, named_edition
from mtus.reasoner.difference import difference
from mtus.reasoner.errors import UsageError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_json import to_json
from mtus.reasoner.trace import Determination

CASE = IMR_2015 / "case.json"
SECTION = "shapes/chronic-pain-2009/massage-therapy"


def mtus(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments, catch_exceptions=False)


def as_json(*arguments: str) -> list[dict[str, Any]]:
    return list(json.loads(mtus("diff", *arguments, "--format", "json").stdout))


# Editions


@pytest.mark.parametrize("name", ["chronic-pain-2016", "2016", BASE + "guideline/chronic-pain-2016/edition"])
def test_editions_are_called_by_folder_year_and_iri(name: str, knowledge: Knowledge) -> None:
    assert named_edition(name, knowledge).iri == BASE + "guideline/chronic-pain-2016/edition"


@pytest.mark.parametrize("name", ["2008", "chronic-pain", ""])
def test_editions_that_are_not_known(name: str, knowledge: Knowledge) -> None:
    with pytest.raises(UsageError, match=r"no-such-edition.*The editions are: chronic-pain-2009, chronic-pain-2016, chronic-pain-2017"):
        named_edition(name, knowledge)


def test_the_edition_in_force_as_if_in_force_answers_the_same(imr_2015: Determination, knowledge: Knowledge) -> None:
    assumed = as_if_in_force(named_edition("2009", knowledge), knowledge)
    found = determine(CASE.read_bytes(), knowledge=assumed)
    told = difference(imr_2015, found)
    assert (told.answers, told.criteria) == ((), ())
    # it cannot pass for the determination under the knowledge as it is
    assert found.id != imr_2015.id
    assert assumed.digest != knowledge.digest


@pytest.mark.parametrize("year", ["2016", "2017"])
def test_an_edition_that_is_not_encoded_is_indeterminate(year: str, knowledge: Knowledge) -> None:
    found = determine(CASE.read_bytes(), knowledge=as_if_in_force(named_edition(year, knowledge), knowledge))
    assert [local_name(request.answer) for request in found.requests] == ["indeterminate"] * 3
    assert {local_name(reason.kind) for request in found.requests for reason in request.reasons} == {"edition-not-encoded"}


def test_an_ambiguous_case_is_decided_by_each_edition(knowledge: Knowledge) -> None:
    path = VARIANTS / "july-2016.json"
    assert local_name(determined(path)[0].requests[0].answer) == "indeterminate"
    (told,) = as_json(str(path), "--edition", "2009", "--edition", "2016")
    assert [(a["before"], a["after"]) for a in told["answers"]] == [("not-supported", "indeterminate")] * len(told["answers"])


def test_between_editions_as_text() -> None:
    result = mtus("diff", str(CASE), "--edition", "2009", "--edition", "chronic-pain-2016")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == "case.json: chronic-pain-2009 → chronic-pain-2016"
    assert lines[1] == " - Massage therapy, 12 sessions: not supported → indeterminate (disposition upheld → open)"
    assert "    - no longer [contradicted] MAS-3.visits; Chronic Pain 2009, Massage therapy, p. 60" in lines
    assert "    - now [edition not encoded] MTUS Chronic Pain Medical Treatment Guidelines, 2016" in lines
    assert "    - removed: MAS-3.visits, was contradicted (Chronic Pain 2009, Massage therapy, p. 60)" in lines
    # the dates of the case select the edition of 2009, so nothing may say that they select that of 2016
    assert "dates" not in result.stdout + mtus("diff", str(CASE), "--edition", "2009", "--edition", "2016", "-f", "json").stdout


def test_between_an_edition_and_itself() -> None:
    result = mtus("diff", str(CASE), "--edition", "2009", "--edition", "2009")
    assert (result.exit_code, result.stdout) == (0, "No answer and no criterion differs in 1 of 1 case (case.json).\n")


# Stored determinations


@pytest.fixture
def stored(tmp_path: Path) -> dict[str, str]:
    """Determinations of one case that asks for twelve visits, and for six; another case beside them."""
    case = json.loads(CASE.read_text("utf-8"))
    case["requests"][0]["visitCount"] = 6
    (tmp_path / "six-case.json").write_text(json.dumps(case), "utf-8")
    paths = {"twelve": CASE, "six": tmp_path / "six-case.json", "other": VARIANTS / "gym-membership.json"}
    for name, path in paths.items():
        (tmp_path / f"{name}.json").write_text(to_json(determined(path)[0]), "utf-8")
    return {name: str(tmp_path / f"{name}.json") for name in paths}


def test_between_determinations(stored: dict[str, str]) -> None:
    result = mtus("diff", stored["twelve"], stored["six"])
    assert result.exit_code == 1
    assert result.stdout.splitlines()[0] == "imr-2015: twelve.json → six.json"
    assert "changed: MAS-3.visits, contradicted → " in result.stdout
    (told,) = as_json(stored["twelve"], stored["six"])
    assert {local_name(change["criterion"]) for change in told["criteria"]} >= {"MAS-3.visits"}
    assert told["differs"] is True
    assert [change["place"] for change in told["receipt"]] == ["case digest", "determination"]
    assert mtus("diff", stored["six"], stored["six"]).exit_code == 0


def test_determinations_of_two_cases_are_not_compared(stored: dict[str, str]) -> None:
    result = mtus("diff", stored["twelve"], stored["other"])
    assert result.exit_code == 2
    assert "different-cases at other.json" in result.stderr


# Versions of the knowledge


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Two copies of the knowledge."""
    for name in ("old", "new"):
        for part in ("ontology", "shapes"):
            shutil.copytree(ROOT / part, tmp_path / name / part, ignore=shutil.ignore_patterns("cases", "*.py", "__pycache__"))
    return tmp_path / "old", tmp_path / "new"


def edit(folder: Path, pattern: str, old: str, new: str) -> None:
    """Replace a text that stands in exactly one file of ``folder``."""
    (path,) = [path for path in sorted(folder.rglob(pattern)) if old in path.read_text("utf-8")]
    text = path.read_text("utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), "utf-8")


def test_a_limit_that_was_raised_shows_in_the_cases_that_it_decides(folders: tuple[Path, Path]) -> None:
    old, new = folders
    edit(new / SECTION, "*.ttl", "mtus:maxVisitsInAll 6", "mtus:maxVisitsInAll 12")
    result = mtus("diff", str(old), str(new), "--case", str(CASE), "--case", str(VARIANTS / "massage-6-with-exercise.json"))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"case.json: {old} → {new}"
    assert "    - changed: MAS-3.visits, contradicted → met (Chronic Pain 2009, Massage therapy, p. 60)" in lines
    assert "No answer and no criterion differs in 1 of 2 cases (massage-6-with-exercise.json)." in lines


def test_a_criterion_that_was_added_and_one_that_was_removed(folders: tuple[Path, Path]) -> None:
    old, new = folders
    edit(new / SECTION, "*.ttl", "cp:MAS-3.received a mtus:Criterion", "cp:MAS-3.stated a mtus:Criterion")
    (told,) = as_json(str(old), str(new), "--case", str(CASE))
    changes = {(local_name(change["criterion"]), change["change"], change["before"], change["after"]) for change in told["criteria"]}
    assert changes == {("MAS-3.received", "removed", "undocumented", ""), ("MAS-3.stated", "added", "", "undocumented")}
    assert told["answers"] == []


def test_the_examples_where_no_case_is_named(folders: tuple[Path, Path]) -> None:
    result = mtus("diff", *map(str, folders))
    assert result.exit_code == 0
    count = len([*ROOT.glob("examples/*/case.json"), *ROOT.glob("examples/*/variants/*.json")]) - 1
    assert result.stdout == f"No answer and no criterion differs in {count} of {count} cases.\n1 of them is refused by both.\n"


def test_a_case_that_only_one_version_understands(folders: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = folders
    edit(old / "ontology", "usage.ttl", "mtus:visitCount mtus:usedOn mtus:TreatmentRequest .\n", "")
    result = mtus("diff", str(old), str(new), "--case", str(CASE))
    assert result.exit_code == 1
    assert f" - refused by {old}: " in result.stdout
    (told,) = as_json(str(old), str(new), "--case", str(CASE))
    assert set(told["refused"]) == {"before"}


def test_knowledge_that_is_wrong_is_our_fault_and_a_folder_without_any_is_not(folders: tuple[Path, Path], tmp_path: Path) -> None:
    old, new = folders
    missing = mtus("diff", str(old), str(tmp_path))
    assert missing.exit_code == 2
    assert "no-knowledge-folder" in missing.stderr
    (new / "shapes" / "broken.ttl").write_text("a b", "utf-8")
    assert mtus("diff", str(old), str(new)).exit_code == 3


@pytest.mark.parametrize(
    "arguments",
    [
        [str(CASE)],
        [str(CASE), "--edition", "2009"],
        [str(CASE), "--edition", "2009", "--edition", "2016", "--edition", "2017"],
        [str(CASE), str(CASE), "--edition", "2009", "--edition", "2016"],
        [str(CASE), str(CASE), "--case", str(CASE)],
    ],
)
def test_wrong_use(arguments: list[str]) -> None:
    result = mtus("diff", *arguments)
    assert result.exit_code == 2
    assert "diff-options" in result.stderr
    assert "mtus diff --help" in result.stderr

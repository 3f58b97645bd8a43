"""Overrides as data: the stored query over a small set of determinations and reviews, with the table that is expected."""

import csv
import io
import json
from pathlib import Path

import pytest
from conftest import IMR_2015, VARIANTS
from reviews import NURSE, OVERTURNED, made
from stored_files import determined
from typer.testing import CliRunner

from mtus.reasoner import cli
from mtus.reasoner.errors import ReviewError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.overrides import override_query, override_rows, store_of_files
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_rdf import to_turtle
from mtus.reasoner.render_review import review_to_json, review_to_turtle
from mtus.reasoner.review_form import FormOverride, FormRequest
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.stored import read_stored_file

GYM = VARIANTS / "gym-membership.json"
# A criterion that did not apply: it counts where it was overridden, and nowhere else.
POSTOPERATIVE = FormOverride("TEN-9.postoperative", "", "met", "It is pain after an operation.", ("operative report, 1 March 2014",))


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> dict[str, Path]:
    """Three determinations and five reviews of them, in several formats; the reviewers are invented."""
    folder = tmp_path_factory.mktemp("stored")
    case, gym = determined(IMR_2015 / "case.json")[0], determined(GYM)[0]
    (folder / "skeleton-case.json").write_text(skeleton_case(), "utf-8")
    skeleton = determined(folder / "skeleton-case.json")[0]
    texts = {
        "case.json": to_json(case),
        "gym.ttl": to_turtle(gym),
        "skeleton.json": to_json(skeleton),
        "agreed.json": review_to_json(made(case), knowledge),
        "overturned.ttl": review_to_turtle(made(case, requests=OVERTURNED), knowledge),
        "postoperative.json": review_to_json(made(case, requests=(FormRequest("1", "upheld", "", (POSTOPERATIVE,)),)), knowledge),
        "gym-agreed.json": review_to_json(made(gym), knowledge),
        "nurse.json": review_to_json(made(skeleton, NURSE), knowledge),
    }
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8")
    return {name: folder / name for name in texts}


def rows(files: dict[str, Path], knowledge: Knowledge) -> list[dict[str, str]]:
    return override_rows(store_of_files([read_stored_file(path, knowledge) for path in files.values()], knowledge))


EXPECTED = """criterion,provision,page,reviewed,overridden,rate
TEN-9.postoperative,TEN-9,114-117,1,1,1
ESI-1b.corroboration,ESI-1b,46,4,1,0.25
ESI-8b.number,ESI-8b,46,4,1,0.25
"""


def test_the_table(files: dict[str, Path], knowledge: Knowledge) -> None:
    """Three reviews of the case of 2015 and one of a variant look at the injection; one of them overrides two of its criteria."""
    found = rows(files, knowledge)
    overridden = [row for row in found if row["overridden"] != "0"]
    assert overridden == list(csv.DictReader(io.StringIO(EXPECTED)))
    rates = [float(row["rate"]) for row in found]
    assert rates == sorted(rates, reverse=True)
    # every request of the four reviews is in the chronic phase or not: massage, injection and sedation each time, and the gym once
    assert next(row for row in found if row["criterion"] == "G-10.scope")["reviewed"] == "13"
    assert next(row for row in found if row["criterion"] == "MAS-3.visits")["reviewed"] == "4"


def test_the_order_of_files_and_their_repetition_change_nothing(files: dict[str, Path], knowledge: Knowledge) -> None:
    turned = [read_stored_file(path, knowledge) for path in [*reversed(files.values()), *files.values()]]
    assert override_rows(store_of_files(turned, knowledge)) == rows(files, knowledge)


def test_a_review_without_its_determination_is_told(files: dict[str, Path], knowledge: Knowledge) -> None:
    alone = [read_stored_file(files[name], knowledge) for name in ("case.json", "gym-agreed.json")]
    with pytest.raises(ReviewError, match=r"review-without-determination at gym-agreed\.json.*in none of the files"):
        store_of_files(alone, knowledge)


def mtus(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, arguments, catch_exceptions=False)
    return result.exit_code, result.stdout, result.stderr


def test_the_command(files: dict[str, Path], knowledge: Knowledge) -> None:
    paths = list(map(str, files.values()))
    expected = rows(files, knowledge)
    assert json.loads(mtus("overrides", *paths, "-f", "json")[1]) == expected
    code, out, _ = mtus("overrides", *paths, "-f", "csv")
    assert code == 0
    assert out.startswith(EXPECTED)
    assert list(csv.DictReader(io.StringIO(out))) == expected
    text = mtus("overrides", *paths)[1]
    assert "ESI-1b.corroboration" in text
    assert f"Denominator: {override_query().denominator}" in text


def test_without_reviews_the_table_is_empty(files: dict[str, Path]) -> None:
    assert mtus("overrides", str(files["case.json"]), "--format", "csv")[1] == EXPECTED.splitlines()[0] + "\n"
    assert mtus("overrides", str(files["case.json"]), "--format", "json")[1] == "[]\n"

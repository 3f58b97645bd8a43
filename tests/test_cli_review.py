"""``mtus review``, ``mtus letter`` and ``mtus new review``: files in, files out, exit codes, and what is told."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import IMR_2015
from reviews import fill_upheld, made
from stored_files import SUFFIXES, determined, written
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import to_json
from mtus.reasoner.render_review import review_to_json
from mtus.reasoner.render_signed import to_signed_letter
from mtus.reasoner.review_schema import review_schema
from mtus.reasoner.trace import Determination

CASE = str(IMR_2015 / "case.json")
SIGNED = ("--name", "R-17", "--role", "independent-medical-reviewer", "--licence-state", "CA", "--licence-state", "TX",
          "--specialty", "Pain Medicine", "--at", "2015-10-02")  # fmt: skip


def mtus(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli.app, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, knowledge: Knowledge) -> Path:
    """The determination of the case of 2015 in every format, and a review that agrees with it."""
    found = tmp_path_factory.mktemp("stored")
    determination, assessed = determined(Path(CASE))
    for suffix in SUFFIXES:
        (found / f"stored.{suffix}").write_text(written(determination, assessed, suffix), "utf-8")
    (found / "review.json").write_text(review_to_json(made(determination), knowledge), "utf-8")
    return found


# mtus review


def test_agree(folder: Path, imr_2015: Determination, knowledge: Knowledge) -> None:
    result = mtus("review", str(folder / "stored.json"), "--agree", *SIGNED)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == review_to_json(made(imr_2015), knowledge)
    piped = mtus("review", "-", "--agree", *SIGNED, stdin=(folder / "stored.ttl").read_bytes())
    assert piped.stdout == result.stdout


def test_override_and_decide(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "review.ttl"
    result = mtus(
        "review", str(folder / "stored.trig"), *SIGNED, "--format", "turtle", "--output", str(target), "--decide", "2=overturned",
        "--override", "2/ESI-1b.corroboration=met: The MRI shows it.", "--evidence", "2/ESI-1b.corroboration: MRI report, 1 September 2015",
        "--override", "2/ESI-8b.number=met: There was none.", "--evidence", "2/ESI-8b.number: letter of the office, 3 September 2015",
        "--override", "3/derivative: The injection is found necessary.", "--decide", "3=overturned",
    )  # fmt: skip
    assert (result.exit_code, result.stdout) == (0, "")
    letter = mtus("letter", str(folder / "stored.json"), "--review", str(target))
    assert letter.exit_code == 0
    assert "Determined: overturned" in letter.stdout


def test_from_a_form(folder: Path, tmp_path: Path, imr_2015: Determination, knowledge: Knowledge) -> None:
    form = json.loads(mtus("new", "review", str(folder / "stored.ttl")).stdout)
    fill_upheld(form)
    (tmp_path / "form.json").write_text(json.dumps(form), "utf-8")
    result = mtus("review", str(folder / "stored.json"), "--from", str(tmp_path / "form.json"))
    assert result.stdout == review_to_json(made(imr_2015), knowledge)
    both = mtus("review", str(folder / "stored.json"), "--from", str(tmp_path / "form.json"), "--agree")
    assert both.exit_code == 2
    assert "review-options at --from" in both.stderr


def test_the_form_can_be_written_to_a_file(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "form.json"
    assert mtus("new", "review", str(folder / "stored.json"), "-o", str(target)).stdout == ""
    assert json.loads(target.read_text("utf-8"))["requests"][0]["decision"] == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ([*SIGNED], "A review agrees, or overrides something."),
        (["--agree", "--override", "2/x=met: y", *SIGNED], "It cannot do both."),
        (["--agree"], "A review without a name or an identifier is nobody's."),
        (["--agree", *SIGNED[:-1], "today"], "“today” is no day"),
        (["--override", "2/ESI-1b.corroboration=met", *SIGNED], "REQUEST/CRITERION=STATUS: REASON"),
    ],
)
def test_reviews_that_are_refused(options: list[str], words: str, folder: Path) -> None:
    result = mtus("review", str(folder / "stored.json"), *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert words in result.stderr


def test_an_altered_determination_is_not_signed(folder: Path, tmp_path: Path) -> None:
    text = (folder / "stored.json").read_text("utf-8").replace('"answer":"not-supported"', '"answer":"supported"', 1)
    (tmp_path / "altered.json").write_text(text, "utf-8")
    for arguments in (["review", str(tmp_path / "altered.json"), "--agree", *SIGNED], ["letter", str(tmp_path / "altered.json")]):
        result = mtus(*arguments)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "determination-altered at altered.json" in result.stderr


def test_what_cannot_be_computed_again_is_said(tmp_path: Path, imr_2015: Determination, knowledge: Knowledge) -> None:
    old = replace(imr_2015, receipt=replace(imr_2015.receipt, knowledge_digest="0" * 64))
    (tmp_path / "old.json").write_text(to_json(old), "utf-8")
    result = mtus("review", str(tmp_path / "old.json"), "--agree", *SIGNED)
    assert result.exit_code == 0
    assert "old.json was made with other knowledge or another release" in result.stderr
    assert result.stdout == review_to_json(made(old), knowledge)


# mtus letter


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_letter_of_a_stored_determination_is_that_of_determine(suffix: str, folder: Path) -> None:
    result = mtus("letter", str(folder / f"stored.{suffix}"))
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == mtus("determine", CASE).stdout


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_signed_letter(suffix: str, folder: Path, imr_2015: Determination, knowledge: Knowledge) -> None:
    result = mtus("letter", str(folder / f"stored.{suffix}"), "--review", str(folder / "review.json"))
    assert result.exit_code == 0
    assert result.stdout == to_signed_letter(imr_2015, made(imr_2015), knowledge)


def test_a_letter_into_a_file(folder: Path, tmp_path: Path) -> None:
    for options in ([], ["--review", str(folder / "review.json")]):
        shown = mtus("letter", str(folder / "stored.json"), *options)
        assert mtus("letter", str(folder / "stored.json"), *options, "-o", str(tmp_path / "letter.txt")).stdout == ""
        assert (tmp_path / "letter.txt").read_text("utf-8") == shown.stdout


def test_a_review_of_something_else(folder: Path, tmp_path: Path) -> None:
    other = determined(IMR_2015 / "variants" / "gym-membership.json")[0]
    (tmp_path / "other.json").write_text(to_json(other), "utf-8")
    result = mtus("letter", str(tmp_path / "other.json"), "--review", str(folder / "review.json"))
    assert result.exit_code == 2
    assert "review-of-another at review.json" in result.stderr
    text = (folder / "stored.json").read_text("utf-8").replace('"answer":"not-supported"', '"answer":"supported"', 1)
    (tmp_path / "altered.json").write_text(text, "utf-8")
    result = mtus("letter", str(tmp_path / "altered.json"), "--review", str(folder / "review.json"))
    assert (result.exit_code, result.stdout) == (2, "")
    assert "review-digest at review.json" in result.stderr
    swapped = mtus("letter", str(folder / "review.json"), "--review", str(folder / "stored.json"))
    assert swapped.exit_code == 2
    assert "one-determination at review.json: " in swapped.stderr.replace("\n  ", ": ")


def test_the_schema_of_the_form(knowledge: Knowledge) -> None:
    assert json.loads(mtus("schema", "--review").stdout) == review_schema(knowledge)


@pytest.mark.parametrize("command", ["review", "letter", "replay", "overrides"])
def test_no_such_file(command: str, tmp_path: Path) -> None:
    options = ["--agree", *SIGNED] if command == "review" else []
    result = mtus(command, str(tmp_path / "none.json"), *options)
    assert result.exit_code == 2
    assert "no-file at" in result.stderr
    assert "→" in result.stderr

"""``mtus replay``: the same comes out again, and what was changed by hand is noticed and told by criterion."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import IMR_2015, VARIANTS
from stored_files import SUFFIXES, determined, read, written
from typer.testing import CliRunner, Result

from mtus.reasoner import cli
from mtus.reasoner.errors import CaseError, StoredError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import to_json
from mtus.reasoner.replay import refuse_altered, replay
from mtus.reasoner.trace import Determination

CASE = IMR_2015 / "case.json"


def mtus(*arguments: str, stdin: bytes = b"") -> Result:
    return CliRunner().invoke(cli.app, arguments, input=stdin, catch_exceptions=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The determination of the case of 2015 in every format, each called ``stored``."""
    found = tmp_path_factory.mktemp("stored")
    determination, assessed = determined(CASE)
    for suffix in SUFFIXES:
        (found / f"stored.{suffix}").write_text(written(determination, assessed, suffix), "utf-8")
    (found / "bare.json").write_text(to_json(replace(determination, stated_facts="")), "utf-8")
    return found


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_identical(suffix: str, folder: Path) -> None:
    result = mtus("replay", str(folder / f"stored.{suffix}"))
    assert (result.exit_code, result.stdout) == (0, f"identical: stored.{suffix} is what the reasoner determines.\n")
    told = json.loads(mtus("replay", str(folder / f"stored.{suffix}"), "-f", "json").stdout)
    assert told["identical"] is True
    assert told["answers"] == told["criteria"] == told["receipt"] == told["others"] == []


def test_standard_input(folder: Path) -> None:
    result = mtus("replay", "-", stdin=(folder / "stored.json").read_bytes())
    assert (result.exit_code, result.stdout) == (0, "identical: standard input is what the reasoner determines.\n")


def changed(folder: Path, suffix: str, old: str, new: str, tmp_path: Path) -> Path:
    text = (folder / f"stored.{suffix}").read_text("utf-8")
    assert old in text
    path = tmp_path / f"changed.{suffix}"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        ("json", '"answer":"not-supported"', '"answer":"supported"'),
        ("jsonld", '"answer":"not-supported"', '"answer":"supported"'),
        ("ttl", "mtus:hasAnswer answer:not-supported", "mtus:hasAnswer answer:supported"),
        ("trig", "mtus:hasAnswer answer:not-supported", "mtus:hasAnswer answer:supported"),
    ],
)
def test_an_answer_changed_by_hand(suffix: str, old: str, new: str, folder: Path, tmp_path: Path) -> None:
    result = mtus("replay", str(changed(folder, suffix, old, new, tmp_path)))
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert lines[0] == f"different: changed.{suffix} is not what the reasoner determines now (stored → now)."
    assert any(line.endswith(": supported → not supported") for line in lines)
    assert "Receipt" not in result.stdout


def test_a_status_changed_by_hand(folder: Path, tmp_path: Path) -> None:
    path = changed(folder, "json", '"status":"contradicted"', '"status":"met"', tmp_path)
    result = mtus("replay", str(path))
    assert result.exit_code == 1
    assert " - Massage therapy, 12 sessions: the answer is the same" in result.stdout
    assert "    - changed: MAS-3.visits, met → contradicted (Chronic Pain 2009, Massage therapy, p. 60)" in result.stdout
    (change,) = json.loads(mtus("replay", str(path), "-f", "json").stdout)["criteria"]
    assert (change["change"], change["before"], change["after"]) == ("changed", "met", "contradicted")
    assert local_name(change["criterion"]) == "MAS-3.visits"


@pytest.mark.parametrize(
    ("suffix", "old", "new"),
    [
        ("json", '/visitCount> \\"12\\"', '/visitCount> \\"4\\"'),
        ("ttl", 'visitCount> \\"12\\"', 'visitCount> \\"4\\"'),
        ("trig", "mtus:visitCount 12", "mtus:visitCount 4"),
    ],
)
def test_a_fact_changed_by_hand(suffix: str, old: str, new: str, folder: Path, tmp_path: Path) -> None:
    result = mtus("replay", str(changed(folder, suffix, old, new, tmp_path)))
    assert result.exit_code == 1
    assert "changed: MAS-3.visits, contradicted → " in result.stdout
    assert "(the facts are not those that were determined)" in result.stdout
    assert "Elsewhere in the trace" in result.stdout


def test_an_inference_changed_by_hand(folder: Path, tmp_path: Path) -> None:
    path = changed(folder, "trig", "mtus:PassiveModalityRequest", "mtus:PassiveModality", tmp_path)
    result = mtus("replay", str(path))
    assert result.exit_code == 1
    assert "inferences: https://w3id.org/mtus/case/imr-2015/request-massage" in result.stdout


def test_the_receipt_changed_by_hand(folder: Path, imr_2015: Determination, tmp_path: Path) -> None:
    path = changed(folder, "json", f'"knowledgeDigest":"{imr_2015.receipt.knowledge_digest}"', f'"knowledgeDigest":"{"0" * 64}"', tmp_path)
    result = mtus("replay", str(path))
    # the activity names the knowledge too, so the file contradicts itself
    assert result.exit_code == 2
    assert "#/wasGeneratedBy/used/1" in result.stderr
    text = path.read_text("utf-8").replace(imr_2015.receipt.knowledge_digest, "0" * 64)
    path.write_text(text, "utf-8")
    result = mtus("replay", str(path))
    assert result.exit_code == 1
    changed_to = f"{'0' * 64} → {imr_2015.receipt.knowledge_digest} (it was determined with other knowledge)"
    assert f"knowledge digest: {changed_to}" in result.stdout
    assert "→ not supported" not in result.stdout


# Facts


def test_without_facts_the_case_is_asked_for(folder: Path) -> None:
    result = mtus("replay", str(folder / "bare.json"))
    assert result.exit_code == 2
    assert "facts-missing at bare.json" in result.stderr
    assert "--case" in result.stderr
    assert mtus("replay", str(folder / "bare.json"), "--case", str(IMR_2015 / "case.ttl")).exit_code == 0


def test_another_case_is_another_determination(folder: Path) -> None:
    result = mtus("replay", str(folder / "stored.json"), "--case", str(VARIANTS / "massage-6-with-exercise.json"))
    assert result.exit_code == 1
    assert "Massage therapy, 12 sessions: not supported → not there" in result.stdout
    assert "not there → supported" in result.stdout


def test_facts_that_make_no_case(imr_2015: Determination, knowledge: Knowledge) -> None:
    stored = read(to_json(imr_2015))
    with pytest.raises(CaseError, match=r"at stored\.json, facts"):
        replay(replace(stored, facts=stored.facts.replace("visitCount", "visitcount")), knowledge, "stored.json")


def test_altered_files_are_refused_before_they_are_signed(imr_2015: Determination, knowledge: Knowledge) -> None:
    assert refuse_altered(read(to_json(imr_2015)), knowledge, "stored.json") == ""
    altered = read(to_json(imr_2015).replace('"answer":"not-supported"', '"answer":"supported"', 1))
    with pytest.raises(StoredError, match=r"determination-altered at stored\.json.*it was changed"):
        refuse_altered(altered, knowledge, "stored.json")
    bare = read(to_json(replace(imr_2015, stated_facts="")))
    assert "does not hold the facts" in refuse_altered(bare, knowledge, "stored.json")
    old = replace(imr_2015, receipt=replace(imr_2015.receipt, knowledge_digest="0" * 64))
    assert "other knowledge or another release" in refuse_altered(read(to_json(old)), knowledge, "stored.json")

"""Comparison with human decisions: what agrees, what is missed, and files that do not fit."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015
from rich.console import Console

from mtus.reasoner.compare import Comparison, HumanDecision, compare, read_decisions
from mtus.reasoner.errors import CaseError
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.tables import comparison_table
from mtus.reasoner.trace import Determination

FILE = IMR_2015 / "human-decision.json"


def compared(determination: Determination, name: str, **changes: Any) -> Comparison:
    """Compare one request with the human decision after ``changes`` to it."""
    decision = replace(read_decisions(FILE)[name], **changes)
    (found,) = compare(determination, {name: decision})
    return found


def test_the_decisions_of_2015(imr_2015: Determination) -> None:
    found = {local_name(c.request): c for c in compare(imr_2015, read_decisions(FILE))}
    assert [c.agrees for c in found.values()] == [True, True, True]
    assert found["request-massage"].pages == ("60", "98")
    assert found["request-massage"].reason_kinds == ("contradicted", "undocumented")
    assert found["request-massage"].unnamed == ("PM-1",)
    # the sedation falls by the page of the injection
    assert found["request-sedation"].pages == ("46",)
    assert found["request-sedation"].reason_kinds == ("derivative",)


@pytest.mark.parametrize(
    "changes",
    [
        {"disposition": "overturned"},
        {"reason_kind": "undocumented"},
        {"reason_kind": "derivative"},
        {"pages": ("60", "99")},
        {"relied_on": ("MAS-2", "MAS-9")},
    ],
)
def test_each_difference_is_a_disagreement(changes: dict[str, Any], imr_2015: Determination) -> None:
    assert compared(imr_2015, "request-massage").agrees
    assert not compared(imr_2015, "request-massage", **changes).agrees


def test_what_the_human_relied_on_and_we_did_not_find_is_missed(imr_2015: Determination) -> None:
    found = compared(imr_2015, "request-injection", relied_on=("ESI-1b", "ESI-12"))
    assert (found.found, found.missed) == (("ESI-1b",), ("ESI-12",))


def test_fewer_pages_than_ours_agree(imr_2015: Determination) -> None:
    assert compared(imr_2015, "request-massage", pages=("60",)).agrees


def test_another_outcome_does_not_agree(variant: Callable[[str], Determination]) -> None:
    found = compare(variant("all-documented"), read_decisions(FILE))
    assert [c.agrees for c in found] == [True, False, False]
    assert [c.disposition for c in found] == ["upheld", "overturned", "open"]


def test_a_decision_about_another_case_is_refused(variant: Callable[[str], Determination], imr_2015: Determination) -> None:
    with pytest.raises(CaseError, match="request-injection, request-sedation"):
        compare(variant("massage-6-with-exercise"), read_decisions(FILE))
    with pytest.raises(CaseError, match="no decision"):
        compare(imr_2015, {})


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("{", "not valid JSON"),
        ("{}", "'requests'"),
        ('{"requests": []}', "form of human decisions"),
        ('{"requests": {"a": 1}}', "form of human decisions"),
        ('{"requests": {"a": {"disposition": "upheld"}}}', "'reasonKind'"),
        (
            '{"requests": {"a": {"disposition": "upheld", "reasonKind": "derivative", "pages": "46", "reliedOn": []}}}',
            "form of human decisions",
        ),
        ("[]", "form of human decisions"),
        ('{"requests": {"a": "upheld"}}', "form of human decisions"),
        ('{"requests": {}, "case": 1}', "form of human decisions"),
        ('{"requests": {}, "knownInPart": "yes"}', "form of human decisions"),
        ('{"requests": {}, "requests": {}}', "stands twice"),
        ('{"requests": {}, "setAside": "it was"}', "Nothing reads the key 'setAside'"),
        (
            '{"requests": {"a": {"disposition": "upheld", "reasonKind": "", "pages": [], "reliedOn": [], "setaside": "it was"}}}',
            "Nothing reads the key 'setaside'",
        ),
        (
            '{"requests": {"a": {"disposition": "upheld", "reasonKind": "", "pages": [], "reliedOn": [], "setAside": true}}}',
            "form of human",
        ),
    ],
)
def test_files_that_hold_no_decisions(content: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    path.write_text(content, "utf-8")
    with pytest.raises(CaseError) as caught:
        read_decisions(path)
    (problem,) = caught.value.problems
    assert problem.code == "decision-file"
    assert why in problem.why
    assert problem.where.startswith(str(path))


def test_bytes_that_are_not_text(tmp_path: Path) -> None:
    path = tmp_path / "decision.json"
    path.write_bytes(b"\xff\xfe{}")
    with pytest.raises(CaseError, match="not valid JSON"):
        read_decisions(path)


def test_the_decisions_stand_apart_from_the_facts() -> None:
    document = json.loads(FILE.read_text("utf-8"))
    assert document["case"] == "https://w3id.org/mtus/case/imr-2015"
    assert set(read_decisions(FILE)) == {"request-massage", "request-injection", "request-sedation"}
    assert "human-decision" not in (IMR_2015 / "case.json").read_text("utf-8")


def test_the_table_shows_both_sides(imr_2015: Determination) -> None:
    decision = HumanDecision("overturned", "undocumented", ("61",), ("MAS-9",))
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(comparison_table(compare(imr_2015, {"request-massage": decision})))
    text = console.export_text()
    for words in ("overturned / upheld", "undocumented / contradicted, undocumented", "61 / 60, 98", "missed: MAS-9", "PM-1", " no "):
        assert words in text

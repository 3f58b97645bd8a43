"""The drawing of the reasoning: all that the trace holds and nothing else, no boxes on each other, nothing that could run."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from conftest import ROOT, determine_file

from mtus.api.reasoning_graph import reasoning_graph
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.pipeline import determine
from mtus.reasoner.trace import Determination

SVG = "{http://www.w3.org/2000/svg}"
# That one is refused.
NO_CASES = ("human-decision.json", "dependency-cyclic.json")
CASES = [path for path in sorted((ROOT / "examples" / "imr-2015").rglob("*.json")) if path.name not in NO_CASES]


def drawn(determination: Determination, number: int, knowledge: Knowledge) -> ElementTree.Element:
    text = reasoning_graph(number, determination.requests[number - 1], determination, knowledge)
    return ElementTree.fromstring(text)


def words(element: ElementTree.Element) -> str:
    return " ".join("".join(t.itertext()) for t in element.iter(f"{SVG}text"))


def boxes(element: ElementTree.Element) -> list[tuple[float, float, float, float]]:
    found = [r for r in element.iter(f"{SVG}rect") if r.get("rx")]
    return [tuple(float(r.get(name, "0")) for name in ("x", "y", "width", "height")) for r in found]  # type: ignore[misc]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_no_box_lies_on_another_or_beyond_the_edge(path: Path, knowledge: Knowledge) -> None:
    determination = determine_file(path)
    for number in range(1, len(determination.requests) + 1):
        element = drawn(determination, number, knowledge)
        width, height = (float(element.get(name, "0")) for name in ("width", "height"))
        found = boxes(element)
        assert all(x >= 0 and y >= 0 and x + w <= width and y + h <= height for x, y, w, h in found)
        for i, (x, y, w, h) in enumerate(found):
            for x2, y2, w2, h2 in found[i + 1 :]:
                assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y, (path, number, (x, y), (x2, y2))


def test_it_shows_criteria_facts_and_what_is_not_on_file(imr_2015: Determination, knowledge: Knowledge) -> None:
    said = words(drawn(imr_2015, 1, knowledge))
    for expected in ("not supported", "MAS-3, p. 60", "PM-2, p. 98", "contradicted", "visits requested: 12", "not on file",
                     "progress note, 18 August 2015", "replacement TENS unit: sought"):  # fmt: skip
        assert expected in said


def test_a_derivative_request_has_an_edge_to_its_primary(imr_2015: Determination, knowledge: Knowledge) -> None:
    element = drawn(imr_2015, 3, knowledge)
    assert "accompanies (G-13)" in words(element)
    assert "#request-2" in [a.get("href") for a in element.iter(f"{SVG}a")]
    (told,) = element.iter(f"{SVG}desc")
    assert "It accompanies: Lumbar epidural steroid injection" in str(told.text)


def test_boxes_lead_to_provisions_criteria_and_documents(imr_2015: Determination, knowledge: Knowledge) -> None:
    links = [str(a.get("href")) for a in drawn(imr_2015, 1, knowledge).iter(f"{SVG}a")]
    assert "/guideline/chronic-pain-2009/MAS-3.html" in links
    assert "/guideline/chronic-pain-2009/MAS-3.visits.html" in links
    assert "#document-note" in links


def test_a_fact_that_two_criteria_read_is_drawn_once(imr_2015: Determination, knowledge: Knowledge) -> None:
    said = words(drawn(imr_2015, 2, knowledge))
    assert said.count("The request does not name the approach.") == 1


def test_hostile_words_stay_words(imr_2015: Determination, knowledge: Knowledge) -> None:
    content = (
        (ROOT / "examples" / "imr-2015" / "case.json").read_text().replace("Massage therapy, 12 sessions", "<script>alert(1)</script>&")
    )
    hostile = determine(content.encode(), knowledge=knowledge)
    text = reasoning_graph(1, hostile.requests[0], hostile, knowledge)
    assert "<script" not in text
    assert "<script>alert(1)</script>&" in "".join(ElementTree.fromstring(text).itertext())
    assert not re.search(r"\son\w+=|style=", text)

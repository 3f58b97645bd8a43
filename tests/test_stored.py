"""Stored determinations are read back as they were, from every format, and nothing that was changed passes unnoticed."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import IMR_2015, VARIANTS
from stored_files import ONE_IN, SUFFIXES, case_files, determined, read, topic_of, topics, written

from mtus.reasoner.difference import difference
from mtus.reasoner.errors import CaseError, StoredError
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.render_json import to_dict, to_json
from mtus.reasoner.render_rdf import determination_digest, to_turtle
from mtus.reasoner.replay import replay
from mtus.reasoner.settings import Settings
from mtus.reasoner.skeletons import skeleton_case
from mtus.reasoner.stored import one_determination, one_review, read_stored, read_stored_file
from mtus.reasoner.trace import Determination

CASE = IMR_2015 / "case.json"


@pytest.mark.parametrize("topic", topics())
def test_every_case_is_read_back_from_json_and_computed_again(topic: str, knowledge: Knowledge) -> None:
    paths = [path for path in case_files() if topic_of(path) == topic]
    assert paths
    for path in paths:
        determination, _ = determined(path)
        stored = read(to_json(determination))
        assert stored.determination == determination, path.name
        assert stored.facts == determination.stated_facts
        assert replay(stored, knowledge, path.name).is_identical, path.name


@pytest.mark.parametrize("path", [*case_files()[::ONE_IN], VARIANTS / "two-counts.json", CASE], ids=lambda path: path.stem)
def test_all_formats_say_the_same(path: Path, knowledge: Knowledge) -> None:
    determination, assessed = determined(path)
    digests = set()
    for suffix in SUFFIXES:
        stored = read(written(determination, assessed, suffix), suffix)
        assert stored.determination == determination, suffix
        assert stored.facts == determination.stated_facts, suffix
        assert replay(stored, knowledge, suffix).is_identical, suffix
        digests.add(determination_digest(stored.determination))
    assert len(digests) == 1


def test_the_digest_covers_the_trace_and_through_it_the_facts(imr_2015: Determination) -> None:
    digest = determination_digest(imr_2015)
    assert determination_digest(replace(imr_2015, stated_facts="")) == digest
    assert determination_digest(replace(imr_2015, label="Another label")) != digest
    first, *rest = imr_2015.requests
    assert determination_digest(replace(imr_2015, requests=(*rest, first))) != digest
    assert determination_digest(replace(imr_2015, receipt=replace(imr_2015.receipt, case_digest="0" * 64))) != digest


def test_blank_nodes_of_the_case_are_blank_nodes_again(knowledge: Knowledge) -> None:
    from test_render import _with_blank_nodes

    from mtus.reasoner.pipeline import determine_with_facts

    determination, assessed = determine_with_facts(_with_blank_nodes(), name="blank.ttl", knowledge=knowledge)
    for suffix in SUFFIXES:
        stored = read(written(determination, assessed, suffix), suffix)
        assert stored.determination == determination
        assert "_:c14n0" in stored.facts
        assert replay(stored, knowledge, suffix).is_identical


def test_several_in_one_file(imr_2015: Determination, knowledge: Knowledge) -> None:
    other, _ = determined(VARIANTS / "gym-membership.json")
    for name, text in {
        "all.json": json.dumps([to_dict(imr_2015), to_dict(other)]),
        "all.ttl": to_turtle(imr_2015) + to_turtle(other),
    }.items():
        found = read_stored(text.encode(), name, knowledge)
        assert {s.determination for s in found.determinations} == {imr_2015, other}
        with pytest.raises(StoredError, match=r"one-determination at all.*2 determinations; one is expected"):
            one_determination(found)
        with pytest.raises(StoredError, match=r"one-review at all.*no review"):
            one_review(found)


def test_json_ld_with_another_context_is_read_as_rdf(imr_2015: Determination) -> None:
    from mtus.reasoner.render_json import trace_context

    # JSON-LD from elsewhere has no nulls, which it would drop silently
    trace = json.loads(to_json(imr_2015))
    trace["review"] = {"type": "ReviewSlot"}
    document = {"@context": [trace_context(), {"unused": "https://example.org/unused"}], **trace}
    assert read(json.dumps(document), "jsonld").determination == imr_2015


# What was changed


def leaves(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    for key, value in data.items() if isinstance(data, dict) else enumerate(data):
        if isinstance(value, dict | list):
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


def changed(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value or ''}x"


def holder(data: Any, path: tuple[Any, ...]) -> Any:
    for step in path[:-1]:
        data = data[step]
    return data


def test_no_value_can_be_changed_or_removed_unnoticed(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(skeleton_case(), "utf-8")
    determination, _ = determined(path)
    text = to_json(determination)
    paths = list(leaves(json.loads(text)))
    assert len(paths) > 500
    for number, at in enumerate(paths):
        data = json.loads(text)
        parent, key = holder(data, at), at[-1]
        if number % 2 or isinstance(key, int):
            parent[key] = changed(parent[key])
        else:
            del parent[key]
        try:
            stored = read(json.dumps(data))
        except StoredError:
            continue
        assert difference(stored.determination, determination), at


def test_a_list_cannot_be_turned_round_unnoticed(imr_2015: Determination) -> None:
    data = to_dict(imr_2015)
    data["requests"].reverse()
    with pytest.raises(StoredError, match=r"determination-shape at stored\.json#/requests/0/position"):
        read(json.dumps(data))


@pytest.mark.parametrize(
    ("change", "place", "words"),
    [
        (lambda d: d.update(surprise=1), "#/surprise", "'surprise' is no key that is known here"),
        (lambda d: d.update(label=7), "#/label", "A text is expected here"),
        (lambda d: d.update(isSynthetic="no"), "#/isSynthetic", "true or false is expected here"),
        (lambda d: d["requests"][0].update(reasons={}), "#/requests/0/reasons", "A list is expected here"),
        (lambda d: d["requests"][0].pop("answer"), "#/requests/0/answer", "The value is missing"),
        (lambda d: d["requests"].append("x"), "#/requests/3", "An object is expected here"),
        (lambda d: d["receipt"].update(engines=[{"label": "x"}]), "#/receipt/engines/0", "A label and a value are expected here"),
        (lambda d: d["wasGeneratedBy"]["wasAssociatedWith"].update(label="x"), "#/wasGeneratedBy/wasAssociatedWith/label", "not what the"),
        (lambda d: d.pop("receipt"), "#/receipt", "An object is expected here"),
    ],
)
def test_what_is_not_as_it_was_written_is_told_with_its_place(change: Any, place: str, words: str, imr_2015: Determination) -> None:
    data = json.loads(to_json(imr_2015))
    change(data)
    with pytest.raises(StoredError) as error:
        read(json.dumps(data))
    (problem,) = error.value.problems
    assert problem.code == "determination-shape"
    assert problem.where == f"stored.json{place}"
    assert words in problem.why
    assert "mtus replay" in problem.remedy


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("mtus:isSynthetic", "mtus:isSynthetic", ""),
        ('mtus:conclusion "', 'mtus:nextStep "invented" ; mtus:conclusion "', "It states what no determination states"),
        ("mtus:relation ", "mtus:relations ", "It states what no determination states"),
        ("mtus:hasAnswer answer:not-supported", "mtus:hasAnswer answer:not-supported , answer:supported", "2 values where one is expected"),
    ],
)
def test_a_statement_too_many_in_rdf_is_told(old: str, new: str, words: str, imr_2015: Determination) -> None:
    text = to_turtle(imr_2015)
    if not words:
        assert read(text, "ttl").determination == imr_2015
        return
    assert old in text
    with pytest.raises(StoredError) as error:
        read(text.replace(old, new, 1), "ttl")
    assert words in str(error.value)


def test_a_graph_that_belongs_to_nothing_is_told(knowledge: Knowledge) -> None:
    determination, assessed = determined(CASE)
    text = written(determination, assessed, "trig") + "\n<https://example.org/graph> { <https://example.org/a> a <https://example.org/b> }"
    with pytest.raises(StoredError, match=r"The graph https://example.org/graph belongs to no determination"):
        read(text, "trig")


# Files


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("case.json", CASE.read_bytes(), "not-a-determination"),
        ("case.ttl", (IMR_2015 / "case.ttl").read_bytes(), "not-a-determination"),
        ("list.json", b"[1, 2]", "not-a-determination"),
        ("letter.txt", b"RECOMMENDED DETERMINATION\n", "syntax"),
        ("broken.json", b'{"type": [}', "syntax"),
        ("empty.json", b" ", "empty-case"),
        ("latin.json", b'{"label": "\xe4"}', "not-utf-8"),
    ],
)
def test_what_is_no_determination(name: str, content: bytes, code: str, knowledge: Knowledge) -> None:
    with pytest.raises(CaseError) as error:
        read_stored(content, name, knowledge)
    assert error.value.exit_code == 2
    assert error.value.problems[0].code == code
    assert error.value.problems[0].where.startswith(name)


def test_files_that_cannot_be_read(tmp_path: Path, knowledge: Knowledge) -> None:
    with pytest.raises(StoredError, match="no-file at"):
        read_stored_file(tmp_path / "none.json", knowledge)
    with pytest.raises(StoredError, match="no-file at"):
        read_stored_file(tmp_path, knowledge)
    large = tmp_path / "large.json"
    large.write_bytes(b"x" * 101)
    with pytest.raises(StoredError, match=r"stored-too-large at large.json: The file has more than 100 bytes"):
        read_stored_file(large, knowledge, Settings(max_stored_bytes=100))

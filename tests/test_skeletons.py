"""What `mtus new` writes: a case that is valid and supported, and a topic that loads, is cited and is decided."""

import json
import shutil
from pathlib import Path

import pytest

from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.meta import refuse_bad_knowledge
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.skeletons import example_case, skeleton_case, write_topic

EDITION = "chronic-pain-2009"


@pytest.fixture
def checkout(tmp_path: Path, root: Path) -> Path:
    """A copy of the knowledge, without the cases."""
    for name in ("ontology", "shapes"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("cases", "__pycache__"))
    return tmp_path


def files_below(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


# A case


def test_the_skeleton_of_a_case_is_synthetic_and_supported(knowledge: Knowledge) -> None:
    found = determine(skeleton_case().encode(), name="case.json", knowledge=knowledge)
    assert found.is_synthetic
    assert [local_name(request.answer) for request in found.requests] == ["supported"]
    assert local_name(found.overall) == "approve"


def test_the_example_is_the_case_of_2015(root: Path) -> None:
    assert example_case("imr-2015") == (root / "examples" / "imr-2015" / "case.json").read_text("utf-8")


@pytest.mark.parametrize("name", ["", "nothing", "skeletons", "../skeletons", "imr-2015/variants", "/"])
def test_no_such_example(name: str) -> None:
    with pytest.raises(CaseError, match="The examples are: imr-2015"):
        example_case(name)


# A topic


@pytest.fixture
def topic(checkout: Path) -> tuple[Path, list[Path]]:
    return checkout, write_topic("hot-packs", EDITION, checkout)


def test_a_topic_touches_nothing_but_the_list_of_imports(checkout: Path) -> None:
    before = files_below(checkout)
    written = {path.relative_to(checkout).as_posix() for path in write_topic("hot-packs", EDITION, checkout)}
    after = files_below(checkout)
    assert after.keys() - before.keys() == written
    assert {name for name in before if before[name] != after[name]} == {"ontology/mtus.ttl"}
    new = set(after["ontology/mtus.ttl"].decode().splitlines()) - set(before["ontology/mtus.ttl"].decode().splitlines())
    assert new == {"        <https://w3id.org/mtus/ontology/topics/hot-packs> ,"}


def test_nothing_is_left_to_fill_in_by_accident(topic: tuple[Path, list[Path]]) -> None:
    for path in topic[1]:
        text = path.read_text("utf-8")
        assert not any(f"{{{name}}}" in text for name in ("name", "edition", "title", "Class", "CODE")), path


def test_a_topic_loads_and_passes_the_shapes_about_shapes(topic: tuple[Path, list[Path]], knowledge: Knowledge) -> None:
    extended = load_knowledge(topic[0])
    refuse_bad_knowledge(extended)
    new = extended.guidelines.criteria.keys() - knowledge.guidelines.criteria.keys()
    assert {local_name(iri) for iri in new} == {"HPX-1.visits"}
    assert MTUS + "HotPacks" in extended.vocabulary.classes
    section = next(s for iri, s in extended.guidelines.sections.items() if local_name(iri) == "hot-packs")
    assert section.is_encoded


def test_the_cases_of_a_topic_come_out_as_they_expect(topic: tuple[Path, list[Path]]) -> None:
    extended = load_knowledge(topic[0])
    cases = sorted(path for path in topic[1] if path.parent.name == "cases" and path.suffix == ".ttl")
    assert len(cases) == 3
    for path in cases:
        expected = json.loads(path.with_name(path.stem + ".expected.json").read_text("utf-8"))
        (request,) = determine(path.read_bytes(), name=path.name, knowledge=extended).requests
        statuses = {local_name(a.criterion): local_name(a.status) for a in request.criteria}
        assert statuses[expected["criterion"]] == expected["status"] == path.stem.rsplit("__", 1)[1]
        assert local_name(request.answer) == expected["answer"]
        assert sorted({local_name(reason.kind) for reason in request.reasons}) == expected["reasons"]
        assert (request.suggestion.supported if request.suggestion else None) == expected.get("suggested")


def test_two_topics_with_the_same_initials_keep_apart(checkout: Path) -> None:
    for name in ("hot-packs", "heat-probes"):
        write_topic(name, EDITION, checkout)
    criteria = {local_name(iri) for iri in load_knowledge(checkout).guidelines.criteria}
    assert {"HPX-1.visits", "HPXX-1.visits"} <= criteria


@pytest.mark.parametrize(
    ("name", "edition", "code"),
    [
        ("Hot Packs", EDITION, "topic-name"),
        ("../hot-packs", EDITION, "topic-name"),
        ("", EDITION, "topic-name"),
        ("hot-packs", "../shapes", "topic-name"),
        ("hot-packs", "chronic-pain-1999", "not-a-checkout"),
        ("massage-therapy", EDITION, "topic-exists"),
        ("acupuncture", EDITION, "topic-exists"),
        ("t-e-n-s", EDITION, "topic-exists"),
    ],
)
def test_nothing_is_written_where_something_is_wrong(name: str, edition: str, code: str, checkout: Path) -> None:
    before = files_below(checkout)
    with pytest.raises(CaseError) as caught:
        write_topic(name, edition, checkout)
    assert [problem.code for problem in caught.value.problems] == [code]
    assert files_below(checkout) == before


def test_a_topic_is_written_once(topic: tuple[Path, list[Path]]) -> None:
    before = files_below(topic[0])
    with pytest.raises(CaseError, match="topic-exists"):
        write_topic("hot-packs", EDITION, topic[0])
    assert files_below(topic[0]) == before


def test_a_folder_that_is_no_checkout(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="not-a-checkout"):
        write_topic("hot-packs", EDITION, tmp_path)
    assert list(tmp_path.iterdir()) == []

"""What would change an answer: the sets for the case of 2015 and its variants, and that every set is minimal and enough."""

import subprocess
from itertools import combinations
from pathlib import Path

import pytest
from conftest import IMR_2015, ROOT, VARIANTS
from minimal_sets import by_answer_sets, by_brute_force, case_files, compare, decide_with, questions

from mtus.reasoner.changes import ADD, REDUCE, Change, covers, goes_further
from mtus.reasoner.changing import what_would_change
from mtus.reasoner.determine import Answer
from mtus.reasoner.errors import CaseError
from mtus.reasoner.knowledge import Knowledge, load_knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import BASE, MTUS, local_name
from mtus.reasoner.remedies import RequestChanges, WhatIf, fewest_documents
from mtus.reasoner.render_whatif import to_text
from mtus.reasoner.settings import Settings
from mtus.reasoner.skeletons import write_topic

# Small enough for a test of every subset; the full run is `python tests/minimal_sets.py`.
SAMPLE = [path for path in case_files(1) if path.name.endswith(("__undocumented.ttl", "__contradicted.ttl"))][::40]


def changes_of(path: Path, knowledge: Knowledge) -> WhatIf:
    return what_would_change(path.read_bytes(), name=path.name, knowledge=knowledge)


def request_of(found: WhatIf, name: str) -> RequestChanges:
    return next(r for r in found.requests if local_name(r.request) == name)


def told(request: RequestChanges) -> list[set[str]]:
    return [{change.label for change in one.changes} for one in request.sets]


@pytest.fixture(scope="module")
def imr(knowledge: Knowledge) -> WhatIf:
    return changes_of(IMR_2015 / "case.json", knowledge)


# The case of 2015

INJECTION = {
    "sign of radiculopathy on examination: documented present",
    "corroboration of radiculopathy by a study: L4-L5",
    "failure of conservative care: documented present",
}
COUNT = "number of earlier treatments of this kind: count: "
REPEATED = {
    COUNT + "1",
    "comparison of pain",
    "response to earlier treatment: medication reduced, relief in percent: at least 50, weeks of relief: at least 6",
    "comparison of dependency on treatment",
}
SECOND_FOR_DIAGNOSIS = {COUNT + "1", "purpose: diagnostic"}


def test_the_injection_of_2015(imr: WhatIf) -> None:
    request = request_of(imr, "request-injection")
    strong = "response to earlier treatment: medication reduced, relief in percent: at least 50, weeks of relief: at least 6"
    weak = "response to earlier treatment: relief in percent: at least 50"
    expected = [
        INJECTION | {COUNT + "0"},
        INJECTION | REPEATED | {"comparison of activities of daily living"},
        INJECTION | REPEATED | {"comparison of work restrictions"},
        INJECTION | SECOND_FOR_DIAGNOSIS | {strong},
        INJECTION | SECOND_FOR_DIAGNOSIS | {weak, "response to earlier treatment: weeks of relief: at least 1"},
        INJECTION | SECOND_FOR_DIAGNOSIS | {weak, "course of epidural steroid injection: end date: such as 13 August 2015"},
    ]
    assert sorted(map(sorted, told(request))) == sorted(map(sorted, expected))
    assert told(request)[0] == expected[0], "the least effort comes first"
    assert (request.sets[0].fewest_documents, request.sets[0].findings, request.sets[0].reductions) == (
        ("MRI report", "progress report"), 4, 0,
    )  # fmt: skip
    assert {change.kind for one in request.sets for change in one.changes} == {f"{BASE}change/{ADD}"}


def test_each_change_says_what_it_is_for(imr: WhatIf) -> None:
    first = request_of(imr, "request-injection").sets[0]
    count = next(change for change in first.changes if change.label == COUNT + "0")
    settled = {purpose.requirement: purpose.settles_that_not for purpose in count.purposes}
    assert settled["earlier injections and those asked for are no more than two together"] is False
    assert settled["an injection of this kind was given before"] is True
    study = next(change for change in first.changes if change.label.startswith("corroboration"))
    assert [local_name(p.criterion) for p in study.purposes] == ["ESI-1b.corroboration"]
    assert study.purposes[0].cited.endswith("p. 46")
    assert study.usual_documents == ("MRI report", "CT report", "electrodiagnostic report")


def test_the_massage_of_2015(imr: WhatIf) -> None:
    request = request_of(imr, "request-massage")
    shared = {"current course of active therapy", "visits received: 1"}
    fewer = [{"without replacement TENS unit: sought"}, {"without manual therapy and manipulation: ongoing, 24 visits a year"}]
    limit = [
        {"visits requested: 5 instead of 12"},
        {"individual reason to exceed a default limit: documented present"},
        {"comparison of activities of daily living", "comparison of dependency on treatment"},
        {"comparison of work restrictions", "comparison of dependency on treatment"},
    ]
    expected = [shared | one | other for one in fewer for other in limit]
    assert sorted(map(sorted, told(request))) == sorted(map(sorted, expected))
    reduced = [change for change in request.sets[0].changes if local_name(change.kind) == REDUCE]
    assert len(reduced) == request.sets[0].reductions == 2
    assert not any(change.usual_documents for change in reduced)


def test_the_sedation_of_2015_goes_by_its_primary(imr: WhatIf) -> None:
    request = request_of(imr, "request-sedation")
    assert [local_name(iri) for iri in request.accompanies] == ["request-injection"]
    assert (local_name(request.answer_then), request.sets) == ("not-addressed", ())
    assert "no ground to deny" in request.reason_then


# Variants


@pytest.mark.parametrize(
    ("variant", "because"),
    [
        ("mri-negative", "The studies on file do not show compromise of a nerve root at a level that is to be injected."),
        ("earlier-injections-3", "With those given before, more than two epidural steroid injections would have been given."),
        ("earlier-injections-2", "With those given before, more than two epidural steroid injections would have been given."),
    ],
)
def test_what_documents_rule_out_is_never_proposed(variant: str, because: str, knowledge: Knowledge) -> None:
    found = changes_of(VARIANTS / f"{variant}.json", knowledge)
    injection, sedation = request_of(found, "request-injection"), request_of(found, "request-sedation")
    assert injection.sets == sedation.sets == ()
    assert injection.because[0].startswith(because)
    assert "p. 46" in injection.because[0]
    assert "nothing would make that supported" in sedation.because[0]
    assert "No documentation would change this:" in to_text(found, knowledge)


@pytest.mark.parametrize(("variant", "missing"), [
    ("mri-corroborates", INJECTION - {"corroboration of radiculopathy by a study: L4-L5"}),
    ("conservative-care-failed", INJECTION - {"failure of conservative care: documented present"}),
    ("examination-documented", INJECTION - {"sign of radiculopathy on examination: documented present"}),
])  # fmt: skip
def test_what_is_on_file_is_not_asked_for(variant: str, missing: set[str], knowledge: Knowledge) -> None:
    request = request_of(changes_of(VARIANTS / f"{variant}.json", knowledge), "request-injection")
    assert told(request)[0] == missing | {COUNT + "0"}
    assert len(request.sets) == 6


def test_a_stated_count_leaves_one_set(knowledge: Knowledge) -> None:
    request = request_of(changes_of(VARIANTS / "earlier-injections-0.json", knowledge), "request-injection")
    assert told(request) == [INJECTION]


def test_supported_requests_are_left_out(knowledge: Knowledge) -> None:
    found = changes_of(VARIANTS / "massage-6-with-exercise.json", knowledge)
    assert found.requests == ()
    assert "nothing has to change" in to_text(found, knowledge)


@pytest.mark.parametrize("variant", ["two-counts", "july-2016", "gym-membership", "all-documented"])
def test_what_is_open_is_said_and_not_changed(variant: str, knowledge: Knowledge) -> None:
    found = changes_of(VARIANTS / f"{variant}.json", knowledge)
    open_requests = [r for r in found.requests if local_name(r.answer) in ("indeterminate", "not-addressed")]
    assert open_requests
    for request in open_requests:
        assert (request.sets, request.accompanies, request.answer_then) == ((), (), "")
        assert request.because
    assert "What is open:" in to_text(found, knowledge)


def test_a_primary_that_nothing_supports_keeps_the_answer_open(knowledge: Knowledge) -> None:
    request = request_of(changes_of(VARIANTS / "dependency-reversed.json", knowledge), "request-injection")
    assert request.sets == ()
    assert local_name(request.answer_then) == "not-addressed"
    assert "accompanies" in request.reason_then


# Every set is enough, and none too large


@pytest.mark.parametrize("path", [IMR_2015 / "case.json", *SAMPLE], ids=lambda p: p.stem)
def test_every_set_is_enough_and_minimal(path: Path, knowledge: Knowledge) -> None:
    facts = load_case(path.read_bytes(), knowledge, name=path.name)
    for question in questions(facts, knowledge):
        for one in question.found.sets:
            decided = decide_with(question, one, knowledge)
            assert decided is not None
            assert decided.decision.answer is Answer.SUPPORTED
            for size in range(min(len(one), 5)):
                for fewer in combinations(one, size):
                    smaller = decide_with(question, frozenset(fewer), knowledge)
                    assert smaller is None or smaller.decision.answer is not Answer.SUPPORTED, [c.about for c in fewer]


@pytest.mark.parametrize("path", case_files(60), ids=lambda p: p.stem)
def test_brute_force_and_answer_sets_find_the_same(path: Path) -> None:
    for request, _, brute, answer_sets in compare(path, most=6):
        assert brute, request
        assert answer_sets, request


@pytest.mark.parametrize("topic_case", ["massage-and-exercise-requested", "other-treatment-not-mentioned"])
def test_what_no_case_may_state_follows_from_other_changes(topic_case: str, knowledge: Knowledge) -> None:
    """That a course is on file is only ever inferred; a course that another criterion asks for settles it as well."""
    path = next(path for path in case_files(1) if path.name == f"{topic_case}__undocumented.ttl")
    assert [(sets, brute, answer_sets) for _, sets, brute, answer_sets in compare(path, most=8)] == [(1, True, True)]
    (request,) = [r for r in changes_of(path, knowledge).requests if local_name(r.request) == "request"]
    assert told(request) == [{"current course of active therapy"}]


def test_brute_force_finds_what_was_left_out(knowledge: Knowledge) -> None:
    path = VARIANTS / "earlier-injections-0.json"
    facts = load_case(path.read_bytes(), knowledge, name=path.name)
    question = next(q for q in questions(facts, knowledge) if local_name(q.request) == "request-injection")
    fewest = next(iter(question.sets()))
    kept = tuple(change for change in question.changes if change.key in fewest)
    narrowed = type(question)(question.facts, question.request, kept, question.found)
    assert by_brute_force(narrowed, knowledge) == by_answer_sets(narrowed, knowledge) == frozenset((fewest,))
    without = type(question)(question.facts, question.request, kept[1:], question.found)
    assert by_brute_force(without, knowledge) == by_answer_sets(without, knowledge) == frozenset()


@pytest.mark.parametrize("path", [IMR_2015 / "case.json", *sorted(VARIANTS.glob("*.json"))[::4]], ids=lambda p: p.stem)
def test_documentation_only_adds_and_reductions_only_lessen(path: Path, knowledge: Knowledge) -> None:
    facts = load_case(path.read_bytes(), knowledge, name=path.name)
    stated = set(facts.stated)
    for question in questions(facts, knowledge):
        for change in (change for one in question.found.sets for change in one):
            if change.kind == ADD:
                assert not change.removed
                said = {(s, p) for s, p, _ in facts.stated}
                assert not [(s, p) for s, p, _ in change.added if (s, p) in said and not p.startswith(MTUS + "has")]
            else:
                assert set(change.removed) <= stated
                assert {p for _, p, _ in change.removed}.isdisjoint({MTUS + "injuryDate", MTUS + "hasStatus", MTUS + "count"})


# Order, limits, and a topic of its own


def change(key: str, **said: object) -> Change:
    return Change(ADD, key, (), (), ((f"urn:{key}", MTUS + "count", "urn:x"),), **said)  # type: ignore[arg-type]


def test_a_set_covers_one_that_asks_for_more() -> None:
    a, b = change("a"), change("b")
    less, much_less = change("less", slot="s", way="less", degree=2), change("much-less", slot="s", way="less", degree=7)
    other_way = change("more", slot="s", way="more", degree=1)
    assert covers({a}, {a, b})
    assert not covers({a, b}, {a})
    assert covers({less}, {much_less})
    assert not covers({much_less}, {less})
    assert not covers({other_way}, {less})
    assert goes_further(much_less, less)
    assert not goes_further(less, less)
    assert not goes_further(other_way, less)


def test_the_fewest_documents(knowledge: Knowledge) -> None:
    from mtus.reasoner.case_terms import case_terms

    terms = case_terms(knowledge)
    m = MTUS
    assert fewest_documents([], terms) == ()
    assert fewest_documents([(m + "MRIReport", m + "CTReport"), (m + "ProgressReport",)], terms) == (m + "MRIReport", m + "ProgressReport")
    assert fewest_documents([(m + "ClinicalExamination",), (m + "ProgressReport",)], terms) == (m + "ProgressReport",)
    assert fewest_documents([(m + "TherapyNotes", m + "ProgressReport"), (m + "ProgressReport", m + "Letter")], terms) == (
        m + "ProgressReport",
    )


def test_a_search_that_takes_too_long_says_so(knowledge: Knowledge) -> None:
    content = (IMR_2015 / "case.json").read_bytes()
    with pytest.raises(CaseError) as caught:
        what_would_change(content, knowledge=knowledge, settings=Settings(max_steps=3))
    problem = caught.value.problems[0]
    assert (problem.code, "more than 3 steps" in problem.why) == ("too-many-changes", True)
    assert "max_steps" in problem.remedy


def test_a_new_topic_gets_its_changes_for_free(tmp_path: Path) -> None:
    for folder in ("ontology", "shapes"):
        subprocess.run(["cp", "-r", str(ROOT / folder), str(tmp_path / folder)], check=True)
    write_topic("hot-packs", "chronic-pain-2009", tmp_path)
    knowledge = load_knowledge(tmp_path)
    case = next((tmp_path / "shapes" / "chronic-pain-2009" / "hot-packs" / "cases").glob("*__undocumented.ttl"))
    (request,) = changes_of(case, knowledge).requests
    assert request.sets
    assert all(change.purposes for one in request.sets for change in one.changes)

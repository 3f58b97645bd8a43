"""The variants of the case of 2015: one invented change each, and what becomes of the answers."""

import json
from collections.abc import Callable

import pytest
from conftest import IMR_2015, VARIANTS, assessment, determine_file, grounds, request_named
from test_imr_2015 import INJECTION

from mtus.reasoner.errors import CaseError
from mtus.reasoner.graph import Literal, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case
from mtus.reasoner.namespaces import MTUS, local_name
from mtus.reasoner.trace import Determination

# Variants: (answer, disposition) of each request, and the leading kind of reason of the injection.
UPHELD = ("not-supported", "upheld")
OPEN = ("not-addressed", "open")
UNCLEAR = ("indeterminate", "open")
ANSWERS: dict[str, dict[str, tuple[str, str]]] = {
    "mri-corroborates": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "examination-documented": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "earlier-injections-0": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "earlier-injections-2": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "earlier-injections-3": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "conservative-care-failed": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "all-documented": {"request-massage": UPHELD, "request-injection": ("supported", "overturned"), "request-sedation": OPEN},
    "mri-negative": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD},
    "massage-6-with-exercise": {"request-massage": ("supported", "overturned")},
    "dependency-reversed": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": OPEN},
    "gym-membership": {"request-massage": UPHELD, "request-injection": UPHELD, "request-sedation": UPHELD, "request-gym": OPEN},
    "july-2016": {"request-massage": UNCLEAR, "request-injection": UNCLEAR, "request-sedation": UNCLEAR},
    "two-counts": {"request-massage": UPHELD, "request-injection": UNCLEAR, "request-sedation": UNCLEAR},
}
REFUSED = {"dependency-cyclic"}


def test_every_variant_has_its_row() -> None:
    assert {path.stem for path in VARIANTS.glob("*.json")} == {*ANSWERS, *REFUSED}


@pytest.mark.parametrize("name", ANSWERS)
def test_answers_of_a_variant(name: str, variant: Callable[[str], Determination]) -> None:
    found = variant(name)
    assert found.is_synthetic
    assert {local_name(r.request): (local_name(r.answer), local_name(r.disposition)) for r in found.requests} == ANSWERS[name]
    dispositions = {disposition for _, disposition in ANSWERS[name].values()}
    assert local_name(found.overall) == (dispositions.pop() if len(dispositions) == 1 else "mixed")


def _without(*criteria: str) -> list[tuple[str, str, str, bool]]:
    return [reason for reason in INJECTION if reason[1] not in criteria]


# What is documented leaves the list of what is not.
INJECTION_REASONS: dict[str, list[tuple[str, str, str, bool]]] = {
    "mri-corroborates": _without("ESI-1b.corroboration"),
    "examination-documented": _without("ESI-1a.examination"),
    "conservative-care-failed": _without("ESI-2.conservative-care"),
    "earlier-injections-0": INJECTION[:3],
    "earlier-injections-2": [("contradicted", "ESI-8b.number", "46", True), *_without("ESI-8b.number")],
    "earlier-injections-3": [("contradicted", "ESI-8b.number", "46", True), *_without("ESI-8b.number")],
    "mri-negative": [("contradicted", "ESI-1b.corroboration", "46", True), *_without("ESI-1b.corroboration")],
    "all-documented": [("recommended", "ESI-0", "46", True)],
    "dependency-reversed": INJECTION,
}


@pytest.mark.parametrize("name", INJECTION_REASONS)
def test_reasons_of_the_injection_in_a_variant(name: str, variant: Callable[[str], Determination]) -> None:
    assert grounds(request_named(variant(name), "request-injection")) == INJECTION_REASONS[name]


@pytest.mark.parametrize(("name", "otherwise"), [("earlier-injections-2", "met"), ("earlier-injections-3", "contradicted")])
def test_the_other_reading_of_two_injections(name: str, otherwise: str, variant: Callable[[str], Determination]) -> None:
    number = assessment(request_named(variant(name), "request-injection"), "ESI-8b.number")
    assert number.reading is not None
    assert local_name(number.status) == "contradicted"
    assert local_name(number.reading.other_status) == otherwise


def test_sedation_is_not_addressed_once_the_injection_is_supported(variant: Callable[[str], Determination]) -> None:
    sedation = request_named(variant("all-documented"), "request-sedation")
    assert [kind for kind, _, _, _ in grounds(sedation)] == ["no-provision"]
    assert "ACOEM" in sedation.next_step
    assert "ODG" in sedation.next_step


def test_a_treatment_of_which_no_provision_speaks(variant: Callable[[str], Determination]) -> None:
    gym = request_named(variant("gym-membership"), "request-gym")
    assert [kind for kind, _, _, _ in grounds(gym)] == ["no-provision"]
    assert gym.next_step
    assert "8 CCR 9792.21(d)" in (gym.reasons[0].citation.text if gym.reasons[0].citation else "")


def test_a_negative_mri_is_a_fact_and_not_a_gap(variant: Callable[[str], Determination]) -> None:
    corroboration = assessment(request_named(variant("mri-negative"), "request-injection"), "ESI-1b.corroboration")
    assert any("documented absent" in fact.label for fact in corroboration.facts)
    assert corroboration.sought == ()


def test_the_edition_is_ambiguous_in_july_2016(variant: Callable[[str], Determination]) -> None:
    for request in variant("july-2016").requests:
        (reason,) = request.reasons
        assert local_name(reason.kind) == "edition-ambiguous"
        for words in ("Guidelines, 2009", "Guidelines, 2016", "July 2016", "15 August 2016", "date of request", "date of service"):
            assert words in reason.text
        (selection,) = request.editions
        assert selection.edition == ""
        assert len({chosen.edition for chosen in selection.dates}) == 2


def test_two_counts_are_both_kept(variant: Callable[[str], Determination]) -> None:
    found = variant("two-counts")
    (disagreement,) = found.disagreements
    assert {local_name(statement) for statement in disagreement.statements} == {"earlier-injections", "earlier-injections-consultation"}
    injection = request_named(found, "request-injection")
    assert {kind for kind, _, _, _ in grounds(injection)} == {"conflicting"}
    assert ("conflicting", "ESI-8b.number", "46", True) in grounds(injection)
    values = {fact.label for fact in assessment(injection, "ESI-8b.number").facts}
    assert {"earlier epidural steroid injections: count 0", "earlier epidural steroid injections: count 3"} <= values
    assert [kind for kind, _, _, _ in grounds(request_named(found, "request-sedation"))] == ["primary-open"]


# Variants are written out in full, so that each can be read alone; they must not drift from the base.
# Subjects about which a variant may say something else than the base (the case itself for its name, label and note).
CHANGED: dict[str, set[str]] = {
    "mri-corroborates": {"mri", "root"},
    "examination-documented": {"straight-leg-raise"},
    "earlier-injections-0": {"earlier-injections"},
    "earlier-injections-2": {"earlier-injections"},
    "earlier-injections-3": {"earlier-injections"},
    "conservative-care-failed": {"therapy-notes", "conservative-care"},
    "all-documented": {"mri", "root", "straight-leg-raise", "earlier-injections", "therapy-notes", "conservative-care"},
    "mri-negative": {"mri", "root"},
    "dependency-reversed": {"request-injection", "request-sedation"},
    "gym-membership": {"gym", "request-gym"},
    "two-counts": {"mri", "root", "straight-leg-raise", "earlier-injections", "earlier-injections-consultation", "consultation",
                   "therapy-notes", "conservative-care"},
}  # fmt: skip
MASSAGE_6 = {
    # changed: fewer sessions, no renewal, exercise instead of other modalities
    "request-massage", "exercise", "course-exercise",
    # left out, with what belongs to them
    "request-injection", "request-sedation", "ur-injection", "ur-sedation", "course-massage", "course-manipulation", "course-tens",
    "course-trigger-point-injection", "course-mri", "manipulation", "tens", "lumbar-esi", "sedation", "trigger-point-injection",
    "lumbar-mri",
}  # fmt: skip
CHANGED["massage-6-with-exercise"] = MASSAGE_6


def _triples(knowledge: Knowledge, path_name: str) -> tuple[set[Triple], str]:
    """Return the stated triples with local names for the nodes of the case."""
    path = VARIANTS / f"{path_name}.json" if path_name else IMR_2015 / "case.json"
    facts = load_case(path.read_bytes(), knowledge, name=path.name)
    base = facts.case + "/"
    short: Callable[[str], str] = lambda term: "" if term == facts.case else term.removeprefix(base)  # noqa: E731
    return {(short(s), p, short(o) if isinstance(o, str) else o) for s, p, o in facts.stated}, facts.case


@pytest.mark.parametrize("name", CHANGED)
def test_a_variant_differs_only_in_what_its_note_says(name: str, knowledge: Knowledge) -> None:
    base, _ = _triples(knowledge, "")
    changed, _ = _triples(knowledge, name)
    differing = base ^ changed
    subjects = {s for s, _, _ in differing} - {""}
    assert subjects == CHANGED[name]
    # what differs about the case: its name, its label, and the lists of what it holds
    about_case = {local_name(p) for s, p, o in differing if s == "" and not (isinstance(o, str) and o in CHANGED[name])}
    assert about_case == {"label", "note", "synthetic"}
    if name != "massage-6-with-exercise":
        assert not {(s, p) for s, p, _ in base - changed} - {("", MTUS + "label"), *_moved(name)}


def _moved(name: str) -> set[tuple[str, str]]:
    return {("request-sedation", MTUS + "isPerformedDuring")} if name == "dependency-reversed" else set()


def test_july_2016_moves_dates_only(knowledge: Knowledge) -> None:
    base, _ = _triples(knowledge, "")
    moved, _ = _triples(knowledge, "july-2016")
    differing = {local_name(p) for s, p, _ in base ^ moved if s}
    assert differing == {"documentDate", "requestDate", "serviceDate", "statusDate", "measuredOn", "decidedOn"}
    days = {
        o.value[:7] for _, p, o in moved - base if isinstance(o, Literal) and local_name(p) != "serviceDate" and p.endswith(("Date", "On"))
    }
    assert days == {"2016-07"}


def test_the_cycle_differs_from_the_base_by_one_link() -> None:
    base = json.loads((IMR_2015 / "case.json").read_text("utf-8"))
    cyclic = json.loads((VARIANTS / "dependency-cyclic.json").read_text("utf-8"))
    assert cyclic["requests"][1].pop("isPerformedDuring") == "request-sedation"
    for key in ("id", "label", "note", "synthetic"):
        base.pop(key, None)
        cyclic.pop(key)
    assert cyclic == base


def test_a_cycle_is_refused_and_named(knowledge: Knowledge) -> None:
    with pytest.raises(CaseError) as caught:
        determine_file(VARIANTS / "dependency-cyclic.json")
    (problem,) = caught.value.problems
    assert problem.code == "dependency-cycle"
    assert "Lumbar epidural steroid injection" in problem.why
    assert "Sedation" in problem.why
    assert "→" in problem.why

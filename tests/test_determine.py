"""The answer for a request: the table of precedence row by row, every pair of grounds in conflict, and totality."""

from dataclasses import fields, replace
from itertools import combinations, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtus.reasoner.determine import PRECEDENCE, Answer, Finding, Reason, ReasonKind, Situation, decide
from mtus.reasoner.kleene import Status
from mtus.reasoner.namespaces import TYPE

EFFECTS = ("blocks", "leaves-open", "noted")


def finding(status: Status, effect: str = "blocks", *, is_scope: bool = False) -> Finding:
    return Finding(f"{'scope' if is_scope else 'criterion'}-{status.value}-{effect}", status, effect, is_scope)


def primary(answer: Answer) -> tuple[tuple[str, Answer], ...]:
    return ((f"primary-{answer.value}", answer),)


# One row for each ground, in the order of precedence: what is the case, the answer, the kind of reason, what it is about.
ROWS = (
    ("ambiguous", Situation(ambiguous=("guideline",)), Answer.INDETERMINATE, ReasonKind.EDITION_AMBIGUOUS, "guideline"),
    ("not encoded", Situation(not_encoded=("edition",)), Answer.INDETERMINATE, ReasonKind.EDITION_NOT_ENCODED, "edition"),
    (
        "primary falls",
        Situation(primaries=primary(Answer.NOT_SUPPORTED)),
        Answer.NOT_SUPPORTED,
        ReasonKind.DERIVATIVE,
        "primary-not-supported",
    ),
    (
        "scope undocumented",
        Situation(is_spoken_of=True, findings=(finding(Status.UNDOCUMENTED, is_scope=True),)),
        Answer.INDETERMINATE,
        ReasonKind.OUT_OF_SCOPE,
        "scope-undocumented-blocks",
    ),
    (
        "contradicted",
        Situation(findings=(finding(Status.CONTRADICTED),)),
        Answer.NOT_SUPPORTED,
        ReasonKind.CONTRADICTED,
        "criterion-contradicted-blocks",
    ),
    ("not recommended", Situation(not_recommending=("provision",)), Answer.NOT_SUPPORTED, ReasonKind.NOT_RECOMMENDED, "provision"),
    (
        "undocumented",
        Situation(findings=(finding(Status.UNDOCUMENTED),)),
        Answer.NOT_SUPPORTED,
        ReasonKind.UNDOCUMENTED,
        "criterion-undocumented-blocks",
    ),
    (
        "conflicting",
        Situation(findings=(finding(Status.CONFLICTING),)),
        Answer.INDETERMINATE,
        ReasonKind.CONFLICTING,
        "criterion-conflicting-blocks",
    ),
    (
        "open burden",
        Situation(findings=(finding(Status.UNDOCUMENTED, "leaves-open"),)),
        Answer.INDETERMINATE,
        ReasonKind.OPEN_BURDEN,
        "criterion-undocumented-leaves-open",
    ),
    (
        "primary open",
        Situation(primaries=primary(Answer.INDETERMINATE)),
        Answer.INDETERMINATE,
        ReasonKind.PRIMARY_OPEN,
        "primary-indeterminate",
    ),
    (
        "primary not addressed",
        Situation(primaries=primary(Answer.NOT_ADDRESSED)),
        Answer.NOT_ADDRESSED,
        ReasonKind.PRIMARY_OPEN,
        "primary-not-addressed",
    ),
    ("section not encoded", Situation(silent_sections=("section",)), Answer.INDETERMINATE, ReasonKind.SECTION_NOT_ENCODED, "section"),
    ("recommended", Situation(recommending=("provision",), is_spoken_of=True), Answer.SUPPORTED, ReasonKind.RECOMMENDED, "provision"),
    ("nothing", Situation(), Answer.NOT_ADDRESSED, ReasonKind.NO_PROVISION, ""),
)
# Grounds that stand beside one another: the answer is the same, and both reasons are given.
TOGETHER = {frozenset(pair) for pair in combinations(("primary falls", "contradicted", "not recommended", "undocumented"), 2)}
# A section of the same edition that is not encoded is no gap where another provision recommends the treatment.
SILENCED = {("section not encoded", "recommended"): "recommended"}


def both(first: Situation, second: Situation) -> Situation:
    """Return the situation in which the grounds of both hold."""
    merged = {f.name: getattr(first, f.name) + getattr(second, f.name) for f in fields(Situation) if f.name != "is_spoken_of"}
    return Situation(**merged, is_spoken_of=first.is_spoken_of or second.is_spoken_of)


@pytest.mark.parametrize(("situation", "answer", "kind", "about"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_one_ground(situation: Situation, answer: Answer, kind: ReasonKind, about: str) -> None:
    decision = decide(situation)
    assert decision.answer is answer
    assert decision.reasons == (Reason(kind, about),)


@pytest.mark.parametrize(("first", "second"), list(combinations(ROWS, 2)), ids=lambda row: row[0])
def test_two_grounds(first: tuple, second: tuple) -> None:
    """The ground that stands higher in the table decides, and reasons of one kind of answer stand together."""
    winner = next(row for row in ROWS if row[0] == SILENCED.get((first[0], second[0]), first[0]))
    decision = decide(both(first[1], second[1]))
    assert decision.answer is winner[2]
    given = {reason.kind for reason in decision.reasons}
    expected = {first[3], second[3]} if frozenset((first[0], second[0])) in TOGETHER else {winner[3]}
    assert given == expected


def test_rows_cover_the_table_and_every_kind_of_reason() -> None:
    """A ground that is added without a row here fails."""
    assert {row[3] for row in ROWS} == set(ReasonKind) - {ReasonKind.QUANTITY}
    reached = {next(rule for _, rule in PRECEDENCE if rule(row[1])) for row in ROWS[:-1]}
    assert reached == {rule for _, rule in PRECEDENCE}


@pytest.mark.parametrize("status", [Status.CONTRADICTED, Status.CONFLICTING, Status.UNDOCUMENTED])
@pytest.mark.parametrize("effect", EFFECTS)
def test_scope_never_denies(status: Status, effect: str) -> None:
    scope = finding(status, effect, is_scope=True)
    assert decide(Situation(is_spoken_of=True, findings=(scope,), recommending=("p",))).answer is Answer.INDETERMINATE
    assert decide(Situation(findings=(scope,))).answer is not Answer.NOT_SUPPORTED


@pytest.mark.parametrize("status", list(Status))
def test_what_is_only_noted_never_counts(status: Status) -> None:
    assert decide(Situation(is_spoken_of=True, recommending=("p",), findings=(finding(status, "noted"),))).answer is Answer.SUPPORTED


@pytest.mark.parametrize("effect", EFFECTS)
@pytest.mark.parametrize("status", [Status.MET, Status.NOT_APPLICABLE])
def test_met_and_not_applicable_never_count_against(status: Status, effect: str) -> None:
    assert decide(Situation(is_spoken_of=True, recommending=("p",), findings=(finding(status, effect),))).answer is Answer.SUPPORTED


@pytest.mark.parametrize("effect", EFFECTS)
def test_a_burden_that_is_not_the_requesters_never_denies_for_want_of_documents(effect: str) -> None:
    answer = decide(Situation(is_spoken_of=True, recommending=("p",), findings=(finding(Status.UNDOCUMENTED, effect),))).answer
    assert answer is {"blocks": Answer.NOT_SUPPORTED, "leaves-open": Answer.INDETERMINATE, "noted": Answer.SUPPORTED}[effect]


def test_a_fallen_request_carries_its_own_reasons_too() -> None:
    own = (finding(Status.CONTRADICTED), finding(Status.UNDOCUMENTED))
    decision = decide(Situation(is_spoken_of=True, primaries=primary(Answer.NOT_SUPPORTED), findings=own))
    assert [reason.kind for reason in decision.reasons] == [ReasonKind.DERIVATIVE, ReasonKind.CONTRADICTED, ReasonKind.UNDOCUMENTED]


def test_a_fallen_request_out_of_scope_has_no_reasons_of_its_own() -> None:
    own = (finding(Status.CONTRADICTED), finding(Status.UNDOCUMENTED, is_scope=True))
    decision = decide(Situation(is_spoken_of=True, primaries=primary(Answer.NOT_SUPPORTED), findings=own))
    assert [reason.kind for reason in decision.reasons] == [ReasonKind.DERIVATIVE]


@pytest.mark.parametrize("answers", list(product(Answer, repeat=2)), ids=lambda pair: "+".join(a.value for a in pair))
def test_two_primaries(answers: tuple[Answer, Answer]) -> None:
    """A request falls with any primary; else any primary that is open leaves it open; it is decided alone where all are supported."""
    situation = Situation(is_spoken_of=True, recommending=("p",), primaries=tuple((f"primary-{n}", a) for n, a in enumerate(answers)))
    if Answer.NOT_SUPPORTED in answers:
        expected = Answer.NOT_SUPPORTED
    elif Answer.INDETERMINATE in answers or Answer.SUPPORTED_IN_PART in answers:
        expected = Answer.INDETERMINATE
    else:
        expected = Answer.NOT_ADDRESSED if Answer.NOT_ADDRESSED in answers else Answer.SUPPORTED
    assert decide(situation).answer is expected


# Every situation

findings = st.builds(finding, st.sampled_from(Status), st.sampled_from(EFFECTS), is_scope=st.booleans())
names = st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(tuple)
situations = st.builds(
    Situation,
    ambiguous=names,
    not_encoded=names,
    findings=st.lists(findings, max_size=5).map(tuple),
    recommending=names,
    not_recommending=names,
    silent_sections=names,
    primaries=st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(Answer)), max_size=3).map(tuple),
    is_spoken_of=st.booleans(),
)
OURS = {
    ReasonKind.EDITION_AMBIGUOUS,
    ReasonKind.EDITION_NOT_ENCODED,
    ReasonKind.SECTION_NOT_ENCODED,
    ReasonKind.CONFLICTING,
    ReasonKind.OUT_OF_SCOPE,
    ReasonKind.PRIMARY_OPEN,
    ReasonKind.OPEN_BURDEN,
    ReasonKind.NO_PROVISION,
}
AGAINST = {ReasonKind.CONTRADICTED, ReasonKind.NOT_RECOMMENDED, ReasonKind.UNDOCUMENTED, ReasonKind.DERIVATIVE}


@settings(deadline=None, max_examples=500)
@given(situations)
def test_total_and_pure(situation: Situation) -> None:
    decision = decide(situation)
    assert decision == decide(replace(situation))
    assert decision.reasons
    kinds = {reason.kind for reason in decision.reasons}
    if decision.answer is Answer.NOT_SUPPORTED:
        assert kinds <= AGAINST
    else:
        assert not kinds & AGAINST
    if kinds & OURS:
        assert decision.answer in (Answer.INDETERMINATE, Answer.NOT_ADDRESSED)


@settings(deadline=None, max_examples=500)
@given(situations, st.sampled_from(("ambiguous", "not_encoded")))
def test_a_failure_of_ours_is_never_a_denial(situation: Situation, gap: str) -> None:
    assert decide(replace(situation, **{gap: ("ours",)})).answer is Answer.INDETERMINATE


@settings(deadline=None, max_examples=500)
@given(situations)
def test_supported_means_recommended_and_nothing_open(situation: Situation) -> None:
    if decide(situation).answer is not Answer.SUPPORTED:
        return
    assert situation.recommending
    assert all(answer is Answer.SUPPORTED for _, answer in situation.primaries)
    assert not [
        f for f in situation.findings if f.effect == "blocks" and not f.is_scope and f.status not in (Status.MET, Status.NOT_APPLICABLE)
    ]


@settings(deadline=None, max_examples=500)
@given(situations)
def test_every_ground_for_a_denial_is_given(situation: Situation) -> None:
    decision = decide(situation)
    if decision.answer is not Answer.NOT_SUPPORTED or ReasonKind.DERIVATIVE in {r.kind for r in decision.reasons}:
        return
    counted = [f for f in situation.findings if f.effect != "noted" and not f.is_scope]
    contradicted = {f.criterion for f in counted if f.status is Status.CONTRADICTED}
    undocumented = {f.criterion for f in counted if f.status is Status.UNDOCUMENTED and f.effect == "blocks"}
    assert {r.about for r in decision.reasons} == contradicted | undocumented | set(situation.not_recommending)


# Answers in the words of the procedure

STAGES = {"prospectiveReview", "retrospectiveReview", "independentReview"}


def test_answers_and_reason_kinds_are_in_the_vocabulary(knowledge) -> None:
    individuals = set(knowledge.ontology.subjects(TYPE, "http://www.w3.org/2002/07/owl#NamedIndividual"))
    assert {a.iri for a in Answer} | {k.iri for k in ReasonKind} <= individuals


# Neither a supported nor an unsupported request: no words of the procedure fit, and the disposition stays open.
OPEN = (Answer.NOT_ADDRESSED, Answer.INDETERMINATE)


@pytest.mark.parametrize("answer", list(Answer), ids=lambda a: a.value)
@pytest.mark.parametrize("stage", sorted(STAGES))
def test_every_answer_that_is_not_open_has_one_disposition_at_every_stage(knowledge, stage: str, answer: Answer) -> None:
    rules = [r for r in knowledge.guidelines.dispositions if r.stage.endswith(stage) and r.answer == answer.iri]
    general = [r for r in rules if not r.only_reason]
    assert len(general) == (0 if answer in OPEN else 1)
    assert rules[-1:] == general, "a rule for one kind of reason has to come before the general one, or it is never reached"


def test_only_a_request_that_is_not_supported_is_denied_or_upheld(knowledge) -> None:
    for rule in knowledge.guidelines.dispositions:
        if rule.disposition.endswith(("upheld", "refer-to-physician", "request-information")):
            assert rule.answer in (Answer.NOT_SUPPORTED.iri, Answer.SUPPORTED_IN_PART.iri)


@pytest.mark.parametrize(
    ("stage", "answer", "only", "disposition"),
    [
        ("prospectiveReview", Answer.SUPPORTED, None, "approve"),
        ("prospectiveReview", Answer.NOT_SUPPORTED, ReasonKind.UNDOCUMENTED, "request-information"),
        ("prospectiveReview", Answer.NOT_SUPPORTED, None, "refer-to-physician"),
        ("prospectiveReview", Answer.SUPPORTED_IN_PART, None, "refer-to-physician"),
        ("independentReview", Answer.SUPPORTED, None, "overturned"),
        ("independentReview", Answer.NOT_SUPPORTED, None, "upheld"),
    ],
)
def test_dispositions(knowledge, stage: str, answer: Answer, only: ReasonKind | None, disposition: str) -> None:
    reason = only.iri if only else ""
    found = [r for r in knowledge.guidelines.dispositions if r.stage.endswith(stage) and r.answer == answer.iri and r.only_reason == reason]
    assert [r.disposition.rsplit("/", 1)[-1] for r in found] == [disposition]

"""The checks of the knowledge itself: what ships passes them, and for each of them a knowledge that breaks it fails."""

import json
import shutil
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mtus.reasoner.check import check_meta_shapes, meta_rows, run_checks
from mtus.reasoner.compiled import Evaluator
from mtus.reasoner.errors import KnowledgeError
from mtus.reasoner.graph import Graph, Literal, Term, Triple, n_triples
from mtus.reasoner.knowledge import Knowledge, Source, load_knowledge
from mtus.reasoner.lint_rules import decision_rules, rule_graph
from mtus.reasoner.meta import refuse_bad_knowledge
from mtus.reasoner.namespaces import BASE, DCTERMS, MTUS, NIL, OWL, PREF_LABEL, RDF, RDFS, SH, SKOS, TYPE, XSD, local_name
from mtus.reasoner.pipeline import determine
from mtus.reasoner.quality import read_quality_checks, store_of, violations
from mtus.reasoner.shape_model import read_shapes
from mtus.reasoner.validate import Engine

ROOT = Path(__file__).resolve().parent.parent
CP = BASE + "guideline/chronic-pain-2009/"
CP16 = BASE + "guideline/chronic-pain-2016/"
CASE_SHAPE = BASE + "shape/case/"
META = BASE + "shape/meta/"
STATUS = BASE + "status/"
COMPONENT = MTUS + "MaxVisitsInAll"


@dataclass(frozen=True)
class Mutant:
    """Knowledge with a flaw: what is removed (by subject and predicate), what is added, and the IRI at which the flaw is told."""

    where: str
    without: tuple[tuple[str, str], ...] = ()
    plus: tuple[Triple, ...] = ()

    def triples(self, graph: Graph) -> list[Triple]:
        return [*(t for t in graph if (t[0], t[1]) not in self.without), *self.plus]


def lacks(where: str, *predicates: str) -> Mutant:
    return Mutant(where, tuple((where, predicate) for predicate in predicates))


def has(where: str, predicate: str, value: Term) -> Mutant:
    """Return a mutant that states ``value`` besides what is stated."""
    return Mutant(where, plus=((where, predicate, value),))


def states(where: str, predicate: str, value: Term) -> Mutant:
    """Return a mutant that states ``value`` instead of what is stated."""
    return Mutant(where, ((where, predicate),), ((where, predicate, value),))


def part_lacks(where: str, node: str, predicate: str) -> Mutant:
    return Mutant(where, ((node, predicate),))


ADJUNCT, VISITS, NUMBER = CP + "MAS-2.adjunct", CP + "MAS-3.visits", CP + "ESI-8b.number"
ON_FILE, HOLDS = ADJUNCT + ".on-file", ADJUNCT + ".holds"
QUESTION = ON_FILE + ".course"
READING, SECTION, EDITION, PROVISION = CP + "MAS-3.in-most-cases", CP + "massage-therapy", CP + "edition", CP + "MAS-1"
NOTHING = CP + "nothing-at-all"
RULE, DUTY = BASE + "rule/DEC-1.evidence", BASE + "rule/DEC-1"
# Shapes about the rules about decisions, which are read apart.
ABOUT_RULES = ("DecisionRule", "RuleShape", "DecisionProvision")
FALSE = Literal("false", XSD + "boolean")


def parameter(knowledge: Knowledge) -> str:
    return knowledge.shapes.nodes(COMPONENT, SH + "parameter")[0]


def meta_mutants(knowledge: Knowledge) -> dict[str, Mutant]:
    """Return a mutant for each shape of shapes/meta that can fail, by its local name."""
    return {
        "Criterion.provision": lacks(ADJUNCT, MTUS + "encodes"),
        "Criterion.label": lacks(ADJUNCT, PREF_LABEL),
        "Criterion.requirement": lacks(ADJUNCT, MTUS + "requirement"),
        "Criterion.role": lacks(ADJUNCT, MTUS + "hasRole"),
        "Criterion.burden": lacks(ADJUNCT, MTUS + "hasBurden"),
        "Criterion.confidence": lacks(ADJUNCT, MTUS + "hasConfidence"),
        "Criterion.interpretation": states(VISITS, MTUS + "isReadBy", NOTHING),
        "Criterion.precondition": has(ADJUNCT, MTUS + "precondition", PROVISION),
        "Criterion.exception": has(ADJUNCT, MTUS + "exception", PROVISION),
        "Criterion.applies-to": has(ADJUNCT, MTUS + "appliesTo", PROVISION),
        "Criterion.limits-quantity": has(ADJUNCT, MTUS + "limitsQuantity", PROVISION),
        "Criterion-tested": lacks(ADJUNCT, MTUS + "onFileShape", MTUS + "holdsShape"),
        "Criterion-holds": lacks(ADJUNCT, MTUS + "onFileShape"),
        "Criterion.on-file": Mutant(ADJUNCT, ((ON_FILE, TYPE),)),
        "Criterion.holds": has(ADJUNCT, MTUS + "holdsShape", ON_FILE),
        "Criterion.alternative": has(NUMBER, MTUS + "alternativeShape", HOLDS),
        "OnFileShape.status": states(ON_FILE, MTUS + "givesStatus", STATUS + "contradicted"),
        "HoldsShape.status": lacks(HOLDS, MTUS + "givesStatus"),
        "CriterionShape.name": lacks(ON_FILE, SH + "name"),
        "CriterionShape.target": states(ON_FILE, SH + "targetClass", NOTHING),
        "CriterionShape.properties": Mutant(
            ON_FILE, plus=((ON_FILE, SH + "property", "_:new"), ("_:new", SH + "path", MTUS + "hasCourse"))
        ),
        "CriterionProperty.type": lacks(QUESTION, TYPE),
        "CriterionProperty.name": lacks(QUESTION, SH + "name"),
        "CriterionProperty.message": lacks(QUESTION, SH + "message"),
        "NodeShape-speaks": lacks(VISITS + ".holds", SH + "message"),
        "CaseShape-properties": part_lacks(CASE_SHAPE + "Case", CASE_SHAPE + "Case.one-claim", MTUS + "errorCode"),
        "CaseShape-own": lacks(CASE_SHAPE + "Document", MTUS + "remedy"),
        "CaseShape-name": lacks(CASE_SHAPE + "Case", SH + "name"),
        "Component.label": lacks(COMPONENT, RDFS + "label"),
        "Component.validator": part_lacks(COMPONENT, COMPONENT + "-validator", SH + "select"),
        "Component.parameters": lacks(COMPONENT, SH + "parameter"),
        "Component.parameter-name": part_lacks(COMPONENT, parameter(knowledge), SH + "name"),
        "Component.parameter-path": part_lacks(COMPONENT, parameter(knowledge), SH + "path"),
        "Edition.guideline": lacks(EDITION, MTUS + "isEditionOf"),
        "Edition.label": lacks(EDITION, PREF_LABEL),
        "Edition.from": states(EDITION, MTUS + "effectiveFrom", Literal("2016-07-28", XSD + "date")),
        "Edition.to": has(EDITION, MTUS + "effectiveTo", Literal("2016-12-31", XSD + "date")),
        "Edition.basis": lacks(EDITION, MTUS + "selectsBy"),
        "Edition.rationale": lacks(EDITION, MTUS + "rationale"),
        "Edition.instrument": lacks(EDITION, MTUS + "instrument"),
        "Edition.encoded": lacks(EDITION, MTUS + "isEncoded"),
        "Edition-not-encoded": lacks(CP16 + "edition", MTUS + "notEncodedBecause"),
        "Section.edition": lacks(SECTION, MTUS + "isSectionOf"),
        "Section.label": lacks(SECTION, PREF_LABEL),
        "Section.page": lacks(SECTION, MTUS + "page"),
        "Section.encoded": lacks(SECTION, MTUS + "isEncoded"),
        "Section.speaks-of": has(SECTION, MTUS + "speaksOf", NOTHING),
        "Section-encoded-or-not": lacks(CP + "acupuncture", MTUS + "notEncodedBecause"),
        "Entry.confidence": lacks(PROVISION, MTUS + "hasConfidence"),
        "Entry.source": lacks(READING, DCTERMS + "source"),
        "Entry.reviewed": lacks(EDITION, MTUS + "reviewedOn"),
        "Provision.section": lacks(PROVISION, MTUS + "isInSection"),
        "Provision.statement": lacks(PROVISION, MTUS + "statement"),
        "Provision.kind": lacks(PROVISION, MTUS + "hasKind"),
        "Provision.stance": lacks(PROVISION, MTUS + "takesStance"),
        "Provision.speaks-of": lacks(PROVISION, MTUS + "speaksOf"),
        "Provision.grounds": has(PROVISION, MTUS + "grounds", NOTHING),
        "Provision-place": lacks(PROVISION, MTUS + "page"),
        "Provision-used": lacks(CP + "MAS-5", MTUS + "notEncodedBecause"),
        "Provision-encoded-once": has(CP + "MAS-2", MTUS + "notEncodedBecause", Literal("It is said.", RDF + "langString", "en")),
        "Interpretation.label": lacks(READING, PREF_LABEL),
        "Interpretation.words": lacks(READING, MTUS + "words"),
        "Interpretation.rationale": lacks(READING, MTUS + "rationale"),
        "DecisionRule.provision": lacks(RULE, MTUS + "encodes"),
        "DecisionRule.label": lacks(RULE, PREF_LABEL),
        "DecisionRule.requirement": lacks(RULE, MTUS + "requirement"),
        "DecisionRule.role": states(RULE, MTUS + "hasRole", BASE + "role/scope"),
        "DecisionRule.burden": lacks(RULE, MTUS + "hasBurden"),
        "DecisionRule.confidence": lacks(RULE, MTUS + "hasConfidence"),
        "DecisionRule.interpretation": has(RULE, MTUS + "isReadBy", DUTY),
        "DecisionRule.precondition": has(RULE, MTUS + "precondition", DUTY),
        "DecisionRule-remedy": lacks(RULE, MTUS + "remedy"),
        "DecisionRule-tested": lacks(RULE, MTUS + "onFileShape", MTUS + "holdsShape"),
        "DecisionRule.on-file": Mutant(RULE, ((RULE + ".on-file", TYPE),)),
        "DecisionRule.holds": has(RULE, MTUS + "holdsShape", RULE + ".on-file"),
        "DecisionRule.weight-on-file": part_lacks(RULE, RULE + ".on-file", SH + "severity"),
        "DecisionRule.weight-holds": part_lacks(BASE + "rule/DEC-2.in-force", BASE + "rule/DEC-2.in-force.holds", SH + "severity"),
        "RuleShape.severity": part_lacks(RULE + ".holds", RULE + ".holds.something", SH + "severity"),
        "DecisionProvision.statement": lacks(DUTY, MTUS + "statement"),
        "DecisionProvision.kind": lacks(DUTY, MTUS + "hasKind"),
        "DecisionProvision.instrument": lacks(DUTY, MTUS + "instrument"),
        "DecisionProvision-used": has(DUTY, MTUS + "notEncodedBecause", Literal("It is said.", RDF + "langString", "en")),
    }


KNOWLEDGE = load_knowledge()
RULES = decision_rules(KNOWLEDGE)
MUTANTS = meta_mutants(KNOWLEDGE)


def mutated(knowledge: Knowledge, *mutants: Mutant) -> Knowledge:
    """Return ``knowledge`` with all the flaws of ``mutants`` in its graph of shapes, and in its rules about decisions."""
    shapes, rules = knowledge.shapes, knowledge.lint_shapes
    for mutant in mutants:
        shapes, rules = Graph(mutant.triples(shapes)), Graph(mutant.triples(rules))
    return replace(knowledge, shapes=shapes, lint_files=(Source("lint/flawed.ttl", n_triples(rules)),))


def reread(knowledge: Knowledge) -> Knowledge:
    """Return ``knowledge`` with its shapes read again from their graph."""
    return replace(knowledge, shape_model=read_shapes(knowledge.shapes))


### Shapes about our own knowledge


def test_the_knowledge_that_ships_is_not_refused() -> None:
    refuse_bad_knowledge(KNOWLEDGE)


def test_every_meta_shape_that_can_fail_has_a_mutant() -> None:
    told = {iri.removeprefix(META) for iri, _, _ in KNOWLEDGE.meta_shapes.with_predicate(MTUS + "errorCode")}
    assert told == MUTANTS.keys()


def test_every_meta_shape_can_be_told() -> None:
    graph = KNOWLEDGE.meta_shapes
    named = [s for kind in ("NodeShape", "PropertyShape") for s in graph.subjects(TYPE, SH + kind)]
    for shape in named:
        assert graph.text(shape, SH + "name"), shape
        groups = bool(graph.nodes(shape, SH + "property")) and not graph.nodes(shape, SH + "path")
        assert groups or all(graph.text(shape, p) for p in (SH + "message", MTUS + "remedy", MTUS + "errorCode")), shape


@pytest.mark.parametrize("name", MUTANTS)
def test_knowledge_with_a_flaw_is_refused(name: str) -> None:
    mutant, shape, graph = MUTANTS[name], META + name, KNOWLEDGE.meta_shapes
    flawed = mutated(KNOWLEDGE, mutant)
    looked_at = (RULES, rule_graph(flawed.lint_shapes, KNOWLEDGE)) if name.startswith(ABOUT_RULES) else (flawed,)
    with pytest.raises(KnowledgeError) as refused:
        refuse_bad_knowledge(*looked_at)
    told = [(problem.code, problem.where, problem.why, problem.remedy) for problem in refused.value.problems]
    expected = (graph.text(shape, MTUS + "errorCode"), mutant.where, graph.text(shape, SH + "message"), graph.text(shape, MTUS + "remedy"))
    assert expected in told


def test_a_misspelt_word_is_refused_with_the_nearest_one() -> None:
    shape = VISITS + ".holds"
    typo = Mutant(shape, ((shape, MTUS + "maxVisitsInAll"),), ((shape, MTUS + "maxVisitInAll", Literal("6", XSD + "integer")),))
    with pytest.raises(KnowledgeError) as refused:
        refuse_bad_knowledge(reread(mutated(KNOWLEDGE, typo)))
    told = {problem.code: problem for problem in refused.value.problems}
    assert told["undeclared-term"].where == shape
    assert "maxVisitInAll is used and nothing declares it" in told["undeclared-term"].why
    assert told["undeclared-term"].remedy == f"Did you mean {MTUS}maxVisitsInAll?"
    assert told["shape-asks-nothing"].where == shape


def test_a_component_with_a_missing_parameter_is_refused() -> None:
    shape = CP + "PM-2.sparingly.holds"
    with pytest.raises(KnowledgeError) as refused:
        refuse_bad_knowledge(reread(mutated(KNOWLEDGE, lacks(shape, MTUS + "withinDays"))))
    assert ("shape-asks-nothing", shape) in [(problem.code, problem.where) for problem in refused.value.problems]


def test_engines_agree_on_good_knowledge_and_on_every_flaw_at_once() -> None:
    assert check_meta_shapes(KNOWLEDGE) == (True, ())
    worst = mutated(KNOWLEDGE, *MUTANTS.values())
    engines: tuple[Engine, ...] = ("compiled", "pyshacl", "shifty")
    rows = {e: {(r.focus, r.source_shape, r.component) for r in meta_rows(worst, e) if not r.focus.startswith("_:")} for e in engines}
    assert rows["compiled"] == rows["pyshacl"] == rows["shifty"]
    assert len(rows["compiled"]) > len(MUTANTS) / 2


def test_loading_refuses_what_the_meta_shapes_refuse(tmp_path: Path) -> None:
    for folder in ("ontology", "shapes"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("cases"))
    broken = next((tmp_path / "shapes/chronic-pain-2009/massage-therapy").glob("shapes*.ttl"))
    text = broken.read_text()
    assert 'sh:name "active therapy on file"@en ; ' in text
    broken.write_text(text.replace('sh:name "active therapy on file"@en ; ', ""))
    with pytest.raises(KnowledgeError) as refused:
        load_knowledge(tmp_path)
    assert [(problem.code, problem.where) for problem in refused.value.problems] == [("shape-property-name", QUESTION)]


def test_rules_that_do_not_read_are_refused() -> None:
    with pytest.raises(KnowledgeError, match="incomplete-knowledge"):
        decision_rules(mutated(KNOWLEDGE, lacks(DUTY, MTUS + "statement")))
    with pytest.raises(KnowledgeError, match="rule-remedy"):
        decision_rules(mutated(KNOWLEDGE, lacks(RULE, MTUS + "remedy")))
    broken = replace(KNOWLEDGE, lint_files=(Source("lint/broken.ttl", b"this is no Turtle"),))
    with pytest.raises(KnowledgeError, match=r"knowledge-syntax at lint/broken.ttl, line 1"):
        decision_rules(broken)


def test_rules_about_decisions_are_no_criteria_and_their_shapes_meet_no_request() -> None:
    assert not KNOWLEDGE.guidelines.criteria.keys() & RULES.guidelines.criteria.keys()
    assert not KNOWLEDGE.shape_model.targeted.keys() & RULES.shape_model.targeted.keys()
    assert not KNOWLEDGE.shapes.subjects(TYPE, MTUS + "DecisionRule")
    assert len(RULES.requirements) >= 12


### Checks that are queries

CHECKS = {check.name: check for check in read_quality_checks()}
NEW = MTUS + "NewThing"


def rdf_list(name: str, *items: str) -> tuple[Triple, ...]:
    nodes = [f"_:{name}{n}" for n in range(len(items))]
    following = [*nodes[1:], NIL]
    return tuple(
        t
        for node, item, rest in zip(nodes, items, following, strict=True)
        for t in ((node, RDF + "first", item), (node, RDF + "rest", rest))
    )


ODD_REQUEST: tuple[Triple, ...] = (
    (NEW, TYPE, OWL + "Class"), (NEW, OWL + "equivalentClass", "_:new"), ("_:new", OWL + "intersectionOf", "_:item0"),
    *rdf_list("item", MTUS + "TreatmentRequest", "_:some"),
    ("_:some", OWL + "onProperty", MTUS + "requestsTreatment"), ("_:some", OWL + "someValuesFrom", MTUS + "Claim"),
)  # fmt: skip
SERIES = CP + "ESI-8a.series.holds"
COPY = CP + "ESI-8a.copy"
SAME_NUMBER: tuple[Triple, ...] = (
    (COPY, TYPE, MTUS + "Criterion"), (COPY, MTUS + "encodes", CP + "ESI-8a"), (COPY, MTUS + "holdsShape", COPY + ".holds"),
    (COPY + ".holds", SH + "targetClass", MTUS + "EpiduralSteroidInjectionRequest"), (COPY + ".holds", SH + "property", COPY + ".count"),
    (COPY + ".count", SH + "path", MTUS + "injectionCount"), (COPY + ".count", SH + "maxExclusive", Literal("3", XSD + "integer")),
)  # fmt: skip

QUALITY_MUTANTS: dict[str, tuple[Mutant, str]] = {
    "term-without-label": (has(NEW, TYPE, OWL + "Class"), "term ontology/NewThing"),
    "term-without-definition": (has(NEW, TYPE, OWL + "Class"), "term ontology/NewThing"),
    "case-class-without-example": (lacks(MTUS + "Case", SKOS + "example"), "class ontology/Case"),
    "label-used-twice": (
        Mutant(NEW, plus=((NEW, TYPE, OWL + "Class"), (NEW, PREF_LABEL, Literal("massage therapy", RDF + "langString", "en")))),
        "label massage therapy, first ontology/MassageTherapy, second ontology/NewThing",
    ),
    "object-property-with-range": (has(MTUS + "hasCourse", RDFS + "range", MTUS + "TreatmentCourse"), "property ontology/hasCourse"),
    "data-property-without-range": (lacks(MTUS + "visitCount", RDFS + "range"), "property ontology/visitCount"),
    "individual-without-class": (has(NEW, TYPE, OWL + "NamedIndividual"), "individual ontology/NewThing"),
    "vocabulary-without-values": (
        states(MTUS + "hasPhase", MTUS + "valuesFrom", MTUS + "Claim"),
        "property ontology/hasPhase, class ontology/Claim",
    ),
    "undescribed-reference": (has(ADJUNCT, MTUS + "precondition", NOTHING), "thing guideline/chronic-pain-2009/nothing-at-all"),
    "target-never-inferred": (has(ADJUNCT, MTUS + "appliesTo", MTUS + "Claim"), "class ontology/Claim"),
    "request-class-without-treatment": (Mutant(NEW, plus=ODD_REQUEST), "class ontology/NewThing, filler ontology/Claim"),
    "number-in-two-criteria": (Mutant(COPY, plus=SAME_NUMBER), "first guideline/chronic-pain-2009/ESI-8a.copy"),
    "component-without-message": (lacks(VISITS + ".holds", SH + "message"), "shape guideline/chronic-pain-2009/MAS-3.visits.holds"),
    "component-never-used": (
        Mutant(
            NEW, plus=((NEW, TYPE, SH + "ConstraintComponent"), (NEW, SH + "parameter", "_:p"), ("_:p", SH + "path", MTUS + "newNumber"))
        ),
        "component ontology/NewThing",
    ),
    "part-never-used": (
        Mutant(COPY, plus=((COPY, TYPE, MTUS + "Criterion"), (COPY, MTUS + "hasRole", BASE + "role/part"))),
        "criterion guideline/chronic-pain-2009/ESI-8a.copy",
    ),
    "interpretation-never-used": (has(COPY, TYPE, MTUS + "Interpretation"), "interpretation guideline/chronic-pain-2009/ESI-8a.copy"),
    "source-never-cited": (has(COPY, TYPE, MTUS + "Source"), "source guideline/chronic-pain-2009/ESI-8a.copy"),
    "provision-cited-by-nothing": (lacks(CP + "MAS-5", MTUS + "notEncodedBecause"), "provision guideline/chronic-pain-2009/MAS-5"),
    "criterion-surer-than-provision": (
        states(CP + "MAS-2", MTUS + "hasConfidence", BASE + "confidence/low"),
        "criterion guideline/chronic-pain-2009/MAS-2.adjunct",
    ),
    "confirmed-by-nothing": (
        states(CP + "MAS-2", DCTERMS + "source", BASE + "source/general-knowledge"),
        "provision guideline/chronic-pain-2009/MAS-2",
    ),
    "page-outside-section": (states(CP + "MAS-2", MTUS + "page", Literal("61")), "provision guideline/chronic-pain-2009/MAS-2, page 61"),
    "statement-too-long": (
        states(CP + "MAS-2", MTUS + "statement", Literal("x" * 241)),
        "provision guideline/chronic-pain-2009/MAS-2, characters 241",
    ),
    "finding-looked-for-nowhere": (
        lacks(MTUS + "OutcomeComparison", MTUS + "isTypicallyReportedIn"),
        "finding ontology/ActivityComparison",
    ),
    "reported-in-no-document": (
        has(MTUS + "Pain", MTUS + "isTypicallyReportedIn", MTUS + "Claim"),
        "finding ontology/Pain, document ontology/Claim",
    ),
    "module-not-imported": (has(NEW, TYPE, OWL + "Ontology"), "module ontology/NewThing"),
    "limit-of-no-quantity": (
        lacks(CP + "MAN-3.trial-pace", MTUS + "limitsQuantity"),
        "criterion guideline/chronic-pain-2009/MAN-3.trial-pace",
    ),
    "component-uses-a-reserved-name": (
        Mutant(
            NEW,
            plus=((NEW, SH + "nodeValidator", "_:query"), ("_:query", SH + "select", Literal("SELECT $this WHERE { $this ?p ?value }"))),
        ),
        "component ontology/NewThing",
    ),
}


def test_every_quality_check_has_a_mutant() -> None:
    assert CHECKS.keys() == QUALITY_MUTANTS.keys()


@pytest.mark.parametrize("name", CHECKS)
def test_the_knowledge_that_ships_passes(name: str) -> None:
    check = CHECKS[name]
    found = violations(check, store_of(KNOWLEDGE.ontology, KNOWLEDGE.shapes, KNOWLEDGE.lint_shapes))
    assert not found, (check.problem, found, check.remedy)


@pytest.mark.parametrize("name", CHECKS)
def test_a_flaw_is_found(name: str) -> None:
    mutant, line = QUALITY_MUTANTS[name]
    found = violations(CHECKS[name], store_of(Graph(mutant.triples(Graph([*KNOWLEDGE.ontology, *KNOWLEDGE.shapes])))))
    assert any(line in violation for violation in found), found


def test_a_check_without_its_manual_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mute.rq").write_text("# problem: x\n# why: y\nSELECT * WHERE {}")
    with pytest.raises(KnowledgeError, match="does not state its remedy"):
        read_quality_checks(tmp_path)


### All of them


def test_the_command_runs_every_check() -> None:
    results = {result.name: result for result in run_checks(KNOWLEDGE, with_java=False)}
    assert [(result.name, result.details) for result in results.values() if not result.ok] == []
    assert "meta-shapes" in results
    assert {name.removeprefix("quality/") for name in results if name.startswith("quality/")} == CHECKS.keys()
    assert sum(name.startswith("competency/") for name in results) >= 12
    assert "hermit" not in results


def test_a_check_that_fails_says_what_and_how_to_mend_it() -> None:
    flawed = mutated(KNOWLEDGE, states(CP + "MAS-2", MTUS + "page", Literal("61")))
    failed = {result.name: result.details for result in run_checks(flawed, with_java=False) if not result.ok}
    check = CHECKS["page-outside-section"]
    assert failed.keys() == {"quality/page-outside-section"}
    assert failed["quality/page-outside-section"][0] == check.problem
    assert failed["quality/page-outside-section"][-1] == check.remedy


### What is covered, and what is not


def answer_for(treatment: str) -> tuple[str, list[str]]:
    """Return the answer and what its reasons are about, for a request for ``treatment`` beside those of the case of 2015."""
    case = json.loads((ROOT / "examples/imr-2015/case.json").read_text())
    case["treatments"].append({"id": "other", "type": treatment})
    case["requests"].append(
        {"id": "request-other", "type": "TreatmentRequest", "requestsTreatment": "other", "requestDate": "2015-08-18",
         "forCondition": "low-back-pain", "statedIn": ["note"]}
    )  # fmt: skip
    determined = determine(json.dumps(case).encode(), name="case.json")
    found = next(request for request in determined.requests if local_name(request.request) == "request-other")
    return local_name(found.answer), [local_name(reason.about) for reason in found.reasons]


@pytest.mark.parametrize(
    ("treatment", "section"),
    [("Acupuncture", "acupuncture"), ("SpinalCordStimulator", "spinal-cord-stimulators"), ("Gabapentin", "gabapentin"),
     ("Tramadol", "opioids"), ("Yoga", "yoga"), ("HomeHealthService", "home-health-services"),
     ("ProtonPumpInhibitor", "nsaids-and-gastrointestinal-risk")],
)  # fmt: skip
def test_a_section_that_is_not_encoded_leaves_the_answer_open(treatment: str, section: str) -> None:
    answer, about = answer_for(treatment)
    assert answer == "indeterminate"
    assert section in about


@pytest.mark.parametrize("treatment", ["GymMembership", "MagneticResonanceImaging", "Drug", "Equipment"])
def test_a_treatment_on_which_the_edition_is_silent_is_not_addressed(treatment: str) -> None:
    assert answer_for(treatment)[0] == "not-addressed"


def test_every_section_of_the_registry_speaks_of_a_treatment() -> None:
    shapes = KNOWLEDGE.shape_model.targeted
    assert not [s for s in shapes if s.startswith(META)], "shapes about shapes are not for cases"
    sections = [section for section in KNOWLEDGE.guidelines.sections.values() if not section.is_encoded]
    assert len(sections) >= 50
    for section in sections:
        assert section.speaks_of and section.not_encoded_because and section.page, section.iri  # noqa: PT018  all or none


def test_the_meta_shapes_are_quick_enough_to_run_at_every_start() -> None:
    graph = Graph([*KNOWLEDGE.ontology, *KNOWLEDGE.shapes])
    assert Evaluator(graph).rows(read_shapes(KNOWLEDGE.meta_shapes).targeted.values()) == []
    assert not [shape for shape in read_shapes(KNOWLEDGE.meta_shapes).all.values() if shape.components], (
        "SPARQL would need a store at start-up"
    )

"""Which edition is in force: at and around every boundary, for each date of a request, and never by the clock."""

from itertools import pairwise

import pytest

from mtus.reasoner.determine import Answer, ReasonKind
from mtus.reasoner.editions import select_editions
from mtus.reasoner.graph import Graph, Literal, Triple, n_triples
from mtus.reasoner.namespaces import BASE, CASE, GUIDELINE, MTUS, TYPE, XSD
from mtus.reasoner.pipeline import determine
from mtus.reasoner.render_text import to_letter
from mtus.reasoner.render_tree import to_tree

REQUEST = CASE + "edition/request"
DOCUMENTS = tuple(f"{CASE}edition/document-{n}" for n in range(2))
NONE = "none"


def date(text: str) -> Literal:
    """Return a literal of a day, or of a year where ``text`` is one."""
    return Literal(text, XSD + ("date" if "-" in text else "integer"))


def request(requested: str = "", service: str = "", documents: tuple[str, ...] = ()) -> list[Triple]:
    triples: list[Triple] = [(REQUEST, TYPE, MTUS + "TreatmentRequest")]
    triples += [(REQUEST, MTUS + "requestDate", date(requested))] if requested else []
    triples += [(REQUEST, MTUS + "serviceDate", date(service))] if service else []
    for document, day in zip(DOCUMENTS, documents, strict=False):
        prop = "documentDate" if "-" in day else "documentYear"
        triples += [(REQUEST, MTUS + "statedIn", document), (document, MTUS + prop, date(day))]
    return triples


def selected(knowledge, triples: list[Triple]) -> list[str]:
    """Return the short names of the editions that the dates of the request select: one, several or ``none``."""
    (selection,) = select_editions(Graph(triples), REQUEST, knowledge)
    return [
        edition.iri.removeprefix(GUIDELINE).split("/")[0].removeprefix("chronic-pain-") if edition else NONE
        for edition in selection.candidates
    ]


BOUNDARIES = [
    # one date of request
    ("2009-07-17", "", [NONE]),
    ("2009-07-18", "", ["2009"]),
    ("2009-07-19", "", ["2009"]),
    ("2016-07-26", "", ["2009"]),
    ("2016-07-27", "", ["2009"]),
    # in force since the 28th, and applied to requests made on or after the 29th
    ("2016-07-28", "", [NONE]),
    ("2016-07-29", "", ["2016"]),
    ("2016-07-30", "", ["2016"]),
    ("2017-11-30", "", ["2016"]),
    ("2017-12-01", "", ["2017"]),
    ("2017-12-02", "", ["2017"]),
    # request and service on both sides of a boundary, and both on one side
    ("2009-07-17", "2009-07-18", [NONE, "2009"]),
    ("2016-07-27", "2016-07-27", ["2009"]),
    ("2016-07-27", "2016-07-28", ["2009", NONE]),
    ("2016-07-27", "2016-07-29", ["2009", "2016"]),
    ("2016-07-15", "2016-08-15", ["2009", "2016"]),
    ("2017-11-30", "2017-12-01", ["2016", "2017"]),
    ("2017-12-01", "2017-12-01", ["2017"]),
    ("2015-08-20", "2015-09-01", ["2009"]),
    # a date of service alone selects by itself
    ("", "2015-08-20", ["2009"]),
    ("", "2017-12-01", ["2017"]),
]


@pytest.mark.parametrize(("requested", "service", "expected"), BOUNDARIES, ids=lambda v: v if isinstance(v, str) else "+".join(v))
def test_boundary(knowledge, requested: str, service: str, expected: list[str]) -> None:
    assert selected(knowledge, request(requested, service)) == expected


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        (("2016-07-27",), ["2009"]),
        (("2016-07-29",), ["2016"]),
        (("2016-07-29", "2016-07-27"), ["2009"]),
        (("2016-07-27", "2016-07-29"), ["2009"]),
        # of a year alone every day counts
        (("2015",), ["2009"]),
        (("2018",), ["2017"]),
        (("2009",), [NONE, "2009"]),
        (("2016",), ["2009", NONE, "2016"]),
        (("2017",), ["2016", "2017"]),
        # the earliest document is not later than any that is dated
        (("2016", "2016-07-27"), ["2009"]),
        (("2016", "2016-07-29"), ["2009", NONE, "2016"]),
        (("2018", "2016-07-29"), ["2016"]),
        (("2015", "2018-01-01"), ["2009"]),
    ],
)
def test_a_request_without_a_date_has_that_of_its_earliest_document(knowledge, documents: tuple[str, ...], expected: list[str]) -> None:
    assert selected(knowledge, request(documents=documents)) == expected


def test_the_document_that_lends_its_date_is_named(knowledge) -> None:
    (selection,) = select_editions(Graph(request(documents=("2016-07-29", "2016-07-27"))), REQUEST, knowledge)
    assert [(found.day.isoformat(), found.document) for found in selection.dates] == [("2016-07-27", DOCUMENTS[1])]


def test_a_year_is_shown_as_a_year(knowledge) -> None:
    determination = determine(case("2018"), knowledge=knowledge)
    (answered,) = determination.requests
    assert [reason.kind for reason in answered.reasons] == [ReasonKind.EDITION_NOT_ENCODED.iri]
    (selection,) = answered.editions
    assert [(d.date, d.year, d.taken_from) for d in selection.dates] == [("", "2018", DOCUMENTS[0])]
    letter = " ".join(to_letter(determination, knowledge).split())
    assert "by date of request 2018 (the year of the case summary, as the request bears none)" in letter
    assert "date of request 2018" in to_tree(answered, knowledge)


def test_a_year_with_a_change_of_edition_is_ambiguous(knowledge) -> None:
    (answered,) = determine(case("2016"), knowledge=knowledge).requests
    assert [reason.kind for reason in answered.reasons] == [ReasonKind.EDITION_AMBIGUOUS.iri]
    for words in ("2016, from 1 January 2016 on, the year of the", "from 28 July 2016 on", "from 29 July 2016 on"):
        assert words in answered.reasons[0].text


def test_a_date_of_its_own_goes_before_that_of_a_document(knowledge) -> None:
    (selection,) = select_editions(Graph(request("2016-07-29", documents=("2016-07-27",))), REQUEST, knowledge)
    assert [(found.day.isoformat(), found.document) for found in selection.dates] == [("2016-07-29", "")]


def test_editions_of_one_guideline_do_not_overlap(knowledge) -> None:
    editions = sorted(knowledge.guidelines.editions.values(), key=lambda e: (e.guideline, e.effective_from))
    for earlier, later in pairwise(editions):
        if earlier.guideline == later.guideline:
            assert earlier.effective_to is not None
            assert earlier.effective_to < later.effective_from


# From a case to its answer


def case(requested: str, service: str = "") -> bytes:
    """Return a small case with one request for massage therapy, which only the edition of 2009 encodes; a year dates its document alone."""
    node = CASE + "edition"
    triples: list[Triple] = [
        (node, TYPE, MTUS + "Case"), (node, MTUS + "synthetic", Literal("true", XSD + "boolean")),
        (node, MTUS + "hasClaim", node + "/claim"), (node + "/claim", TYPE, MTUS + "Claim"),
        (node + "/claim", MTUS + "injuryDate", date("2008-01-01")),
        (node, MTUS + "hasReview", node + "/review"), (node + "/review", TYPE, MTUS + "IndependentMedicalReview"),
        (node + "/review", MTUS + "hasStage", MTUS + "independentReview"),
        (node, MTUS + "hasTreatment", node + "/massage"), (node + "/massage", TYPE, MTUS + "MassageTherapy"),
        (node, MTUS + "hasDocument", DOCUMENTS[0]), (DOCUMENTS[0], TYPE, MTUS + ("ProgressReport" if "-" in requested else "CaseSummary")),
        (node, MTUS + "hasRequest", REQUEST), (REQUEST, MTUS + "requestsTreatment", node + "/massage"),
        *request(requested if "-" in requested else "", service, documents=(requested,)),
    ]  # fmt: skip
    return n_triples(triples)


@pytest.mark.parametrize(
    ("requested", "service", "kind"),
    [
        ("2009-07-17", "", ReasonKind.EDITION_NOT_ENCODED),
        ("2016-07-28", "", ReasonKind.EDITION_NOT_ENCODED),
        ("2016-07-29", "", ReasonKind.EDITION_NOT_ENCODED),
        ("2017-12-01", "", ReasonKind.EDITION_NOT_ENCODED),
        ("2016-07-20", "2016-08-02", ReasonKind.EDITION_AMBIGUOUS),
        ("2017-11-30", "2017-12-01", ReasonKind.EDITION_AMBIGUOUS),
    ],
)
def test_what_we_do_not_know_is_never_a_denial(knowledge, requested: str, service: str, kind: ReasonKind) -> None:
    (answered,) = determine(case(requested, service), knowledge=knowledge).requests
    assert answered.answer == Answer.INDETERMINATE.iri
    assert [reason.kind for reason in answered.reasons] == [kind.iri]
    assert answered.criteria == ()


def test_both_candidates_of_an_ambiguity_are_named_with_their_dates(knowledge) -> None:
    (answered,) = determine(case("2016-07-20", "2016-08-02"), knowledge=knowledge).requests
    (selection,) = answered.editions
    assert selection.edition == ""
    assert {(d.basis.removeprefix(BASE), d.date, d.edition.removeprefix(GUIDELINE)) for d in selection.dates} == {
        ("basis/request", "2016-07-20", "chronic-pain-2009/edition"),
        ("basis/service", "2016-08-02", "chronic-pain-2016/edition"),
    }
    for words in ("20 July 2016", "2 August 2016", "2009", "2016"):
        assert words in answered.reasons[0].text


@pytest.mark.parametrize("requested", ["2009-07-18", "2016-07-27"])
def test_first_and_last_day_are_in_force(knowledge, requested: str) -> None:
    (answered,) = determine(case(requested), knowledge=knowledge).requests
    assert answered.criteria
    assert not {reason.kind for reason in answered.reasons} & {ReasonKind.EDITION_NOT_ENCODED.iri, ReasonKind.EDITION_AMBIGUOUS.iri}

"""Broken input: one file a mistake, each with its code, its place, and the words that its message must contain."""

import json
import re
import time
import tracemalloc
from pathlib import Path

import pytest

from mtus.reasoner.canonical import name_blank_nodes
from mtus.reasoner.errors import CaseError, Problem
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import load_case, read_case_file, read_case_stream
from mtus.reasoner.pipeline import check_case
from mtus.reasoner.settings import Settings

BROKEN = Path(__file__).parent / "broken"

# file: code, place (after the file name), words of reason or remedy
EXPECTED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    # What is no Turtle, JSON, XML
    "broken-turtle.ttl": ("syntax", ", line 45, column 27", ("not valid Turtle", "string")),
    "missing-dot.ttl": ("syntax", ", line 23, column 1", ("A dot is expected",)),
    "undeclared-prefix.ttl": ("syntax", ", line 17, column 35", ("xsd:", "Declare the prefix")),
    "identifier-with-space.ttl": ("syntax", ", line 60, column 19", ("' '", "no spaces")),
    "relative-identifier.ttl": ("syntax", ", line 8, column 19", ("@base",)),
    "triple-term.ttl": ("syntax", "", ("about a statement", "RDF 1.1")),
    "broken-json.json": ("syntax", ", line 18, column 129", ("not valid JSON", "expecting value")),
    "trailing-comma.json": ("syntax", ", line 26, column 3", ("not valid JSON",)),
    "unfinished.json": ("syntax", ", line 25, column 134", ("not valid JSON",)),
    "not-a-number.json": ("syntax", "#/requests/0/visitCount", ("NaN is no number",)),
    "broken-xml.rdf": ("syntax", ", line 6", ("not valid RDF/XML", "rdf:RDFF")),
    "latin-1-declared.rdf": ("syntax", ", line 1", ("Only UTF-8",)),
    # What is no UTF-8, or nothing at all
    "latin-1.ttl": ("not-utf-8", ", line 61, column 19", ("0xE1", "Save the file as UTF-8")),
    "utf-16.ttl": ("not-utf-8", "", ("UTF-16",)),
    "utf-16-without-mark.json": ("not-utf-8", "", ("UTF-16",)),
    "empty.ttl": ("empty-case", "", ("The file is empty", "mtus new case")),
    "white-space.json": ("empty-case", "", ("The file is empty",)),
    "only-comments.ttl": ("empty-case", "", ("no statement",)),
    "only-prefixes.ttl": ("empty-case", "", ("no statement",)),
    # JSON of a wrong structure
    "list.json": ("json-shape", "#", ("a JSON object",)),
    "text.json": ("json-shape", "#", ("a JSON object",)),
    "no-id.json": ("case-id", "#/id", ("no usable identifier",)),
    "id-with-space.json": ("case-id", "#/id", ("without spaces",)),
    "identifier-with-space.json": ("bad-identifier", "#/findings/0/statedIn", ("'the note' is no identifier",)),
    "number-as-identifier.json": ("bad-identifier", "#/documents/1/id", ("'7' is no identifier",)),
    "null.json": ("json-shape", "#/requests/0/visitCount", ("null", "Leave the key out")),
    "list-in-list.json": ("json-shape", "#/conditions/0/statedIn/0", ("a list in a list",)),
    "no-type.json": ("missing-type", "#/requests/1", ("what kind of thing", '"type"')),
    "described-twice.json": ("described-twice", "#/documents/1", ("'note'", "/documents/0")),
    "wrong-root-type.json": ("json-shape", "#/type", ("'Claim'",)),
    "repeated-key.json": ("repeated-key", "#/requests/0", ("'visitCount' stands twice",)),
    "nested.json": ("json-depth", "#/findings/0/statedIn/knownThrough", ("at most 20 levels",)),
    "deeply-nested.json": ("json-depth", "", ("too deeply",)),
    # What is read from elsewhere, or dropped silently by others
    "remote-context.jsonld": ("remote-context", "#/@context", ("https://example.org/context.jsonld", "nothing is ever fetched")),
    "remote-import.jsonld": ("remote-context", "#/@context/@import", ("nothing is ever fetched",)),
    "import.ttl": ("import", ", line 8, small", ("https://example.org/more.ttl", "nothing is ever fetched")),
    "external-entity.rdf": ("doctype", ", line 2", ("none is read",)),
    "growing-entity.rdf": ("doctype", ", line 2", ("none is read",)),
    "dropped-key.jsonld": ("unknown-property", ", small", ("'visitCount'", "context")),
    "no-base.jsonld": ("bad-identifier", ", small, hasRequest", ("'request-1' is a relative identifier", "@base")),
    "null.jsonld": ("json-shape", "#/mtus:hasClaim", ("null",)),
    "repeated-key.jsonld": ("repeated-key", "#", ("'mtus:note' stands twice",)),
    "deeply-nested.jsonld": ("json-depth", "", ("too deeply",)),
    # Unknown terms, with the nearest known one
    "unknown-class.ttl": ("unknown-class", ", line 28, pain", ("'LowBackPane'", "Did you mean LowBackPain?")),
    "unknown-class.json": ("unknown-class", "#/conditions/0/type", ("'LowBackPane'", "Did you mean LowBackPain?")),
    "unknown-property.ttl": ("unknown-property", ", line 39, request-1", ("'visitCuont'", "Did you mean visitCount?")),
    "unknown-property.json": ("unknown-property", "#/requests/0/visitCuont", ("'visitCuont'", "Did you mean 'visitCount'?")),
    "property-from-elsewhere.ttl": ("unknown-property", ", line 39, request-1", ("http://schema.org/amount",)),
    "unknown-term.ttl": ("unknown-term", ", line 29, pain, hasPhase", ("phase of a condition", "Did you mean chronicPhase?")),
    "unknown-term.json": ("unknown-term", "#/conditions/0/hasPhase", ("phase of a condition", "Did you mean chronicPhase?")),
    "term-of-another-vocabulary.ttl": ("unknown-term", ", line 29, pain, hasPhase", ("'documentedPresent'", "acutePhase, chronicPhase or")),
    "unknown-kind-of-finding.ttl": (
        "unknown-term",
        ", line 26, ground, claimsAbsenceOf",
        ("no kind of finding", "Did you mean FailureOfConservativeCare?"),
    ),
    "kind-of-something-else.ttl": ("unknown-term", ", line 26, ground, claimsAbsenceOf", ("no kind of finding", "the name of a kind of")),
    "finding-for-a-kind.ttl": ("wrong-kind", ", line 26, ground, claimsAbsenceOf", ("finding-1", "the name of a kind of finding")),
    "counted-days.ttl": ("derived-value", ", line 22, decision", ("'workingDaysAtLeast'", "state the date")),
    "unknown-provision.ttl": ("unknown-term", ", line 17, decision, cites", ("'MAS-33'", "Did you mean MAS-3?")),
    "class-as-value.ttl": ("class-as-value", ", line 38, request-1, requestsTreatment", ("'MassageTherapy' is a kind of thing",)),
    # What a case may not say
    "statement-about-a-term.ttl": ("knowledge-in-case", ", line 63, MassageTherapy", ("changes no knowledge",)),
    "statement-about-a-provision.ttl": ("knowledge-in-case", ", line 63, MAS-3", ("changes no knowledge",)),
    "class-of-its-own.ttl": ("knowledge-in-case", ", line 63, Pain2", ("'Class'",)),
    "axiom-of-its-own.ttl": ("knowledge-in-case", ", line 34, sedation", ("'sameAs'",)),
    "answer-in-case.ttl": ("not-for-cases", ", line 20, request-1", ("'hasAnswer'", "no case states it")),
    "kind-of-answer.ttl": ("not-for-cases", ", line 23, summary", ("'Determination'",)),
    "inferred-link.ttl": ("not-for-cases", ", line 40, request-1", ("'renewsCourse'", "inference")),
    "derived-day-number.ttl": ("derived-value", ", line 40, request-1", ("'requestDay' is worked out", "state the date")),
    "derived-day-number.json": ("unknown-property", "#/requests/0/requestDay", ("Did you mean 'requestDate'?",)),
    # Wrong datatypes and values
    "text-for-whole-number.ttl": ("wrong-datatype", ", line 39, request-1, visitCount", ("a text", "a whole number")),
    "text-for-whole-number.json": ("wrong-datatype", "#/requests/0/visitCount", ("a text", "a whole number", "without quotes")),
    "decimal-for-whole-number.ttl": ("wrong-datatype", ", line 39, request-1, visitCount", ("'6.5'", "a whole number")),
    "decimal-for-whole-number.json": ("wrong-datatype", "#/requests/0/visitCount", ("'6.5'", "a whole number")),
    "ill-formed-whole-number.ttl": ("wrong-datatype", ", line 39, request-1, visitCount", ("'six' is not valid",)),
    "exponent.json": ("wrong-datatype", "#/courses/0/visitsPerMonth", ("'2e3'", "without an exponent")),
    "whole-number-for-date.ttl": ("wrong-datatype", ", line 18, claim, injuryDate", ("'2014' is a whole number", "a date")),
    "whole-number-for-date.json": ("wrong-datatype", "#/claim/injuryDate", ("'2014' is a whole number", "a date")),
    "text-for-date.ttl": ("wrong-datatype", ", line 18, claim, injuryDate", ("is a text", '"2015-08-18"^^xsd:date')),
    "text-for-true-or-false.json": ("wrong-datatype", "#/synthetic", ("true or false",)),
    "language-tag.ttl": ("wrong-datatype", ", line 61, finding-1, place", ("language tag",)),
    "reference-for-text.ttl": ("wrong-datatype", ", line 61, finding-1, place", ("a text", "refers to 'note'")),
    "reference-for-text.json": ("wrong-datatype", "#/findings/0/place", ("a text", "refers to 'page'")),
    "text-for-reference.ttl": ("wrong-datatype", ", line 60, finding-1, statedIn", ("a reference", "Refer to a document")),
    "number-for-reference.json": ("wrong-datatype", "#/findings/0/statedIn", ("a reference", "Refer to a document")),
    "impossible-date.ttl": ("impossible-date", ", line 26, note, documentDate", ("'2015-02-30'", "2015-08-18")),
    "impossible-date.json": ("impossible-date", "#/documents/1/date", ("'2015-02-30'", "2015-08-18")),
    "american-date.json": ("impossible-date", "#/documents/1/date", ("'08/18/2015'", "year-month-day")),
    "date-with-zone.ttl": ("impossible-date", ", line 26, note, documentDate", ("'2015-08-18Z'",)),
    "control-character.ttl": ("control-character", ", line 61, finding-1, place", ("U+0007", "Remove it")),
    "control-character.json": ("control-character", "#/findings/0/place", ("U+001B",)),
    "half-a-character.json": ("control-character", "#/findings/0/place", ("U+D83D",)),
    "negative-visits.ttl": ("case-visit-count", ", small/request-1", ("at least one", "-6")),
    "negative-visits.json": ("case-visit-count", ", small/request-1", ("at least one", "-6")),
    "negative-visits-a-month.json": ("case-course-visits-a-month", ", small/course-1", ("not negative", "-2")),
    "zero-visits.ttl": ("case-visit-count", ", small/request-1", ("at least one", "0")),
    "zero-visits.json": ("case-visit-count", ", small/request-1", ("at least one", "0")),
    "range-upside-down.json": ("case-finding-range", ", small/finding-1", ("lowest score",)),
    # What is missing, or there too often
    "no-injury-date.ttl": ("case-injury-date", ", small/claim", ("date of injury",)),
    "no-injury-date.json": ("case-injury-date", ", small/claim", ("date of injury",)),
    "injury-date-and-none.json": ("case-injury-date", ", small/claim", ("or says that none is on file", "lacksInjuryDate")),
    "date-and-year.json": ("case-date-or-year", ", small/note", ("not both",)),
    "year-of-two-digits.json": ("case-document-year", ", small/summary", ("four digits", "15")),
    "decided-before-receipt.ttl": ("case-decision-dates", ", small/decision", ("not after it is decided", "2015-08-26")),
    "cites-nothing-and-something.ttl": ("case-decision-citation", ", small/decision", ("has no citation", "Leave out citesNothing")),
    "ground-of-no-decision.ttl": ("case-ground-of-decision", ", small/ground", ("exactly one decision",)),
    "unlisted-appeal.ttl": ("case-appeal-in-case", ", small/appeal", ("listed in the case",)),
    "undated-request.ttl": ("case-request-dated", ", small/request-1", ("Nothing dates this request",)),
    "undated-document.json": ("case-document-date", ", small/note", ("has a date",)),
    "no-treatment.ttl": ("case-request-treatment", ", small/request-1", ("exactly one known treatment",)),
    "no-treatment.json": ("case-request-treatment", ", small/request-1", ("exactly one known treatment",)),
    "two-treatments.json": ("case-request-treatment", ", small/request-1", ("split a request for several",)),
    "no-document.ttl": ("case-finding-document", ", small/finding-1", ("stated in a document",)),
    "no-document.json": ("case-finding-document", ", small/finding-1", ("stated in a document",)),
    "no-status.ttl": ("case-finding-status", ", small/finding-1", ("documented present or documented absent",)),
    "no-status.json": ("case-finding-status", ", small/finding-1", ("documented present or documented absent",)),
    "no-requests.json": ("case-has-request", ", small", ("nothing to be decided",)),
    "no-review.ttl": ("case-one-review", ", small", ("exactly one review",)),
    "no-case.ttl": ("one-case", "", ("Nothing in the file is said to be a case", "mtus:Case")),
    "two-cases.ttl": ("one-case", "", ("2 cases", "other, small")),
    "two-cases.trig": ("one-case", "", ("2 cases", "other, small")),
    "case-without-identifier.ttl": ("one-case", "", ("no identifier",)),
    # Things of the wrong kind, and where they point
    "request-without-type.ttl": ("missing-type", ", line 44, request-2", ("request-2 (Sedation)", "such as TreatmentRequest")),
    "request-of-another-kind.ttl": ("wrong-kind", ", line 13, small, hasRequest", ("a case summary", "a treatment request")),
    "listed-as-request.ttl": ("wrong-kind", ", line 13, small, hasRequest", ("note", "a progress report", "a treatment request")),
    "document-listed-as-treatment.ttl": ("wrong-kind", ", line 12, small, hasTreatment", ("a progress report", "a treatment")),
    "visits-on-a-document.ttl": ("misplaced-property", ", line 24, summary, visitCount", ("visits requested", "a treatment request")),
    "visits-on-a-document.json": ("misplaced-property", "#/documents/0/visitCount", ("visits requested", "a treatment request")),
    "dangling-reference.ttl": ("dangling-reference", ", line 59, finding-1, concerns", ("'pian'", "Did you mean 'pain'?")),
    "dangling-reference.json": ("dangling-reference", "#/findings/0/concerns", ("'pian'", "Did you mean 'pain'?")),
    "cycle-of-one.json": ("dependency-cycle", "#/requests/1/isPerformedDuring", ("request-2 (Sedation) → request-2 (Sedation)",)),
    "cycle-of-two.ttl": ("dependency-cycle", ", line 48, request-2", ("request-1 (Massage, 6 visits) → request-2 (Sedation) → request-1",)),
    "cycle-of-three.ttl": ("dependency-cycle", ", line 48, request-2", ("→ request-3 (Clearance) → request-2 (Sedation) →",)),
    "contradictory-types.ttl": (
        "contradictory-facts",
        "course-1",
        ("course-1 type TreatmentCourse", "course-1 type TreatmentRequest", "nothing is both a treatment course and a treatment request"),
    ),
    "contradictory-status.ttl": (
        "contradictory-facts",
        "finding-1",
        ("hasStatus documentedAbsent", "hasStatus documentedPresent", "nothing is both"),
    ),
    # Blank nodes that would take for ever to name
    "blank-node-clique.ttl": ("blank-node-tangle", "", ("12 things without an identifier", "Give them identifiers")),
    "blank-node-ring.ttl": ("blank-node-tangle", "", ("40 things without an identifier",)),
}
# Files whose one mistake has more than one consequence.
SEVERAL = {"no-base.jsonld", "request-of-another-kind.ttl", "undated-document.json"}


def refused(content: bytes, knowledge: Knowledge, name: str, settings: Settings | None = None) -> tuple[Problem, ...]:
    """Return the problems for which ``content`` is refused; every one of them is complete and leaks nothing."""
    with pytest.raises(CaseError) as caught:
        check_case(load_case(content, knowledge, name=name, settings=settings or Settings()), knowledge)
    problems = caught.value.problems
    assert problems
    assert caught.value.exit_code == 2
    for problem in problems:
        assert all((problem.code, problem.where, problem.why, problem.remedy)), problem
        assert re.fullmatch(r"[a-z0-9-]+", problem.code)
        assert problem.why.endswith(".") or problem.why.endswith(")")
        assert len(str(problem)) < 2500
        for leak in ("Traceback", "/root/", "/work/", "<class", "object at 0x"):
            assert leak not in str(problem)
    return problems


def problems_of(content: bytes, knowledge: Knowledge, name: str) -> tuple[Problem, ...]:
    """Return what is wrong with ``content``, nothing where it is a right case; any other error fails the test."""
    try:
        check_case(load_case(content, knowledge, name=name), knowledge)
    except CaseError as error:
        return error.problems
    return ()


def test_every_broken_file_is_expected() -> None:
    assert {path.name for path in BROKEN.iterdir()} - set(EXPECTED) == {"_valid.ttl", "_valid.json"}
    assert not set(EXPECTED) - {path.name for path in BROKEN.iterdir()}


@pytest.mark.parametrize("name", ["_valid.ttl", "_valid.json"])
def test_the_files_that_they_are_made_from_are_right(name: str, knowledge: Knowledge) -> None:
    check_case(load_case(read_case_file(BROKEN / name), knowledge, name=name), knowledge)


def test_the_two_right_files_say_the_same(knowledge: Knowledge) -> None:
    turtle, plain = (load_case((BROKEN / name).read_bytes(), knowledge, name=name) for name in ("_valid.ttl", "_valid.json"))
    assert turtle.stated == plain.stated
    assert turtle.digest == plain.digest


@pytest.mark.parametrize("name", EXPECTED)
def test_broken_file(name: str, knowledge: Knowledge) -> None:
    code, place, words = EXPECTED[name]
    started = time.perf_counter()
    problems = refused(read_case_file(BROKEN / name), knowledge, name)
    assert time.perf_counter() - started < 2
    first = problems[0]
    assert first.code == code
    if code == "contradictory-facts":
        assert place in first.where
    else:
        assert first.where.startswith(name + place), first.where
    for word in words:
        assert word in f"{first.why} {first.remedy}"
    assert name in SEVERAL or len(problems) == 1, problems


def test_messages_hold_no_long_identifiers(knowledge: Knowledge) -> None:
    """A treating office reads names, not IRIs; those of others, and those to copy, are shown as they are."""
    shown = {"syntax", "remote-context", "import", "unknown-property", "bad-identifier", "one-case", "contradictory-facts"}
    for name, (code, _, _) in EXPECTED.items():
        if code not in shown:
            for problem in refused((BROKEN / name).read_bytes(), knowledge, name):
                assert "://" not in str(problem), problem


# Mistakes that are made here, since they are many, large, or about the reading of the file itself


def with_facts(extra: str) -> bytes:
    return ((BROKEN / "_valid.ttl").read_text() + extra).encode()


def test_a_file_of_100_megabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.ttl"
    with path.open("wb") as stream:
        stream.truncate(100_000_000)
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(CaseError) as caught:
        read_case_file(path)
    elapsed = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    problem = caught.value.problems[0]
    assert (problem.code, problem.where) == ("case-too-large", "huge.ttl")
    assert "100,000,000 bytes" in problem.why
    assert "4,000,000" in problem.why
    assert elapsed < 0.5
    assert peak < 1_000_000


def test_a_stream_without_end_is_read_up_to_the_limit() -> None:
    with Path("/dev/zero").open("rb") as stream, pytest.raises(CaseError) as caught:
        read_case_stream(stream, "standard input", Settings(max_bytes=10_000))
    assert caught.value.problems[0].code == "case-too-large"


def test_content_beyond_the_limit_is_refused(knowledge: Knowledge) -> None:
    problems = refused(b"#" * 4_000_001, knowledge, "large.ttl")
    assert problems[0].code == "case-too-large"


@pytest.mark.parametrize(("what", "word"), [("missing", "no such file"), ("folder", "a folder")])
def test_a_file_that_is_none(what: str, word: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(CaseError) as caught:
        read_case_file(tmp_path / what)
    problem = caught.value.problems[0]
    assert problem.code == "no-file"
    assert word in problem.why
    assert problem.remedy


def test_a_literal_of_a_megabyte(knowledge: Knowledge) -> None:
    problems = refused(with_facts(f':note mtus:note "{"long " * 200_000}" .\n'), knowledge, "long.ttl")
    assert [p.code for p in problems] == ["text-too-long"]
    assert "1,000,000 characters" in problems[0].why
    assert problems[0].where == "long.ttl, line 63, note, note"


def test_a_number_of_many_digits(knowledge: Knowledge) -> None:
    valid = (BROKEN / "_valid.json").read_text()
    for digits in (19, 5_000, 100_000):
        problems = refused(valid.replace('"visitCount": 6', f'"visitCount": {"9" * digits}').encode(), knowledge, "long.json")
        assert [p.code for p in problems] == ["wrong-datatype"]
        assert len(problems[0].why) < 200


def test_more_statements_than_a_case_has(knowledge: Knowledge) -> None:
    many = with_facts(":note mtus:note " + ", ".join(f'"{n}"' for n in range(50_000)) + " .\n")
    problems = refused(many, knowledge, "many.ttl")
    assert [p.code for p in problems] == ["case-too-large"]
    assert "40,000 statements" in problems[0].why


@pytest.mark.parametrize(
    "text",
    [
        '{"id": "x", "documents": [' + "1, " * 1_000_000 + "1]}",
        '{"id": "x", "' + "k" * 1_000_000 + '": [' + "1, " * 500_000 + "1]}",
        '{"@id": "http://x/y", "' + "k" * 1_000_000 + '": [' + "1, " * 500_000 + "null]}",
        '{"id": "x", "label": ' + "[" * 900 + "1, " * 500_000 + "1" + "]" * 900 + "}",
        '{"@id": "http://x/y", "label": ' + "[" * 900 + "1, " * 500_000 + "null" + "]" * 900 + "}",
        "<x:s> <x:p> " + "1," * 1_500_000 + "1 .",
    ],
    ids=["long list", "long key", "long key in JSON-LD", "deep list", "deep list in JSON-LD", "long object list"],
)
def test_files_within_the_limit_that_would_grow(text: str, knowledge: Knowledge) -> None:
    """Four megabytes that stand for far more are refused with little memory, and the message stays short."""
    tracemalloc.start()
    started = time.perf_counter()
    assert refused(text.encode(), knowledge, "growing")
    elapsed = time.perf_counter() - started
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert elapsed < 20
    assert peak < 250_000_000


def test_all_problems_of_a_stage_are_told_together(knowledge: Knowledge) -> None:
    content = (BROKEN / "_valid.ttl").read_text().replace("visitCount 6", "visitCuont 6").replace("LowBackPain", "LowBackPane")
    content = content.replace('"2014-03-06"', '"2014-02-30"')
    assert {p.code for p in refused(content.encode(), knowledge, "three.ttl")} == {"unknown-property", "unknown-class", "impossible-date"}
    plain = (BROKEN / "_valid.json").read_text().replace('"visitCount"', '"visitCuont"').replace("LowBackPain", "LowBackPane")
    plain = plain.replace("2014-03-06", "2014-02-30").replace('"synthetic": true', '"synthetic": null')
    codes = {p.code for p in refused(plain.encode(), knowledge, "four.json")}
    assert codes == {"unknown-property", "unknown-class", "impossible-date", "json-shape"}


def test_thousands_of_problems_are_counted_and_told_fast(knowledge: Knowledge) -> None:
    content = with_facts("".join(f":note mtus:visitCuont{n} {n} .\n" for n in range(20_000)))
    started = time.perf_counter()
    problems = refused(content, knowledge, "many.ttl")
    assert time.perf_counter() - started < 5
    assert len(problems) == Settings().max_problems + 1
    assert problems[-1].code == "more-problems"
    assert "19,950 more problems" in problems[-1].why


def test_a_chain_of_any_length_is_no_circle_and_no_crash(knowledge: Knowledge) -> None:
    links = "".join(
        f":step-{n} a mtus:TreatmentRequest ; mtus:requestsTreatment :sedation ; mtus:statedIn :note ;"
        f" mtus:isDerivativeOf :step-{n + 1} .\n"
        for n in range(3_000)
    )
    last = ":step-3000 a mtus:TreatmentRequest ; mtus:requestsTreatment :sedation ; mtus:statedIn :note {} .\n"
    load_case(with_facts(links + last.format("")), knowledge, name="chain.ttl")
    circle = with_facts(links + last.format("; mtus:isDerivativeOf :step-0"))
    with pytest.raises(CaseError) as caught:
        load_case(circle, knowledge, name="circle.ttl")
    assert caught.value.problems[0].code == "dependency-cycle"


def test_a_long_word_is_not_compared_with_every_name(knowledge: Knowledge) -> None:
    started = time.perf_counter()
    problems = refused(with_facts(f":note mtus:{'x' * 300_000} 1 .\n"), knowledge, "word.ttl")
    assert time.perf_counter() - started < 2
    assert problems[0].code == "unknown-property"


@pytest.mark.parametrize(
    "text",
    [
        "@prefix : <x:> . :a :p " + "[ :p " * 50_000 + "1" + "]" * 50_000 + " .",
        "@prefix : <x:> . :a :p " + "(" * 30_000 + ")" * 30_000 + " .",
    ],
)
def test_deep_nesting_in_turtle(text: str, knowledge: Knowledge) -> None:
    assert refused(text.encode(), knowledge, "deep.ttl")


def test_blank_nodes_that_can_be_told_apart_are_no_tangle(knowledge: Knowledge) -> None:
    comparisons = "".join(
        "[] a mtus:PainComparison ; mtus:hasStatus mtus:documentedPresent ; mtus:concerns :pain ; mtus:statedIn :note ;"
        " mtus:isBetterWhen mtus:lowerIsBetter ;"
        f" mtus:hasBaseline [ a mtus:Measurement ; mtus:score {n} ] ; mtus:hasFollowUp [ a mtus:Measurement ; mtus:score {n}.5 ] .\n"
        for n in range(40)
    )
    started = time.perf_counter()
    load_case(with_facts(comparisons), knowledge, name="blank.ttl")
    assert time.perf_counter() - started < 2


def test_blank_nodes_at_the_limit_are_named_fast() -> None:
    for links in ([(i, (i + j) % 8) for i in range(8) for j in (1, 2)], [(a, b) for a in range(4) for b in range(4, 8)]):
        triples = [(f"_:n{a}", "x:p", f"_:n{b}") for a, b in links] + [(f"_:n{b}", "x:p", f"_:n{a}") for a, b in links]
        started = time.perf_counter()
        name_blank_nodes(list(dict.fromkeys(triples)), "graph")
        assert time.perf_counter() - started < 1


def test_every_single_byte_removed_is_read_or_refused(knowledge: Knowledge) -> None:
    """Whatever is cut out of a right file: it loads, or it is a clear error; never anything else."""
    for name in ("_valid.ttl", "_valid.json"):
        content = (BROKEN / name).read_bytes()
        for position in range(0, len(content), 11):
            found = problems_of(content[:position] + content[position + 1 :], knowledge, name)
            assert all((p.code and p.where and p.why and p.remedy) for p in found)


def test_every_value_replaced_by_each_kind_of_value(knowledge: Knowledge) -> None:
    """Whatever stands at any place of a JSON case: it loads, or it is a clear error; never anything else."""
    valid = json.loads((BROKEN / "_valid.json").read_text())

    def places(node: object, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
        items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
        return [path] * bool(path) + [found for key, value in items for found in places(value, (*path, key))]

    for path in places(valid):
        for value in (None, True, 7, -1.5, "", " ", "note", "http://", {}, [], [[]], {"id": "x"}, "mtus:x", "\x00", "é" * 300):
            changed = json.loads(json.dumps(valid))
            node = changed
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = value
            found = problems_of(json.dumps(changed).encode(), knowledge, "case.json")
            assert all((p.code and p.where and p.why and p.remedy) for p in found)
            assert all(p.where.startswith("case.json") for p in found if p.code != "contradictory-facts")

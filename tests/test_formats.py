"""The same case in every format: recognised without being told, and the same facts with the same digest."""

import json
import random
import re
from collections.abc import Callable
from pathlib import Path

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given, settings
from hypothesis import strategies as st

from mtus.reasoner.canonical import canonical_line, digest, name_blank_nodes
from mtus.reasoner.case_json import json_ld_context
from mtus.reasoner.graph import Literal, Triple, from_quads, n_triples
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.load import FORMATS, Facts, load_case, recognise
from mtus.reasoner.namespaces import XSD

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")

EXAMPLE = Path(__file__).parent.parent / "examples" / "imr-2015" / "case.json"
# A finding whose measurements have no identifiers of their own.
BLANK = {
    "id": "comparison", "type": "PainComparison", "status": "documentedPresent", "concerns": "low-back-pain", "statedIn": "note",
    "isBetterWhen": "lowerIsBetter",
    "hasBaseline": {"type": "Measurement", "score": 8, "measuredOn": "2015-01-05", "statedIn": "note"},
    "hasFollowUp": {"type": "Measurement", "score": 5.5, "measuredOn": "2015-08-18", "statedIn": "note", "place": "a \"tab\" and\nåéî 漢"},
}  # fmt: skip


@pytest.fixture(scope="module", params=["without blank nodes", "with blank nodes"])
def case(request: pytest.FixtureRequest) -> dict[str, object]:
    found = json.loads(EXAMPLE.read_text("utf-8"))
    if request.param == "with blank nodes":
        found["findings"].append(BLANK)
    return dict(found)


@pytest.fixture(scope="module")
def facts(case: dict[str, object], knowledge: Knowledge) -> Facts:
    return load_case(json.dumps(case).encode(), knowledge)


def written(triples: tuple[Triple, ...], form: str) -> str:
    """Return ``triples`` in ``form``, as pyoxigraph writes them."""
    quads = ox.parse(n_triples(triples), format=ox.RdfFormat.N_TRIPLES, rename_blank_nodes=False)
    prefixes = {"mtus": "https://w3id.org/mtus/ontology/", "xsd": XSD}
    content = ox.serialize((q.triple for q in quads), format=FORMATS[form], prefixes=prefixes)
    assert content is not None
    return content.decode()


def same(content: str | bytes, facts: Facts, knowledge: Knowledge, name: str = "case", syntax: str = "") -> None:
    found = load_case(content.encode() if isinstance(content, str) else content, knowledge, name=name, syntax=syntax)
    assert found.stated == facts.stated
    assert found.derived == facts.derived
    assert found.digest == facts.digest
    assert found.case == facts.case


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_is_recognised_and_gives_the_same_digest(form: str, facts: Facts, knowledge: Knowledge) -> None:
    same(written(facts.stated, form), facts, knowledge)


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_by_its_name(form: str, facts: Facts, knowledge: Knowledge) -> None:
    same(written(facts.stated, form), facts, knowledge, syntax=form)


@pytest.mark.parametrize(
    ("suffix", "form"),
    [
        ("ttl", "turtle"),
        ("trig", "trig"),
        ("nt", "n-triples"),
        ("nq", "n-quads"),
        ("rdf", "rdf-xml"),
        ("owl", "rdf-xml"),
        ("xml", "rdf-xml"),
        ("jsonld", "json-ld"),
        ("json", "json-ld"),
        ("TTL", "turtle"),
    ],
)
def test_every_suffix(suffix: str, form: str, facts: Facts, knowledge: Knowledge) -> None:
    same(written(facts.stated, form), facts, knowledge, name=f"folder.d/case.{suffix}")


@pytest.mark.parametrize("form", FORMATS)
def test_what_the_text_shows_goes_before_a_wrong_suffix(form: str, facts: Facts, knowledge: Knowledge) -> None:
    text = written(facts.stated, form)
    if recognise(text) in ("rdf-xml", "json-ld"):
        same(text, facts, knowledge, name="case.ttl")


@pytest.mark.parametrize("form", ["turtle", "xml", "nt", "json-ld", "trig", "nquads"])
def test_what_rdflib_writes(form: str, facts: Facts, knowledge: Knowledge) -> None:
    graph = rdflib.Dataset() if form in ("trig", "nquads") else rdflib.Graph()
    graph.parse(data=n_triples(facts.stated), format="nt")
    same(graph.serialize(format=form), facts, knowledge)


@pytest.mark.parametrize("form", FORMATS)
def test_byte_order_mark_line_ends_and_space(form: str, facts: Facts, knowledge: Knowledge) -> None:
    text = written(facts.stated, form)
    same("\ufeff" + text, facts, knowledge)
    same(text.replace("\n", "\r\n"), facts, knowledge)
    if form != "rdf-xml":  # the XML declaration stands at the very start
        same("\n\n  " + text + "\n\n", facts, knowledge)


def test_comments_first(facts: Facts, knowledge: Knowledge) -> None:
    for form in ("turtle", "n-triples", "n-quads"):
        same("# a case\n# {not JSON}\n" + written(facts.stated, form), facts, knowledge)


def test_statements_in_any_order(facts: Facts, knowledge: Knowledge) -> None:
    lines = written(facts.stated, "n-triples").splitlines(keepends=True)
    for seed in range(5):
        random.Random(seed).shuffle(lines)
        same("".join(lines), facts, knowledge)
        same("".join(lines + lines[:20]), facts, knowledge)


def test_blank_nodes_by_other_names(facts: Facts, knowledge: Knowledge) -> None:
    lines = written(facts.stated, "n-triples")
    same(re.sub(r"_:c14n(\d)", lambda m: f"_:other{9 - int(m[1])}", lines), facts, knowledge)


def test_named_graphs_are_one_case(facts: Facts, knowledge: Knowledge) -> None:
    lines = written(facts.stated, "n-triples").splitlines()
    quads = [line[:-1] + f"<https://w3id.org/mtus/case/graph-{n % 3}> ." for n, line in enumerate(lines)]
    same("\n".join(quads), facts, knowledge)
    same("\n".join(quads), facts, knowledge, name="case.nq")
    same("{\n" + written(facts.stated, "n-triples") + "}\n", facts, knowledge)


def test_a_request_may_name_its_case(case: dict[str, object], facts: Facts, knowledge: Knowledge) -> None:
    """Listed from either side, a request without a date of its own has the day number of its document."""
    turned = tuple(
        (o, p.replace("hasRequest", "isRequestOf"), s) if p.endswith("/hasRequest") and isinstance(o, str) else (s, p, o)
        for s, p, o in facts.stated
    )
    found = load_case(written(turned, "n-triples").encode(), knowledge)
    assert sorted(found.derived) == sorted(facts.derived)


def test_numbers_and_truth_written_otherwise(case: dict[str, object], facts: Facts, knowledge: Knowledge) -> None:
    text = written(facts.stated, "turtle")
    for given_form, other in (("37", '"+037"^^xsd:integer'), ("6.0", "6"), ("true", '"1"^^xsd:boolean')):
        assert re.search(rf"\s{re.escape(given_form)}\b", text) or given_form == "6.0"
        same(re.sub(rf"(?<=\s){re.escape(given_form)}(?=\s)", lambda _, o=other: o, text), facts, knowledge)


def as_json_ld(case: dict[str, object], knowledge: Knowledge) -> str:
    """Return the plain JSON ``case`` with our published context, as a JSON-LD processor wants it."""
    identifier = f"https://w3id.org/mtus/case/{case['id']}"
    return json.dumps(
        {"@context": [{"@base": identifier + "/"}, json_ld_context(knowledge.vocabulary)], **case, "id": identifier, "type": "Case"}
    )


def test_plain_json_is_json_ld_with_the_published_context(case: dict[str, object], facts: Facts, knowledge: Knowledge) -> None:
    """Our own reading of plain JSON gives what pyoxigraph and rdflib read from the same text as JSON-LD."""
    text = as_json_ld({**case, "$schema": "https://w3id.org/mtus/schema/case.json"}, knowledge).replace("5.5", '"5.5"')
    triples = list(from_quads(ox.parse(text.encode(), format=ox.RdfFormat.JSON_LD)))
    assert digest(name_blank_nodes(triples, "case")) == facts.digest
    same(rdflib.Graph().parse(data=text, format="json-ld").serialize(format="nt"), facts, knowledge)
    same(text, facts, knowledge)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('{"id": "x"}', "json"),
        ("{'id': 'x'}", "json"),
        ('{id: "x"}', "json"),
        ("{}", "json"),
        ("[]", "json"),
        ("[{}]", "json"),
        ("{", "json"),
        ('{"note": "an @context inside"}', "json"),
        ('{"@context": {}}', "json-ld"),
        ('{"@id": "x"}', "json-ld"),
        ('[{"@id": "x"}]', "json-ld"),
        ("[] a <x:C> .", "trig"),
        ("[ a <x:C> ] .", "trig"),
        ("{ <x:a> <x:b> <x:c> }", "trig"),
        ("<x:a> a <x:b> .", "trig"),
        ("PREFIX a: <x:>", "trig"),
        ("# only\n", "trig"),
        ("<x:a> <x:b> <x:c> .", "n-quads"),
        ('_:a <x:b> "c"@en <x:g> .', "n-quads"),
        ('<x:a> <x:b> "." .\n<x:a> a <x:c> .', "trig"),
        ("<?xml version='1.0'?>", "rdf-xml"),
        ("<rdf:RDF>", "rdf-xml"),
        ("<!-- a -->", "rdf-xml"),
    ],
)
def test_recognise(text: str, form: str) -> None:
    assert recognise(text) == form


# The digest: canonical N-Quads of our own against the canonicalization of pyoxigraph, and against the words of the recommendation

# what canonical N-Quads escape (https://www.w3.org/TR/rdf-canon/#canonical-quads)
ECHARS = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def escaped(character: str) -> str:
    """Return how a character stands in canonical N-Quads, after the letter of the recommendation."""
    code = ord(character)
    if character in ECHARS:
        return ECHARS[character]
    is_control = code <= 0x07 or code == 0x0B or 0x0E <= code <= 0x1F or code == 0x7F
    is_char = 0x1 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
    return f"\\u{code:04X}" if is_control or not is_char else character


def test_every_character_is_escaped_as_recommended() -> None:
    for code in [*range(0x100), 0x2028, 0x202E, 0xD7FF, 0xE000, 0xFEFF, 0xFFFD, 0xFFFE, 0xFFFF, 0x10000, 0x1F600, 0x10FFFF]:
        character = chr(code)
        line = canonical_line(("x:s", "x:p", Literal(character)))
        assert line == f'<x:s> <x:p> "{escaped(character)}" .\n'
        assert line == str(ox.Triple(ox.NamedNode("x:s"), ox.NamedNode("x:p"), ox.Literal(character))) + " .\n"


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(["", "en", "de-at", XSD + "date", XSD + "string"]))
@settings(max_examples=300, deadline=None)
def test_lines_are_those_of_pyoxigraph(text: str, kind: str) -> None:
    ours = Literal(text, kind) if kind.startswith(XSD) else Literal(text, language=kind)
    if kind and not kind.startswith(XSD):
        ours = Literal(text, "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString", kind)
        theirs = ox.Literal(text, language=kind)
    else:
        theirs = ox.Literal(text, datatype=ox.NamedNode(kind or XSD + "string"))
    expected = str(ox.Triple(ox.NamedNode("x:s"), ox.NamedNode("x:p"), theirs)) + " .\n"
    assert canonical_line(("x:s", "x:p", ours)) == expected


def test_the_digest_is_that_of_the_canonical_dataset(facts: Facts) -> None:
    import hashlib

    dataset = ox.Dataset(ox.parse(n_triples(facts.stated), format=ox.RdfFormat.N_TRIPLES))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    lines = sorted(f"{quad.triple} .\n" for quad in dataset)
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == facts.digest


def test_two_labels_that_differ_in_language_have_one_order(knowledge: Knowledge) -> None:
    base = json.loads(EXAMPLE.read_text())
    turtle = written(load_case(json.dumps(base).encode(), knowledge).stated, "turtle")
    label = "<https://w3id.org/mtus/case/imr-2015/note> <http://www.w3.org/2000/01/rdf-schema#label> "
    one, other = (load_case((turtle + label + tags).encode(), knowledge) for tags in ('"x"@en , "x"@de .', '"x"@de , "x"@en .'))
    assert one.stated == other.stated
    assert one.digest == other.digest


@pytest.mark.parametrize("change", [lambda t: t.replace("37", "38", 1), lambda t: t.replace("call", "phone")], ids=["a value", "a name"])
def test_other_facts_have_another_digest(change: Callable[[str], str], case: dict[str, object], facts: Facts, knowledge: Knowledge) -> None:
    assert load_case(change(json.dumps(case)).encode(), knowledge).digest != facts.digest


def test_loading_is_fast(knowledge: Knowledge) -> None:
    import time

    content = EXAMPLE.read_bytes()
    times = []
    for _ in range(30):
        started = time.perf_counter()
        load_case(content, knowledge, name="case.json")
        times.append(time.perf_counter() - started)
    # 1 ms on the machine of the benchmark; the limit leaves room for a busy one
    assert min(times) < 0.01

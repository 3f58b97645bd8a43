"""Load a case: recognise its format, parse it, check its terms and datatypes, and give it its digest.

Everything that RDF engines read differently (ill-typed literals, unknown terms, blank nodes in odd places) is refused
here, with the place and the remedy, before any engine sees the case.
"""

import hashlib
from dataclasses import dataclass
from datetime import date

import pyoxigraph as ox

from mtus.reasoner.case_json import case_json_to_json_ld
from mtus.reasoner.errors import CaseError, Problem, case_error
from mtus.reasoner.graph import Graph, Literal, Triple, from_quads
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.literals import canonical_form
from mtus.reasoner.namespaces import CASE, DCTERMS, GUIDELINE, MTUS, RDFS, TYPE, XSD, local_name
from mtus.reasoner.settings import DEFAULT, Settings
from mtus.reasoner.vocabulary import Property

JSON, JSON_LD = "json", "json-ld"
# Formats by the words of --input-format, by file suffix and by media type.
FORMATS = {
    "turtle": ox.RdfFormat.TURTLE,
    "trig": ox.RdfFormat.TRIG,
    "n-triples": ox.RdfFormat.N_TRIPLES,
    "n-quads": ox.RdfFormat.N_QUADS,
    "rdf-xml": ox.RdfFormat.RDF_XML,
    JSON_LD: ox.RdfFormat.JSON_LD,
}
_SUFFIXES = {".ttl": "turtle", ".trig": "trig", ".nt": "n-triples", ".nq": "n-quads", ".rdf": "rdf-xml", ".owl": "rdf-xml",
             ".xml": "rdf-xml", ".jsonld": JSON_LD}  # fmt: skip
# Annotations from elsewhere that a case may carry; they are kept and never reasoned over.
_ANNOTATIONS = (RDFS + "label", RDFS + "comment", RDFS + "seeAlso", DCTERMS)


@dataclass(frozen=True)
class Facts:
    """The stated facts of one case.

    ``stated`` are the facts as given (blank nodes with their canonical names), ``derived`` the day numbers worked out from
    their dates. ``digest`` is the SHA-256 of the canonical N-Quads (RDFC-1.0, https://www.w3.org/TR/rdf-canon/).
    """

    case: str
    name: str
    stated: tuple[Triple, ...]
    derived: tuple[Triple, ...]
    digest: str

    @property
    def triples(self) -> tuple[Triple, ...]:
        """All facts that inference starts from."""
        return self.stated + self.derived


def load_case(content: bytes, knowledge: Knowledge, *, name: str = "case", syntax: str = "", settings: Settings = DEFAULT) -> Facts:
    """Load the case in ``content``.

    ``name`` is what errors call it (mostly a file name, whose suffix helps to recognise the format); ``syntax`` names the
    format where it is known. Raises :class:`CaseError` with every problem found at the first stage that finds any.
    """
    text = _decode(content, name, settings)
    syntax = syntax or recognise(text, name)
    if syntax == JSON:
        content, parse_as = case_json_to_json_ld(text, name, knowledge.vocabulary), JSON_LD
    else:
        content, parse_as = text.encode(), syntax
    quads = _parse(content, parse_as, name, own_json=syntax == JSON)
    if len(quads) > settings.max_triples:
        raise case_error("case-too-large", name, f"The case has {len(quads)} triples; the limit is {settings.max_triples}.",
                         "One case belongs to one worker; split the file, or raise the limit max_triples.")  # fmt: skip
    return _check(quads, knowledge, name, text)


def recognise(text: str, name: str = "") -> str:
    """Return the format of ``text``: a key of :data:`FORMATS`, or ``json`` for the plain JSON form of a case."""
    suffix = "." + name.rsplit(".", 1)[-1].lower() if "." in name else ""
    start = text.lstrip()[:1]
    if start in ("{", "["):
        head = text[:20_000]
        return JSON_LD if '"@context"' in head or '"@graph"' in head or '"@id"' in head else JSON
    if suffix in _SUFFIXES:
        return _SUFFIXES[suffix]
    if text.lstrip().startswith(("<?xml", "<rdf:RDF", "<!DOCTYPE")):
        return "rdf-xml"
    first = next((line.strip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return "n-quads" if first.startswith(("<http", "_:")) and first.endswith(".") else "trig"


def _decode(content: bytes, name: str, settings: Settings) -> str:
    if len(content) > settings.max_bytes:
        raise case_error("case-too-large", name, f"The file has {len(content)} bytes; the limit is {settings.max_bytes}.",
                         "A case is some kilobytes; check that this is one case, or raise the limit max_bytes.")  # fmt: skip
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise case_error("not-utf-8", f"{name}, line {line}", f"Byte {error.start} is not UTF-8.", "Save the file as UTF-8.") from error
    if not text.strip():
        raise case_error("empty-case", name, "The file is empty.", "Write a case; `mtus new case` prints one to start from.")
    return text


def _parse(content: bytes, syntax: str, name: str, *, own_json: bool) -> list[ox.Quad]:
    try:
        return list(ox.parse(content, format=FORMATS[syntax]))
    except SyntaxError as error:
        # A position in JSON-LD that we wrote ourselves would point nowhere.
        where = name if own_json or error.lineno is None else f"{name}, line {error.lineno}, column {error.offset}"
        raise case_error("syntax", where, f"This is not valid {syntax}: {error.msg}.", "Mend the file at this place.") from error
    except (ValueError, OSError) as error:
        raise case_error("syntax", name, f"This cannot be read as {syntax}: {error}.", "Check the file and its format.") from error


def _check(quads: list[ox.Quad], knowledge: Knowledge, name: str, text: str) -> Facts:
    checker = _Checker(knowledge, name, text)
    triples = dict.fromkeys(_canonical(quads, checker))
    graph = Graph(checker.check(triples))
    checker.check_links(graph)
    if checker.problems:
        raise CaseError(tuple(checker.problems))
    cases = graph.subjects(TYPE, MTUS + "Case")
    if len(cases) != 1:
        raise case_error("one-case", name, f"The file holds {len(cases)} things of type mtus:Case; one case is determined alone, never merged.",
                         "Give exactly one node the type mtus:Case.")  # fmt: skip
    stated = tuple(sorted(graph, key=_order))
    digest = hashlib.sha256("".join(sorted(_line(triple) for triple in stated)).encode()).hexdigest()
    return Facts(cases[0], name, stated, tuple(_day_numbers(stated, knowledge)), digest)


def _order(triple: Triple) -> tuple[str, str, bool, str, str]:
    subject, predicate, value = triple
    return (subject, predicate, True, value, "") if isinstance(value, str) else (subject, predicate, False, value.value, value.datatype)


def _line(triple: Triple) -> str:
    """Return ``triple`` as a line of canonical N-Quads, the form that RDFC-1.0 hashes."""
    subject, predicate, value = triple
    return str(ox.Triple(_to_ox(subject), ox.NamedNode(predicate), _to_ox(value))) + " .\n"  # type: ignore[arg-type]


def _to_ox(term: str | Literal) -> ox.NamedNode | ox.BlankNode | ox.Literal:
    if isinstance(term, str):
        return ox.BlankNode(term[2:]) if term.startswith("_:") else ox.NamedNode(term)
    if term.language:
        return ox.Literal(term.value, language=term.language)
    return ox.Literal(term.value, datatype=ox.NamedNode(term.datatype))


def _canonical(quads: list[ox.Quad], checker: "_Checker") -> list[Triple]:
    """Return the triples with canonical names for blank nodes (RDFC-1.0)."""
    blank = [q for q in quads if isinstance(q.subject, ox.BlankNode) or isinstance(q.object, ox.BlankNode)]
    try:
        if blank:
            checker.refuse_tangle(blank)
            dataset = ox.Dataset(ox.Quad(q.subject, q.predicate, q.object) for q in quads)
            dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
            quads = list(dataset)
        return list(from_quads(quads))
    except ValueError as error:
        raise case_error("syntax", checker.name, str(error), "Use plain RDF 1.1 triples.") from error


def _day_numbers(triples: tuple[Triple, ...], knowledge: Knowledge) -> list[Triple]:
    numbers = {p.iri: p.day_number for p in knowledge.vocabulary.properties.values() if p.day_number}
    return [
        (subject, numbers[predicate], Literal(str(date.fromisoformat(value.value).toordinal()), XSD + "integer"))
        for subject, predicate, value in triples
        if predicate in numbers and isinstance(value, Literal)
    ]


class _Checker:
    """Terms, datatypes and links of one case; collects all problems before it complains."""

    def __init__(self, knowledge: Knowledge, name: str, text: str) -> None:
        self.vocabulary = knowledge.vocabulary
        self.knowledge = knowledge
        self.name = name
        self.text = text
        self.problems: list[Problem] = []

    def check(self, triples: dict[Triple, None]) -> list[Triple]:
        checked: list[Triple] = []
        for subject, predicate, value in triples:
            if subject.startswith(MTUS) or subject.startswith(GUIDELINE):
                self._problem("knowledge-in-case", subject, "A case may not say anything about terms of the ontology or the guideline.",
                              "Leave the statement out, or use an identifier of your own.")  # fmt: skip
            elif predicate == TYPE:
                self._class(subject, value)
                checked.append((subject, predicate, value))
            elif predicate in self.vocabulary.properties:
                found = self._value(subject, self.vocabulary.properties[predicate], value)
                if found is not None:
                    checked.append((subject, predicate, found))
            elif predicate.startswith(_ANNOTATIONS):
                checked.append((subject, predicate, value))
            else:
                self._unknown("unknown-property", subject, predicate, self.vocabulary.properties, "property")
        return checked

    def _class(self, subject: str, value: object) -> None:
        if not isinstance(value, str) or value not in self.vocabulary.classes:
            self._unknown("unknown-class", subject, str(value), self.vocabulary.classes, "class")

    def _value(self, subject: str, prop: Property, value: str | Literal) -> str | Literal | None:
        place = f"{subject}, {local_name(prop.iri)}"
        if prop.is_derived:
            self._problem("derived-value", place, "This value is worked out on loading and may not be stated.", "Leave it out.")
        elif prop.datatype and isinstance(value, str):
            self._problem("wrong-datatype", place, f"A {_plain(prop.datatype)} is expected here, and this is a reference.", "State the value itself.")
        elif not prop.datatype and isinstance(value, Literal):
            self._problem("wrong-datatype", place, f"A reference is expected here, and this is the text '{value.value}'.",
                          "Refer to a node of the case or a term of the ontology.")  # fmt: skip
        elif isinstance(value, Literal):
            return self._literal(place, prop, value)
        else:
            self._term(subject, prop, value)
            return value
        return None

    def _literal(self, place: str, prop: Property, value: Literal) -> Literal | None:
        if value.datatype != prop.datatype:
            self._problem("wrong-datatype", place, f"'{value.value}' is a {_plain(value.datatype)}; a {_plain(prop.datatype)} is expected.",
                          f"Write it as a {_plain(prop.datatype)}.")  # fmt: skip
            return None
        form = canonical_form(value.value, value.datatype)
        if form is None:
            code = "impossible-date" if value.datatype == XSD + "date" else "wrong-datatype"
            self._problem(code, place, f"'{value.value}' is not a valid {_plain(value.datatype)}.", _HINTS.get(value.datatype, "Correct the value."))
            return None
        return Literal(form, value.datatype)

    def _term(self, subject: str, prop: Property, value: str) -> None:
        if value.startswith(MTUS) and value not in self.vocabulary.individuals:
            among = [i for i in self.vocabulary.individuals if not prop.values_from or prop.values_from in self.knowledge.ontology.types(i)]
            self._unknown("unknown-term", subject, value, among or self.vocabulary.individuals, "term")
        elif value.startswith(GUIDELINE) and not self.knowledge.shapes.types(value):
            self._unknown("unknown-term", subject, value, self.knowledge.guidelines.provisions, "provision, section or edition")

    def check_links(self, graph: Graph) -> None:
        """Refuse references to nodes of which the case says nothing, and cycles of derivation."""
        if self.problems:
            return
        described = {triple[0] for triple in graph}
        for subject, predicate, value in graph:
            prop = self.vocabulary.properties.get(predicate)
            if prop and isinstance(value, str) and value not in described and not value.startswith((MTUS, GUIDELINE)):
                near = self.vocabulary.nearest(value, described)
                self._problem("dangling-reference", f"{subject}, {local_name(predicate)}", f"It refers to {value}, of which the case says nothing.",
                              f"Did you mean {near}?" if near else "Describe that node, or correct the reference.")  # fmt: skip
        self._cycles(graph)

    def _cycles(self, graph: Graph) -> None:
        """Refuse a request that depends on itself; report each cycle once, in the words of the case."""
        derivation = self._sub_properties(MTUS + "dependsOn")
        edges: dict[str, list[str]] = {}
        for subject, predicate, value in sorted(graph, key=_order):
            if predicate in derivation and isinstance(value, str):
                edges.setdefault(subject, []).append(value)
        done: set[str] = set()
        for start in edges:
            path: list[str] = []
            self._walk(start, edges, path, done, graph)

    def _walk(self, node: str, edges: dict[str, list[str]], path: list[str], done: set[str], graph: Graph) -> None:
        if node in path:
            cycle = [*path[path.index(node) :], node]
            names = " → ".join(graph.text(n, MTUS + "label") or local_name(n) for n in cycle)
            self._problem("dependency-cycle", cycle[0], f"Each of these requests falls with the next, in a circle: {names}.",
                          "Remove the dependency that is wrong; one of them has to stand for itself.")  # fmt: skip
            return
        if node in done:
            return
        path.append(node)
        for following in edges.get(node, []):
            self._walk(following, edges, path, done, graph)
        path.pop()
        done.add(node)

    def _sub_properties(self, top: str) -> set[str]:
        found, agenda = {top}, [top]
        while agenda:
            subs = [s for s in self.knowledge.ontology.subjects(RDFS + "subPropertyOf", agenda.pop()) if s not in found]
            found.update(subs)
            agenda += subs
        return found

    def refuse_tangle(self, quads: list[ox.Quad]) -> None:
        """Refuse blank nodes so interlinked that naming them canonically could take exponential time."""
        links: dict[str, int] = {}
        for quad in quads:
            if isinstance(quad.subject, ox.BlankNode) and isinstance(quad.object, ox.BlankNode):
                for node in (quad.subject.value, quad.object.value):
                    links[node] = links.get(node, 0) + 1
        if len(links) > 60 or max(links.values(), default=0) > 5:
            raise case_error("blank-node-tangle", self.name, f"{len(links)} blank nodes refer to one another.",
                             "Give the nodes identifiers; people have to be able to refer to them anyway.")  # fmt: skip

    def _unknown(self, code: str, subject: str, iri: str, among: object, what: str) -> None:
        near = self.vocabulary.nearest(iri, among)  # type: ignore[arg-type]
        remedy = f"Did you mean {local_name(near)}?" if near else f"Use a {what} of the ontology; docs/reference lists them."
        self._problem(code, subject, f"'{_shown(iri)}' is no known {what}.", remedy, find=local_name(iri))

    def _problem(self, code: str, where: str, why: str, remedy: str, *, find: str = "") -> None:
        line = self._line_of(find or local_name(where.split(",")[0]))
        self.problems.append(Problem(code, f"{self.name}{line}, {_shown(where)}", why, remedy))

    def _line_of(self, word: str) -> str:
        position = self.text.find(word) if word else -1
        return f", line {self.text[:position].count(chr(10)) + 1}" if position >= 0 else ""


def _shown(iri: str) -> str:
    return iri.removeprefix(CASE).removeprefix(MTUS)


_WORDS = {"integer": "whole number", "decimal": "decimal number", "date": "date", "boolean": "true or false", "string": "text"}
_HINTS = {
    XSD + "date": "Write year-month-day, such as 2015-08-18, without a time zone.",
    XSD + "integer": "Write a whole number in digits.",
    XSD + "decimal": "Write a number such as 6 or 6.5.",
    XSD + "boolean": "Write true or false.",
}


def _plain(datatype: str) -> str:
    name = local_name(datatype)
    return f"{_WORDS[name]} (xsd:{name})" if name in _WORDS and datatype.startswith(XSD) else f"<{datatype}>"

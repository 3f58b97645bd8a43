"""Statements with fields to fill in, read off the changes that the criteria propose.

A proposed change holds one set of values that would do. Here its facts become a record: what would be on file whatever the values
are, and the fields that a treating office fills in. Changes that speak of the same thing share one record, so that it is asked once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mtus.reasoner.case_terms import CaseTerms
from mtus.reasoner.changes import Change
from mtus.reasoner.graph import Term, Triple
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import CASE_SHAPES, MTUS, TYPE, local_name
from mtus.reasoner.paths import Predicate
from mtus.reasoner.shape_model import integer

STATUS = MTUS + "hasStatus"
PRESENT, ABSENT = MTUS + "documentedPresent", MTUS + "documentedAbsent"
_STATED_IN, STATUS_DATE = MTUS + "statedIn", MTUS + "statusDate"
_HAS_DOCUMENT, DOCUMENT_DATE = MTUS + "hasDocument", MTUS + "documentDate"
_DOCUMENT, _REQUEST = MTUS + "Document", MTUS + "TreatmentRequest"
# What the key of a record of a document begins with; the kind of document (IRI) follows.
DOCUMENT = "document "
# The new thing of a record; what it leads to is named by the way there.
MAIN = "_:it"
# Stands for the requests in a record that they share, such as the condition that they are for.
REQUEST = "_:request"


@dataclass(frozen=True, order=True)
class Field:
    """One value of a record: on which of its things it stands, and the property.

    Under ``rdf:type`` it is asked what kind of thing it is, and under ``mtus:hasStatus`` whether a document says that it is so.
    """

    node: str
    prop: str


@dataclass(eq=False)
class Record:
    """One statement, or one thing of the bare case whose values are stated.

    ``main`` is its name in ``facts``. ``kinds`` holds the general class of each of its things whose kind is asked. ``documents`` are
    the kinds of document in which it usually stands, ``stated`` the things in it that name their document. ``requests`` speak of it. Of a
    record that ``repeats`` there may be any number, each with the first of its fields. ``choices`` narrow what kind of thing it may be.
    ``sources`` are the names of the shapes or classes for which its fields are asked.
    """

    key: str
    main: str
    about: str
    facts: dict[Triple, None] = field(default_factory=dict)
    fields: dict[Field, None] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    documents: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    requests: dict[str, None] = field(default_factory=dict)
    repeats: bool = False
    choices: tuple[str, ...] = ()
    sources: dict[Field, str] = field(default_factory=dict)

    def ask(self, asked: Field, source: str) -> Field:
        """Add a field, asked for the shape or class called ``source``."""
        self.fields[asked] = None
        self.sources.setdefault(asked, source)
        return asked

    @property
    def is_new(self) -> bool:
        """Whether it makes a statement of its own."""
        return self.main == MAIN

    @property
    def presence(self) -> Field | None:
        """The field that asks whether a document says that it is so."""
        return next((f for f in self.fields if f.prop == STATUS), None)


@dataclass(frozen=True)
class Asked:
    """What a criterion asks of one field: how the value stands to ``values`` (is one of them, at least, at most, stated)."""

    record: Record
    field: Field
    relation: str
    values: tuple[Term, ...]


class Records:
    """The records of one checklist."""

    def __init__(self, knowledge: Knowledge, terms: CaseTerms) -> None:
        self.knowledge = knowledge
        self.terms = terms
        self.known: dict[str, Record] = {}
        self.single = _single_values(knowledge)

    def read(self, change: Change, request: str, source: str) -> tuple[Asked, ...]:
        """Return what ``change``, proposed for ``source``, asks of the fields of the records that it makes or adds to."""
        return tuple(one for _, asked in self.read_all(change, request, source) for one in asked)

    def read_all(self, change: Change, request: str, source: str) -> list[tuple[Record, list[Asked]]]:
        """Return each record that ``change`` makes or adds to with what it asks of its fields, which may be nothing."""
        core, things = self._split(change)
        roots = [n for n in sorted(things) if not any(o == n and s in things for s, _, o in core)]
        found = [self._read(change, core, things, root, request) for root in roots or [""]]
        for record, asked in found:
            for one in asked:
                record.ask(one.field, source)
        return found

    def counted(self, change: Change, request: str, source: str) -> Record | None:
        """Return the record of which any number may be on file for ``change``: all as proposed, but for the kind of what it leads to."""
        core, things = self._split(change)
        root = next((n for n in sorted(things) if not any(o == n and s in things for s, _, o in core)), "")
        names = _names(root, core, things)
        facts = [(names.get(s, s), p, names.get(o, o) if isinstance(o, str) else o) for s, p, o in core if p != STATUS_DATE]
        inner = next(((s, str(o)) for s, p, o in facts if p == TYPE and s != MAIN), None)
        if inner is None:
            return None
        facts = [t for t in facts if t[:2] != (inner[0], TYPE)]
        record = self._known("\n".join(sorted(map(repr, facts))), MAIN, change.about, request)
        record.facts.update(dict.fromkeys(facts))
        record.repeats, record.documents, record.stated = True, change.documents, (MAIN,)
        record.kinds[inner[0]] = inner[1]
        record.ask(Field(inner[0], TYPE), source)
        return record

    def _split(self, change: Change) -> tuple[list[Triple], set[str]]:
        """Return the facts of ``change`` without those about its document, and its new things."""
        new = {s for s, p, _ in change.added if p == TYPE}
        documents = {s for s in new if _DOCUMENT in self.terms.kinds(frozenset(str(o) for n, p, o in change.added if n == s and p == TYPE))}
        return [t for t in change.added if t[0] not in documents and t[2] not in documents], new - documents

    def _read(self, change: Change, core: Sequence[Triple], things: set[str], root: str, request: str) -> tuple[Record, list[Asked]]:
        names = _names(root, core, things) if root else {}
        core = [t for t in core if not root or t[0] in names or t[2] in names]
        record = self._record(change, core, names, request) if root else self._known(core[0][0], core[0][0], change.about, request)
        record.documents = record.documents or change.documents
        record.stated = tuple(dict.fromkeys((*record.stated, *(names[s] for s, p, _ in change.added if p == _STATED_IN and s in names))))
        told = {value.prop: value.relation for value in change.values}
        values = [(Field(names.get(s, s), p), o) for s, p, o in core if self.is_field(p)]
        asked = [
            Asked(record, one, told.get(one.prop, "stated") if one.node == record.main else "stated", (value,))
            for one, value in values
            if one.prop not in (STATUS, STATUS_DATE)
        ]
        status = [value for one, value in values if one.prop == STATUS and one.node == record.main]
        if status and (STATUS in told or not asked):
            asked.insert(0, Asked(record, Field(record.main, STATUS), "is", (status[0],)))
        return record, [*self._kind(record, change.about), *asked]

    def value_of(self, subject: str, prop: str, request: str) -> tuple[Record, Field]:
        """Return the record of ``subject``, a thing of the bare case, and its field for a value under ``prop``."""
        record = self._known(subject, subject, prop, request)
        return record, record.ask(Field(subject, prop), prop.removeprefix(MTUS))

    def is_field(self, prop: str) -> bool:
        """Return whether ``prop`` holds a value that can be filled in, and not a thing."""
        use = self.terms.uses.get(prop)
        return use is not None and bool(use.property.datatype or use.property.values_from)

    def kinds_of(self, record: Record, about: str = "", node: str = MAIN) -> tuple[str, ...]:
        """Return the kinds that a thing of ``record`` may be said to be; those only that make it an ``about`` where that is given."""
        place = record.kinds.get(node, "")
        top = about or place or record.about
        found = (cls for cls in self.terms.classes if top in self.terms.kinds(frozenset((cls,))) and cls != place)
        return tuple(sorted(found, key=self.terms.vocabulary.label))

    def options(self, record: Record, asked: Field) -> tuple[str, ...]:
        """Return the terms among which ``asked`` is chosen; nothing for a number, a date or yes and no."""
        if asked.prop == TYPE:
            return record.choices or self.kinds_of(record, node=asked.node)
        use = self.terms.uses[asked.prop]
        return tuple(sorted(use.terms, key=self.terms.vocabulary.label)) if asked.prop != STATUS else ()

    def _kind(self, record: Record, about: str) -> list[Asked]:
        """Return the question what kind of thing it is, where the class that is looked for is none that a case may state."""
        if about not in self.terms.vocabulary.classes or not record.is_new:
            return []
        if self.is_place(record):
            return [Asked(record, Field(MAIN, TYPE), "is", self.kinds_of(record, about) if about != record.kinds[MAIN] else ())]
        return [Asked(record, Field(MAIN, TYPE), "is", self.kinds_of(record))] if MAIN in record.kinds else []

    def is_place(self, record: Record) -> bool:
        """Return whether a request has one thing like that of ``record`` at most: it may be of several kinds, or of none that is stated."""
        return record.kinds.get(MAIN) in self.terms.classes

    def _record(self, change: Change, core: Sequence[Triple], names: dict[str, str], request: str) -> Record:
        """Return the record of the new thing that is called ``MAIN`` in ``names``."""
        links = [p for _, p, o in core if names.get(str(o)) == MAIN and p in self.single]
        shown = {**names, request: REQUEST} if links else names
        facts = [(shown.get(s, s), p, shown.get(o, o) if isinstance(o, str) else o) for s, p, o in core if not self.is_field(p)]
        place = min(self.terms.uses[links[0]].refers_to) if links else self._only_by_kind(change.about)
        if place:
            facts = [t for t in facts if t[:2] != (MAIN, TYPE)]
        facts = [t for t in facts if t[1] != TYPE or self._is_closest(t, facts)]
        record = self._known("\n".join([place, *sorted(map(repr, facts))]), MAIN, change.about, request)
        if place:
            record.kinds[MAIN] = place
        record.facts.update(dict.fromkeys(facts))
        return record

    def _only_by_kind(self, about: str) -> str:
        """Return ``about`` where it is a class that a case states only by one of several kinds of it, else nothing."""
        if about in self.terms.classes or about not in self.terms.vocabulary.classes:
            return ""
        return about if sum(about in self.terms.kinds(frozenset((cls,))) for cls in self.terms.classes) > 1 else ""

    def document(self, kinds: tuple[str, ...], case: str) -> Record:
        """Return the record of the document of the first of ``kinds``, or of another of them, which all statements in such a one share."""
        record = self._known(DOCUMENT + kinds[0], MAIN, kinds[0], "")
        record.facts[case, _HAS_DOCUMENT, MAIN] = None
        record.kinds[MAIN] = kinds[0]
        if len(kinds) > 1:
            record.choices = kinds
            record.ask(Field(MAIN, TYPE), local_name(kinds[0]))
        record.ask(Field(MAIN, DOCUMENT_DATE), local_name(kinds[0]))
        return record

    def _known(self, key: str, main: str, about: str, request: str) -> Record:
        record = self.known.setdefault(key, Record(key, main, about))
        record.requests[request] = None
        return record

    def _is_closest(self, triple: Triple, facts: Iterable[Triple]) -> bool:
        """Return whether no other stated class of the same thing entails the one in ``triple``."""
        node, _, cls = triple
        others = [str(o) for s, p, o in facts if (s, p) == (node, TYPE) and o != cls]
        return not any(cls in self.terms.kinds(frozenset((other,))) for other in others)


def _names(root: str, core: Sequence[Triple], things: set[str]) -> dict[str, str]:
    """Return a name for each new thing that follows from the way by which it is reached from ``root``."""
    names = {root: MAIN}
    agenda = [root]
    while agenda:
        node = agenda.pop(0)
        for _, p, o in sorted((t for t in core if t[0] == node and t[2] in things and t[2] not in names), key=lambda t: (t[1], str(t[2]))):
            names[str(o)] = f"{names[node]}/{p.removeprefix(MTUS)}"
            agenda.append(str(o))
    return names


def _single_values(knowledge: Knowledge) -> frozenset[str]:
    """Return the properties of which a request has one value at most, and which lead to a thing of the case."""
    found = set()
    for shape in knowledge.shape_model.targeted.values():
        if shape.iri.startswith(CASE_SHAPES) and _REQUEST in shape.targets:
            for part in shape.property_shapes:
                if isinstance(part.path, Predicate) and any(c.kind == "maxCount" and integer(c.values[0]) == 1 for c in part.constraints):
                    found.add(part.path.iri)
    return frozenset(found)

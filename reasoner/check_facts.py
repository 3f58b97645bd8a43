"""Check every triple of a case by itself: its terms and its values, against what the ontology lets a case say.

Whatever RDF engines read differently or pass over (ill-typed literals, unknown terms) is refused here, with its place and its remedy,
before any engine sees the case.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from mtus.reasoner.case_terms import CaseTerms, Use
from mtus.reasoner.graph import Literal, Term, Triple
from mtus.reasoner.json_ld import RELATIVE, UNKNOWN
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.literals import canonical_form, hint, in_words, unprintable
from mtus.reasoner.namespaces import BASE, CASE, DCTERMS, GUIDELINE, MTUS, OWL, RDF, RDFS, SH, SKOS, TYPE, XSD, local_name
from mtus.reasoner.places import At, Places, quoted, shown
from mtus.reasoner.problems import Problems
from mtus.reasoner.settings import Settings

# Annotations from elsewhere that a case may carry; they are kept and never reasoned over.
_ANNOTATIONS: Final = frozenset(RDFS + name for name in ("label", "comment", "seeAlso"))
_LANGUAGE: Final = (OWL, RDFS, RDF)
_KNOWLEDGE: Final = (BASE, OWL, RDFS, RDF, SH, SKOS, XSD)
_LABEL: Final = MTUS + "label"
_STRING, _INTEGER, _DECIMAL, _DATE = XSD + "string", XSD + "integer", XSD + "decimal", XSD + "date"
# Lists of terms are told in full up to this length.
_SHORT_LIST: Final = 8


@dataclass
class Statements:
    """What a case says: its triples in canonical form, and who says what about whom.

    ``first`` is the number of the first triple about each thing, ``types`` its classes, ``labels`` what the case calls it. ``uses``
    are the uses of properties: triple number, subject, property, and the value where that is a thing.
    """

    triples: list[Triple] = field(default_factory=list)
    first: dict[str, int] = field(default_factory=dict)
    types: dict[str, set[str]] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)
    uses: list[tuple[int, str, Use, str | None]] = field(default_factory=list)

    def name(self, thing: str) -> str:
        """Return what the case calls ``thing``: its identifier, and its label where it has one."""
        label = self.labels.get(thing)
        return f"{shown(thing)} ({quoted(label)})" if label else shown(thing)


class FactChecker:
    """Checks the triples of one case; problems go to ``problems``, with places from ``places``."""

    def __init__(self, terms: CaseTerms, knowledge: Knowledge, places: Places, problems: Problems, *, settings: Settings) -> None:
        self._terms = terms
        self._vocabulary = terms.vocabulary
        self._knowledge = knowledge
        self._places = places
        self._problems = problems
        self._settings = settings
        self._said = Statements()
        self._refused: set[str] = set()

    def check(self, triples: Sequence[Triple]) -> Statements:
        """Return what ``triples`` say, with values in canonical form; what is wrong is left out and told."""
        said, terms, refused = self._said, self._terms, self._refused
        first, stated, used = said.first, said.triples, said.uses
        for number, (subject, predicate, value) in enumerate(triples):
            if subject not in first:
                first[subject] = number
                self._check_subject(At(number, subject))
            if subject in refused:
                continue
            use = terms.uses.get(predicate)
            if use is not None:
                found = use.accepted.get(value)
                if found is None:
                    if value.__class__ is str and value.startswith(CASE) and not use.property.datatype:
                        found = value
                    else:
                        found = self._value(At(number, subject, predicate), use, value)
                        if found is None:
                            continue
                        use.remember(value, found)
                stated.append((subject, predicate, found))
                used.append((number, subject, use, found if found.__class__ is str else None))
            elif predicate == TYPE:
                said.types.setdefault(subject, set()).add(str(value))
                stated.append((subject, predicate, value))
                if value not in terms.classes:
                    self._wrong_class(At(number, subject), value)
            elif predicate in _ANNOTATIONS or predicate.startswith(DCTERMS):
                if isinstance(value, str) or self._is_readable(At(number, subject, predicate), value):
                    stated.append((subject, predicate, value))
            else:
                self._wrong_property(At(number, subject), predicate, value)
        return said

    def _problem(self, code: str, at: At, why: str, remedy: str) -> None:
        self._problems.tell(code, self._places.of(at), why, remedy)

    # Subjects

    def _check_subject(self, at: At) -> None:
        if not at.subject.startswith(_KNOWLEDGE) or at.subject.startswith(CASE):
            return
        self._refused.add(at.subject)
        if at.subject.startswith(RELATIVE):
            self._relative(at, at.subject)
            return
        why = f"The file says something about '{shown(at.subject)}', a term of the knowledge; a case states facts and changes no knowledge."
        self._problem("knowledge-in-case", at, why, "Leave the statement out, or use an identifier of your own.")

    def _relative(self, at: At, iri: str) -> None:
        why = f"'{shown(iri)}' is a relative identifier, and the file names no base."
        self._problem("bad-identifier", at, why, f'Give the context a base, such as "@base": "{CASE}case-17/".')

    # Values

    def _value(self, at: At, use: Use, value: Term) -> Term | None:
        expected = use.property.datatype
        if isinstance(value, str):
            if expected:
                why = f"What belongs here is {in_words(expected)}, and this refers to '{shown(value)}'."
                self._problem("wrong-datatype", at, why, f"State the value itself. {hint(expected)}")
                return None
            is_ours = value.startswith(BASE) and not value.startswith(CASE)
            return value if not is_ours or self._is_known(at, use, value) else None
        if not expected:
            why = f"What belongs here is a reference, and this is {in_words(value.datatype)}: '{quoted(value.value)}'."
            self._problem("wrong-datatype", at, why, self._how_to_refer(use))
            return None
        return self._literal(at, value, expected)

    def _literal(self, at: At, value: Literal, expected: str) -> Literal | None:
        text, datatype = value.value, value.datatype
        if datatype == expected == _STRING:
            if at.predicate == _LABEL:
                self._said.labels[at.subject] = text
            return value if self._is_readable(at, value) else None
        # every whole number is a decimal number, and in Turtle it is written like one
        if datatype != expected and (datatype, expected) != (_INTEGER, _DECIMAL):
            why = f"'{quoted(text)}' is {in_words(datatype)}; what belongs here is {in_words(expected)}."
            self._problem("wrong-datatype", at, why, hint(expected))
            return None
        form = canonical_form(text, expected)
        if form is None:
            code = "impossible-date" if expected == _DATE else "wrong-datatype"
            self._problem(code, at, f"'{quoted(text)}' is not valid as {in_words(expected)}.", hint(expected))
            return None
        return value if form == text and datatype == expected else Literal(form, expected)

    def _is_readable(self, at: At, value: Literal) -> bool:
        """Return whether a text is of bearable length and free of control characters; tell where not."""
        if len(value.value) > self._settings.max_text:
            why = f"The text has {len(value.value):,} characters; the limit is {self._settings.max_text:,}."
            remedy = "State what the document says in a line, and where it says so; keep the document itself elsewhere."
            self._problem("text-too-long", at, why, remedy)
            return False
        character = unprintable(value.value)
        if character:
            why = f"The text holds the control character {character}, which no reader sees."
            self._problem("control-character", at, why, "Remove it; such characters mostly come from copying out of a PDF file.")
            return False
        return True

    def _is_known(self, at: At, use: Use, value: str) -> bool:
        """Return whether ``value``, which lies in our namespaces, is a term that the property may have; tell where not."""
        if value in use.terms or (not use.property.values_from and value in self._vocabulary.individuals):
            return True
        if value.startswith(RELATIVE):
            self._relative(at, value)
        elif use.property.values_from:
            self._wrong_term(at, use, value)
        elif value.startswith(GUIDELINE):
            if self._knowledge.shapes.types(value):
                return True
            self._unknown("unknown-term", at, value, self._knowledge.guidelines.provisions, "provision, section or edition")
        elif value in self._vocabulary.classes:
            name = local_name(value)
            why = f"'{name}' is a kind of thing, and a thing of the case is expected here."
            self._problem("class-as-value", at, why, f"Describe a thing of type {name} in the case, and refer to that.")
        else:
            self._unknown("unknown-term", at, value, self._vocabulary.individuals, "term")
        return False

    def _wrong_term(self, at: At, use: Use, value: str) -> None:
        """Tell that ``value`` is none of the terms that the property takes its values from."""
        near = self._terms.nearest(value, use.terms) if self._problems.room() else None
        remedy = f"Did you mean {local_name(near)}? " if near else ""
        what = self._vocabulary.label(use.property.values_from)
        if use.property.names_kinds:
            what = f"kind of {what}"
            remedy = remedy or f"Use the name of a {what}; `mtus schema` lists them."
        elif not near or len(use.terms) <= _SHORT_LIST:
            remedy += f"Use {one_of(local_name(term) for term in use.terms)}."
        self._problem("unknown-term", at, f"'{shown(value)}' is no {what}.", remedy.strip())

    def _how_to_refer(self, use: Use) -> str:
        if use.property.values_from and len(use.terms) <= _SHORT_LIST:
            return f"Use {one_of(local_name(term) for term in use.terms)}."
        if use.refers_to:
            return f"Refer to {one_of(a_or_an(self._vocabulary.label(cls)) for cls in use.refers_to)} of the case."
        return "Refer to a thing of the case, or to a term of the ontology."

    # Classes and properties

    def _wrong_class(self, at: At, value: Term) -> None:
        iri = value if isinstance(value, str) else value.value
        if iri.startswith(_LANGUAGE):
            why = f"'{local_name(iri)}' says what a term is, and a case states facts."
            self._problem("knowledge-in-case", at, why, "Leave the statement out.")
        elif iri in self._terms.defined:
            why = f"'{local_name(iri)}' ({self._vocabulary.label(iri)}) is inferred from the facts, and a case states the facts."
            self._problem("inferred-class", at, why, "Give the type of what is on file, and state what makes it that.")
        elif iri in self._vocabulary.classes:
            why = f"'{local_name(iri)}' ({self._vocabulary.label(iri)}) is no kind of thing that a case describes."
            self._problem("not-for-cases", at, why, "Refer to a term of the ontology instead, or use the type of what is on file.")
        else:
            self._unknown("unknown-class", at, iri, self._terms.classes, "class")

    def _wrong_property(self, at: At, predicate: str, value: Term) -> None:
        name = local_name(predicate)
        known = self._vocabulary.properties.get(predicate)
        if predicate == OWL + "imports":
            why = f"The file asks to import {shown(str(value))}; nothing is ever fetched."
            self._problem("import", at, why, "Leave the import out; ontology and guideline are loaded already.")
        elif predicate.startswith(_LANGUAGE):
            why = f"'{name}' says what a term means, and a case states facts."
            self._problem("knowledge-in-case", at, why, "Leave the statement out.")
        elif known and known.is_derived:
            why = f"'{name}' is worked out from a date when the case is loaded."
            self._problem("derived-value", at, why, "Leave it out, and state the date.")
        elif known:
            why = f"'{name}' belongs to the guideline, to determinations or to inference, and no case states it."
            self._problem("not-for-cases", at, why, "Leave it out; state the facts that it follows from.")
        else:
            self._unknown("unknown-property", at, predicate, self._terms.uses, "property")

    def _unknown(self, code: str, at: At, iri: str, among: Iterable[str], what: str) -> None:
        near = self._terms.nearest(iri, among) if self._problems.room() else None
        remedy = f"Did you mean {local_name(near)}?" if near else f"Use a {what} of the ontology; `mtus schema` lists those of a case."
        why = f"'{shown(iri)}' is no known {what}."
        if iri.startswith(UNKNOWN):
            why = f"'{shown(iri)}' is no name that the context of the file explains."
            remedy = f'Explain it in the context, such as "{shown(iri)}": "{near or MTUS}".'
        self._problem(code, at, why, remedy)


def a_or_an(noun: str) -> str:
    """Return ``noun`` with its article."""
    return f"{'an' if noun[:1].lower() in 'aeio' else 'a'} {noun}"


def one_of(names: Iterable[str]) -> str:
    """Return ``names`` in order, as a choice: ``a, b or c``."""
    ordered = sorted(names)
    return ordered[0] if len(ordered) == 1 else f"{', '.join(ordered[:-1])} or {ordered[-1]}"

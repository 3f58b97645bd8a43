"""The words of a checklist's questions, from the labels of the ontology alone."""

from mtus.reasoner.checklist_model import CHOICE, DAY, NUMBER, WHOLE, YES_NO
from mtus.reasoner.checklist_records import ABSENT, DOCUMENT, MAIN, STATUS, Asked, Field, Record, Records
from mtus.reasoner.describe import day
from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import MTUS, TYPE, XSD

_KINDS = {XSD + "boolean": YES_NO, XSD + "integer": WHOLE, XSD + "decimal": NUMBER, XSD + "date": DAY}
_DELIVERS, _DELIVERED_BY = MTUS + "deliversTreatment", MTUS + "isDeliveredBy"
_VERBS = ("has ", "is ", "uses ")


class Words:
    """Words for the records of one checklist; ``stated`` is what the bare case states."""

    def __init__(self, records: Records, stated: Graph) -> None:
        self.records = records
        self.vocabulary = records.terms.vocabulary
        self.stated = stated

    def kind(self, asked: Field) -> str:
        """Return the kind of answer that ``asked`` takes."""
        if asked.prop == STATUS:
            return YES_NO
        return CHOICE if asked.prop == TYPE else _KINDS.get(self.records.terms.uses[asked.prop].property.datatype, CHOICE)

    def question(self, record: Record, asked: Field) -> str:
        """Return the question for ``asked``."""
        what = self.thing(record)
        if record.repeats:
            return f"{_upper(what)}: which kinds are received, planned or sought beside the request?"
        if asked.prop == STATUS:
            return f"{_upper(what)}: does a document say that it is so?"
        if asked.prop == TYPE:
            return f"{_upper(what)}: which?"
        prop = self.records.terms.uses[asked.prop].property
        steps = [self._bare(MTUS + step) for step in asked.node.removeprefix(MAIN).split("/") if step and record.is_new]
        said = [*steps, _without_verb(prop.label)]
        unit = f" ({prop.unit})" if prop.unit and prop.unit not in prop.label else ""
        return _upper(": ".join([what, *said] if what else said)) + unit

    def help(self, record: Record, asked: Field) -> str:
        """Return what is meant by what ``asked`` asks for, in the words of its definition."""
        definitions = self.vocabulary.definitions
        if asked.prop not in (STATUS, TYPE):
            return definitions.get(asked.prop, "")
        return definitions.get(record.kinds.get(asked.node) or self._class(record), "")

    def thing(self, record: Record) -> str:
        """Return what ``record`` is about; nothing where it is the request itself."""
        if not record.is_new:
            return ""
        if record.key.startswith(DOCUMENT):
            return self.vocabulary.label(record.about)
        for s, p, o in record.facts:
            if o == MAIN and p == _DELIVERED_BY:
                return f"earlier course of {self.vocabulary.label(self.stated.types(s)[0])}"
            if s == MAIN and p == _DELIVERS:
                inner = record.kinds.get(str(o)) or next(str(cls) for n, q, cls in record.facts if n == o and q == TYPE)
                return self.vocabulary.label(inner)
        return self.vocabulary.label(record.kinds.get(MAIN) or self._class(record))

    def wanted(self, asked: Asked) -> str:
        """Return which answer is looked for, in words; nothing where any will do."""
        if asked.field.prop == STATUS:
            return "no, it is documented as absent" if asked.values == (ABSENT,) else "yes"
        if asked.relation == "stated" or not asked.values:
            return ""
        values = " or ".join(self.value(asked.field, value) for value in asked.values)
        return values if asked.relation == "is" else f"{asked.relation} {values}"

    def value(self, asked: Field, value: Term) -> str:
        """Return ``value`` as people write it."""
        if isinstance(value, str):
            return self.vocabulary.label(value)
        if value.datatype == XSD + "date":
            return day(value.value)
        if value.datatype == XSD + "boolean":
            return "yes" if value.value == "true" else "no"
        unit = self.records.terms.uses[asked.prop].property.unit
        number = value.value.removesuffix(".0")
        return f"{number} {unit.removesuffix('s') if number == '1' else unit}".strip()

    def _class(self, record: Record) -> str:
        stated = [str(o) for s, p, o in record.facts if (s, p) == (MAIN, TYPE)]
        asks_kind = Field(MAIN, TYPE) in record.fields
        return record.about if asks_kind or not stated else stated[0]

    def _bare(self, prop: str) -> str:
        return _without_verb(self.vocabulary.label(prop))


def _without_verb(label: str) -> str:
    """Return the label of a property without the verb that it begins with: ``has baseline`` gives ``baseline``."""
    return next((label.removeprefix(verb) for verb in _VERBS if label.startswith(verb)), label)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def text_of(term: Term) -> str:
    """Return the lexical form of a literal, and the IRI of anything else."""
    return term.value if isinstance(term, Literal) else term

"""Read a trace in RDF as the JSON that it was made from: the JSON-LD context read backwards.

RDF keeps no order. Objects of a list say their position; plain texts are sets, which the trace keeps sorted.
"""

from collections.abc import Mapping
from typing import Any, Final

from mtus.reasoner.graph import Graph, Literal, Term
from mtus.reasoner.namespaces import MTUS, XSD, local_name
from mtus.reasoner.read_trace import Field, Form, shape_error, trace_fields
from mtus.reasoner.render_json import POSITION

Context = Mapping[str, Any]
_INTEGER, _BOOLEAN = XSD + "integer", XSD + "boolean"
_POSITION: Final = MTUS + POSITION


def data_from(cls: type, node: str, graph: Graph, context: Context, name: str) -> dict[str, Any]:
    """Return the JSON of the object ``node`` of the trace class ``cls`` in ``graph``, which was made with ``context``.

    Raises :class:`StoredError` (``determination-shape``) where a property that has one value has several; ``name`` is what errors call
    the file. What else is wrong shows when the JSON is read.
    """
    return _GraphReader(graph, name).object(cls, node, context)


class _GraphReader:
    def __init__(self, graph: Graph, name: str) -> None:
        self.graph = graph
        self.name = name

    def object(self, cls: Any, node: Term, context: Context) -> dict[str, Any]:
        if not isinstance(node, str):
            raise shape_error(self.name, "", f"“{node.value[:60]}” is a text where a thing is expected.")
        found: dict[str, Any] = {}
        for field in trace_fields(cls):
            term = context.get(field.key, MTUS + field.key)
            inner = context
            if isinstance(term, Mapping):
                inner = context if field.vocabulary else {**context, **term.get("@context", {})}
                term = term["@id"]
            if term == "@id":
                if not node.startswith("_:"):
                    found[field.key] = node
                continue
            values = self.graph.objects(node, term)
            if values:
                found[field.key] = self.value(field, values, inner, f"{node} {local_name(term)}")
        return found

    def value(self, field: Field, values: list[Term], context: Context, place: str) -> Any:
        """Return ``values`` of ``field`` as JSON; ``place`` is what errors call them."""
        if field.form is Form.TEXTS:
            return sorted(_text(value) for value in values)
        if field.form is Form.OBJECTS:
            return [self.object(field.kind, value, context) for value in sorted(values, key=self._position)]
        if field.form is Form.PAIRS:
            return [self.pair(value, context) for value in sorted(values, key=self._position)]
        if len(values) > 1:
            raise shape_error(self.name, "", f"{place} has {len(values)} values where one is expected.")
        if field.form is Form.OBJECT:
            return self.object(field.kind, values[0], context)
        return local_name(_text(values[0])) if field.vocabulary else _plain(values[0])

    def pair(self, node: Term, context: Context) -> dict[str, str]:
        """Return a label and a value, which have no class of their own."""
        keys = {key: str(context[key]) for key in ("label", "value")}
        return {key: _text(value) for key, term in keys.items() if isinstance(node, str) for value in self.graph.objects(node, term)}

    def _position(self, node: Term) -> int:
        position = self.graph.text(node, _POSITION) if isinstance(node, str) else None
        return int(position) if position and position.isdecimal() else 0


def _text(value: Term) -> str:
    return value.value if isinstance(value, Literal) else value


def _plain(value: Term) -> str | int | bool:
    """Return a single value as JSON has it."""
    if isinstance(value, Literal):
        if value.datatype == _INTEGER and value.value.lstrip("-").isdecimal():
            return int(value.value)
        if value.datatype == _BOOLEAN and value.value in ("true", "false"):
            return value.value == "true"
    return _text(value)

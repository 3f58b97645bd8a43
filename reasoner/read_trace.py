"""Read the trace back: from the JSON of :mod:`mtus.reasoner.render_json` to the objects of :mod:`mtus.reasoner.trace`.

One reader for all classes, from the same table of fields and keys as the writer. Nothing is passed over: an unknown key, a value of
another kind, and a value that the rest of the file does not bear out are errors with their place, because a file that was altered must
not pass for what the reasoner said.
"""

from dataclasses import is_dataclass
from enum import Enum
from functools import lru_cache
from types import NoneType
from typing import Any, Final, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from mtus.reasoner.errors import StoredError, stored_error
from mtus.reasoner.namespaces import BASE
from mtus.reasoner.render_json import POSITION, blank_name, keys_of, to_dict
from mtus.reasoner.strict_json import pointer_step
from mtus.reasoner.trace import Determination

T = TypeVar("T")
# What no object of a class can be without. All else may be empty, and what is empty is left out.
_NEEDED: Final = {
    "Determination": ("id", "case", "overall", "requests"), "RequestDetermination": ("id", "request", "answer", "disposition"),
    "Assessment": ("id", "criterion", "status", "role", "burden", "effect"), "TracedReason": ("reasonKind",),
    "Receipt": ("caseDigest", "knowledgeDigest", "reasonerVersion"), "Citation": ("provision", "text"),
}  # fmt: skip
_REMEDY: Final = "Use the file as `mtus determine` or `mtus review` wrote it; `mtus replay` says what it should be."


def determination_from(data: dict[str, Any], name: str) -> Determination:
    """Return the determination in ``data``, the JSON of a stored determination; ``name`` is what errors call the file.

    Raises :class:`StoredError` (``determination-shape``, with a JSON pointer) for whatever the writer would not have written.
    """
    own = {key: value for key, value in data.items() if key != "wasGeneratedBy"}
    found = object_from(Determination, own, name)
    refuse_difference(to_dict(found), data, name)
    return found


def object_from(cls: type[T], data: Any, name: str, blank: str = "") -> T:
    """Return the object of the trace class ``cls`` that ``data`` describes; ``name`` is what errors call the file.

    ``blank`` is how names that stand for blank nodes begin; they become blank nodes again. A determination says that itself.
    """
    if not blank and isinstance(data, dict) and isinstance(data.get("receipt"), dict):
        blank = blank_name(str(data["receipt"].get("caseDigest", "")))
    found: T = _Reader(name, blank).object(cls, data, "")
    return found


def refuse_difference(written: Any, data: Any, name: str) -> None:
    """Raise :class:`StoredError` at the first place where ``data`` differs from what the writer makes of it."""
    place = None if written == data else _difference(written, data, "")
    if place is not None:
        raise shape_error(name, place, "What stands here is not what the rest of the file says.")


def shape_error(name: str, place: str, why: str) -> StoredError:
    """Return the error for a stored file that has another form than what was written."""
    return stored_error("determination-shape", f"{name}#{place}" if place else name, why, _REMEDY)


class _Reader:
    def __init__(self, name: str, blank: str) -> None:
        self.name = name
        self.blank = blank

    def object(self, cls: Any, data: Any, place: str) -> Any:
        if not isinstance(data, dict):
            raise shape_error(self.name, place, "An object is expected here.")
        unknown = next((key for key in data if key not in _known_keys(cls)), None)
        if unknown is not None:
            raise shape_error(self.name, f"{place}/{pointer_step(unknown)}", f"'{unknown[:60]}' is no key that is known here.")
        for key in _NEEDED.get(cls.__name__, ()):
            if data.get(key) in (None, "", []):
                raise shape_error(self.name, f"{place}/{key}", "The value is missing.")
        return cls(**{field.name: self.value(field, data.get(field.key), place) for field in trace_fields(cls)})

    def value(self, field: "Field", data: Any, above: str) -> Any:
        """Return ``data`` as the value of ``field``; ``above`` is the place of the object that has it."""
        if field.form is Form.TEXT:
            if data is None:
                return ""
            if isinstance(data, str):
                return self.term(f"{BASE}{field.vocabulary}/{data}" if field.vocabulary and data else data)
            raise shape_error(self.name, f"{above}/{field.key}", "A text is expected here.")
        place = f"{above}/{field.key}"
        if field.form is Form.OBJECT:
            return None if data is None and field.is_optional else self.object(field.kind, data, place)
        if field.form is Form.PLAIN:
            # true and false are whole numbers for Python
            if type(data) is not field.kind:
                raise shape_error(self.name, place, f"{_IN_WORDS[field.kind]} is expected here.")
            return data
        return self.items(field, data, place)

    def items(self, field: "Field", data: Any, place: str) -> tuple[Any, ...]:
        if data is None:
            return ()
        if not isinstance(data, list):
            raise shape_error(self.name, place, "A list is expected here.")
        if field.form is Form.OBJECTS:
            return tuple(self.object(field.kind, item, f"{place}/{n}") for n, item in enumerate(data))
        if field.form is Form.PAIRS:
            return tuple(self.pair(item, f"{place}/{n}") for n, item in enumerate(data))
        return tuple(self.text(item, f"{place}/{n}") for n, item in enumerate(data))

    def pair(self, data: Any, place: str) -> tuple[str, str]:
        if not isinstance(data, dict) or not {"label", "value"} <= data.keys() <= {"label", "value", POSITION}:
            raise shape_error(self.name, place, "A label and a value are expected here.")
        return self.text(data["label"], f"{place}/label"), self.text(data["value"], f"{place}/value")

    def text(self, data: Any, place: str) -> str:
        if not isinstance(data, str):
            raise shape_error(self.name, place, "A text is expected here.")
        return self.term(data)

    def term(self, value: str) -> str:
        """Return a name that stands for a blank node as that blank node."""
        return "_:" + value.removeprefix(self.blank) if self.blank and value.startswith(self.blank) else value


_IN_WORDS: Final[dict[type, str]] = {bool: "true or false", int: "A whole number"}


class Form(Enum):
    """What the value of a field looks like."""

    TEXT = "text"
    PLAIN = "a number, or true or false"
    OBJECT = "object"
    TEXTS = "set of texts"
    OBJECTS = "list of objects"
    PAIRS = "list of labels with values"


class Field(NamedTuple):
    """A field of a trace class: its name and key, the form and the class of its value, and the vocabulary that the value is from."""

    name: str
    key: str
    form: Form
    kind: Any
    is_optional: bool
    vocabulary: str


@lru_cache(maxsize=64)
def trace_fields(cls: Any) -> tuple[Field, ...]:
    """Return the fields of a trace class in their order."""
    hints = get_type_hints(cls)
    return tuple(Field(k.field, k.key, *_form(hints[k.field]), k.vocabulary) for k in keys_of(cls))


def _form(hint: Any) -> tuple[Form, Any, bool]:
    """Return form, class and whether it may be left out, for a value with this type hint."""
    if get_origin(hint) is tuple:
        kind = get_args(hint)[0]
        return Form.OBJECTS if is_dataclass(kind) else Form.TEXTS if kind is str else Form.PAIRS, kind, True
    kind = next((part for part in get_args(hint) if part is not NoneType), hint)
    return Form.OBJECT if is_dataclass(kind) else Form.TEXT if kind is str else Form.PLAIN, kind, kind is not hint


@lru_cache(maxsize=64)
def _known_keys(cls: Any) -> frozenset[str]:
    """Return all keys that objects of a trace class may have."""
    return frozenset(("type", POSITION, *(field.key for field in trace_fields(cls))))


def _difference(written: Any, data: Any, place: str) -> str | None:
    """Return the pointer to the first place where the two differ, or None."""
    if isinstance(written, dict) and isinstance(data, dict):
        for key in (*written, *(key for key in data if key not in written)):
            if key not in written or key not in data:
                return f"{place}/{pointer_step(key)}"
            found = _difference(written[key], data[key], f"{place}/{pointer_step(key)}")
            if found is not None:
                return found
        return None
    if isinstance(written, list) and isinstance(data, list) and len(written) == len(data):
        pairs = enumerate(zip(written, data, strict=True))
        return next((found for n, (a, b) in pairs if (found := _difference(a, b, f"{place}/{n}")) is not None), None)
    return None if written == data and type(written) is type(data) else place

"""Parse JSON strictly (RFC 8259): no key twice in one object, no NaN, and every number with the digits that were written."""

import json
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from mtus.reasoner.errors import CaseError, case_error

_LONGEST_KEY: Final = 200


class Integer(str):
    """A JSON number without point and exponent, as it was written."""

    __slots__ = ()


class Decimal(str):
    """A JSON number with a point or an exponent, as it was written."""

    __slots__ = ()


class _Constant(str):
    """NaN or an infinity, which Python reads and JSON does not have."""

    __slots__ = ()


def parse_json(text: str, name: str, *, plain_numbers: bool = False) -> Any:
    """Return the value of the JSON ``text``; numbers come as :class:`Integer` and :class:`Decimal`, or as Python's own.

    Raises :class:`CaseError`: line and column for what is no JSON, a JSON pointer for a repeated key or a number that is none.
    """
    wrong: list[tuple[Any, str]] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            keys = [key for key, _ in pairs]
            repeated = next(key for key in keys if keys.count(key) > 1)
            wrong.append((found, repeated))
        return found

    def constant(word: str) -> _Constant:
        value = _Constant(word)
        wrong.append((value, ""))
        return value

    numbers: dict[str, Any] = {} if plain_numbers else {"parse_int": Integer, "parse_float": Decimal}
    try:
        document = json.loads(text, object_pairs_hook=members, parse_constant=constant, **numbers)
    except json.JSONDecodeError as error:
        where = f"{name}, line {error.lineno}, column {error.colno}"
        raise case_error("syntax", where, f"This is not valid JSON: {_reason(error.msg)}.", "Mend the file at this place.") from error
    except RecursionError as error:
        raise too_deep(name) from error
    except ValueError as error:
        raise case_error("syntax", name, "This is not valid JSON: a number has too many digits.", "Correct the number.") from error
    if wrong:
        value, key = wrong[0]
        place = f"{name}#{pointer(next((path for path, found in walk(document) if found is value), None))}"
        if isinstance(value, _Constant):
            raise case_error("syntax", place, f"This is not valid JSON: {value} is no number.", "Write a number, or leave the key out.")
        why = f"The key '{key[:60]}' stands twice in one object, so one of its values would be lost."
        raise case_error("repeated-key", place, why, "Keep one of them, or write both values as a list.")
    return document


def too_deep(name: str) -> CaseError:
    """Return the error for a document that is nested more deeply than Python can follow."""
    return case_error("json-depth", name, "The JSON is nested too deeply.", "A case needs a few levels; write things beside one another.")


class Path(NamedTuple):
    """The way to a value in a JSON document, from its end; only where it is told does it become a pointer."""

    above: "Path | None"
    step: str | int


def walk(document: Any) -> Iterator[tuple[Path | None, Any]]:
    """Yield every value in ``document``, itself included, with the way to it."""
    agenda: list[tuple[Path | None, Any]] = [(None, document)]
    while agenda:
        path, value = agenda.pop()
        yield path, value
        if isinstance(value, dict):
            agenda += [(Path(path, key), member) for key, member in value.items()]
        elif isinstance(value, list):
            agenda += [(Path(path, number), item) for number, item in enumerate(value)]


def pointer(path: Path | None) -> str:
    """Return ``path`` as a JSON pointer (RFC 6901)."""
    steps: list[str] = []
    while path is not None:
        steps.append(f"/{path.step}" if isinstance(path.step, int) else f"/{pointer_step(path.step)}")
        path = path.above
    return "".join(reversed(steps))


def pointer_step(key: str) -> str:
    """Return ``key`` as a step of a JSON pointer; a key beyond all measure is cut."""
    if len(key) > _LONGEST_KEY:
        key = key[:_LONGEST_KEY] + "…"
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _reason(message: str) -> str:
    """Return the reason that Python gives, as a part of a sentence."""
    return message[:1].lower() + message[1:]

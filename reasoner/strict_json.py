"""Parse JSON strictly (RFC 8259): no key twice in one object, no NaN, and every number with the digits that were written."""

import json
from collections.abc import Iterator
from typing import Any

from mtus.reasoner.errors import case_error


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
        raise case_error(
            "json-depth", name, "The JSON is nested too deeply.", "A case needs a few levels; write things beside one another."
        ) from error
    except ValueError as error:
        raise case_error("syntax", name, "This is not valid JSON: a number has too many digits.", "Correct the number.") from error
    if wrong:
        value, key = wrong[0]
        pointer = next((pointer for pointer, found in walk(document) if found is value), "")
        if isinstance(value, _Constant):
            raise case_error(
                "syntax", f"{name}#{pointer}", f"This is not valid JSON: {value} is no number.", "Write a number, or leave the key out."
            )
        why = f"The key '{key[:60]}' stands twice in one object, so one of its values would be lost."
        raise case_error("repeated-key", f"{name}#{pointer}", why, "Keep one of them, or write both values as a list.")
    return document


def walk(document: Any) -> Iterator[tuple[str, Any]]:
    """Yield every value in ``document``, itself included, with its JSON pointer (RFC 6901)."""
    agenda: list[tuple[str, Any]] = [("", document)]
    while agenda:
        pointer, value = agenda.pop()
        yield pointer, value
        if isinstance(value, dict):
            agenda += [(f"{pointer}/{pointer_step(key)}", member) for key, member in value.items()]
        elif isinstance(value, list):
            agenda += [(f"{pointer}/{number}", item) for number, item in enumerate(value)]


def pointer_step(key: str) -> str:
    """Return ``key`` as a step of a JSON pointer."""
    return key.replace("~", "~0").replace("/", "~1") if "~" in key or "/" in key else key


def _reason(message: str) -> str:
    """Return the reason that Python gives, as a part of a sentence."""
    return message[:1].lower() + message[1:]

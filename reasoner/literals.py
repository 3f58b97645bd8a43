"""Literals in one form: engines differ on ill-typed and oddly written values, so a case has neither."""

import re
from datetime import date
from decimal import Decimal

from mtus.reasoner.namespaces import RDF, XSD, local_name

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}
# Control characters other than tab and line ends, halves of surrogate pairs, and code points that are no characters: terminals,
# XML and databases each do something else with them.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_WORDS = {"integer": "a whole number", "decimal": "a number", "date": "a date", "boolean": "true or false", "string": "a text"}
_HINTS = {
    XSD + "date": 'Write year-month-day without a time, such as 2015-08-18 (in Turtle: "2015-08-18"^^xsd:date).',
    XSD + "integer": "Write a whole number in digits, without quotes.",
    XSD + "decimal": "Write a number such as 6 or 6.5, without an exponent; in JSON-LD write it in quotes.",
    XSD + "boolean": "Write true or false, without quotes.",
    XSD + "string": "Write a text in quotes, without a language tag.",
}


def canonical_form(text: str, datatype: str) -> str | None:
    """Return the canonical form of ``text`` under ``datatype`` (XSD 1.1 part 2), or None where it is not valid.

    Supported are the datatypes of the ontology: string, boolean, integer and decimal of up to 18 digits, and dates
    without a time zone.
    """
    if datatype == XSD + "string":
        return text
    if datatype == XSD + "boolean":
        return _BOOLEANS.get(text)
    if datatype == XSD + "integer":
        return str(int(text)) if _INTEGER.fullmatch(text) else None
    if datatype == XSD + "decimal":
        return _decimal(text) if _DECIMAL.fullmatch(text) else None
    if datatype == XSD + "date":
        return text if _DATE.fullmatch(text) and _is_date(text) else None
    return None


def unprintable(text: str) -> str | None:
    """Return the code point, such as ``U+0007``, of the first character that has no place in a text, or None."""
    found = _UNPRINTABLE.search(text)
    return f"U+{ord(found.group()):04X}" if found else None


def in_words(datatype: str) -> str:
    """Return what people call a value of ``datatype``: ``a whole number (xsd:integer)``."""
    name = local_name(datatype)
    if datatype == RDF + "langString":
        return "a text with a language tag"
    if datatype.startswith(XSD):
        return f"{_WORDS[name]} (xsd:{name})" if name in _WORDS else f"a value of type xsd:{name}"
    return f"a value of type <{datatype[:80]}>"


def hint(datatype: str) -> str:
    """Return how a value of ``datatype`` is written."""
    return _HINTS.get(datatype, "Correct the value.")


def _decimal(text: str) -> str:
    value = f"{Decimal(text):f}"
    value = value.rstrip("0").rstrip(".") if "." in value else value
    return "0" if value in ("-0", "") else value


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True

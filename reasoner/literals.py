"""Literals in one form: engines differ on ill-typed and oddly written values, so a case has neither."""

import re
from datetime import date
from decimal import Decimal

from mtus.reasoner.namespaces import XSD

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_DECIMAL = re.compile(r"[+-]?([0-9]{1,18}(\.[0-9]{0,18})?|\.[0-9]{1,18})")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_BOOLEANS = {"true": "true", "1": "true", "false": "false", "0": "false"}


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

"""How deep a text is nested, found in one pass before any parser follows it down: a parser pays for depth with stack or time."""

import re
from itertools import accumulate
from typing import Final

from mtus.reasoner.errors import case_error
from mtus.reasoner.settings import Settings

# A text in JSON, closed or not; nothing is tried twice, whatever it holds.
_JSON_TEXT: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NO_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
# A piece of XML between angle brackets (https://www.w3.org/TR/xml/#sec-logical-struct); what does not end goes to the end of the file.
_XML_TAG: Final = re.compile(
    rb"""<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)|<(?:[^<>"']|"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))*+>?""", re.DOTALL
)


def refuse_json_depth(content: bytes, name: str, settings: Settings) -> None:
    """Raise :class:`CaseError` where the JSON ``content`` is nested beyond the limit."""
    brackets = _JSON_TEXT.sub(b"", content).translate(None, _NO_BRACKETS)
    depth = max(accumulate(1 if bracket in b"[{" else -1 for bracket in brackets), default=0)
    if depth > settings.max_depth:
        why = f"The JSON is nested more than {settings.max_depth} levels deep, which is the limit."
        raise case_error("json-depth", name, why, "A case needs a few levels; write things beside one another.")


def refuse_xml_depth(content: bytes, name: str, settings: Settings) -> None:
    """Raise :class:`CaseError` where the XML ``content`` is nested beyond the limit, with the line on which it gets there."""
    depth = 0
    for tag in _XML_TAG.finditer(content):
        text = tag.group()
        if text.startswith((b"<!", b"<?")):
            continue
        if text.startswith(b"</"):
            depth -= 1
        elif not text.endswith(b"/>"):
            depth += 1
            if depth > settings.max_depth:
                where = f"{name}, line {content.count(10, 0, tag.start()) + 1}"
                why = f"The XML is nested more than {settings.max_depth} levels deep, which is the limit."
                raise case_error("xml-depth", where, why, "A case needs a few levels; write things beside one another.")

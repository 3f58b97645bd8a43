"""What is wrong with a query that the engine does not parse: in words that help, with line and column.

The engine reports the farthest character at which it gave up, and what it looked for there. Of that only its sentences and single signs
can be used. It looks for a keyword by as many characters as the keyword has, so where it gave up lies behind the mistake, and the
keywords that it lists are long ones of its own, some of which this service refuses. So the words of the query are looked at first: a
word that SPARQL does not have, a text without an end, a bracket without its other half.
"""

import re
from difflib import get_close_matches
from typing import Final

from mtus.reasoner.errors import QueryError, query_error
from mtus.reasoner.sparql_text import Token, place, tokens

# The words of the grammar, those of queries alone (https://www.w3.org/TR/sparql11-query/#sparqlGrammar); SERVICE is refused.
_WORDS: Final = frozenset(re.findall(r"\w+", """
    a abs all as asc ask avg base bind bnode bound by ceil coalesce concat construct contains count datatype day desc describe distinct
    encode_for_uri exists false filter floor from graph group group_concat having hours if in iri isblank isiri isliteral isnumeric isuri
    lang langmatches lcase limit max md5 min minus minutes month named not now offset optional order prefix rand reduced regex replace
    round sameterm sample seconds select separator sha1 sha256 sha384 sha512 str strafter strbefore strdt strends strlang strlen strstarts
    struuid substr sum timezone true tz ucase undef union uri uuid values where year
"""))  # fmt: skip
_SIGNS: Final = frozenset(".;,(){}[]")
_OPEN: Final = {"(": ")", "{": "}", "[": "]"}
# What the engine lists as looked for: a sign in quotes, a class of characters in brackets, or words.
_LOOKED_FOR: Final = re.compile(r'"(?P<sign>(?:[^"\\]|\\.)*)"|\[[^\]]*\]|(?P<words>[^,\["]+)')
_MEND: Final = "Mend the query at this place."
# Sentences of the engine about a query that is well written and means nothing: what they say here, and the remedy.
_SENTENCES: Final = {
    "Prefix not found": ("The prefix of the name that ends here is not declared.", "Begin with PREFIX name: <IRI>."),
    "IRI parsing failed": ("What ends here between < and > is no absolute IRI.", "Write the IRI in full, without spaces."),
    "variable that is unbound": ("SELECT names a variable that has no value: no pattern has it, or the rows are grouped by others.",
                                 "Leave it out, add it to GROUP BY, or put it into COUNT, SUM, MIN, MAX or SAMPLE."),
    "SELECT * is not authorized": ("SELECT * does not go together with groups: GROUP BY, or an aggregate such as COUNT.",
                                   "Name what is selected."),
    "Duplicated variable": ("SELECT gives two columns the same name.", "Give each a name of its own."),
    "overrid": ("A name is given to a value (AS) that a pattern before it has for another.", "Choose another name."),
}  # fmt: skip


def syntax_error(error: SyntaxError, text: str, name: str = "query") -> QueryError:
    """Return what is wrong with the query ``text``, of which the engine says ``error``; ``name`` is what errors call the query."""
    said = str(error.msg or error)
    match = re.match(r"error at (\d+):(\d+): (?:expected (?:one of )?)?(.*)", said, re.DOTALL)
    if match is None:
        return query_error("query-syntax", name, f"The query is not valid SPARQL: {said[:300]}", "Mend the query.")
    line, column = int(match[1]), int(match[2])
    where = f"{name}, line {line}, column {column}"
    looked_for = list(_LOOKED_FOR.finditer(match[3]))
    for sentence in (found["words"].strip() for found in looked_for if " " in (found["words"] or "").strip()):
        why, remedy = next((told for sign, told in _SENTENCES.items() if sign in sentence), (f"{sentence}.", _MEND))
        return query_error("query-syntax", where, why, remedy)
    lines = text.splitlines()
    reached = sum(len(one) + 1 for one in text.split("\n")[: line - 1]) + column - 1
    found = _by_its_words(list(tokens(text)), text, reached, name)
    if found is not None:
        return found
    near = _near(lines[line - 1], column - 1) if 0 < line <= len(lines) else ""
    signs = [found["sign"] for found in looked_for if found["sign"] in _SIGNS]
    told = f" One of these could follow here: {' '.join(signs)}" if signs else ""
    return query_error("query-syntax", where, f"The query is not valid SPARQL here or shortly before, near '{near}'.{told}", _MEND)


def _by_its_words(found: list[Token], text: str, reached: int, name: str) -> QueryError | None:
    """Return the first mistake that the words show up to the character at which the engine gave up, or None."""
    opened: list[Token] = []
    for token in found:
        is_reached = token.start <= reached
        where = place(text, token.start, name)
        if is_reached and token.kind == "other" and token.text in "\"'":
            return query_error("query-syntax", where, "The text that begins here has no end.", f"Close it with {token.text}.")
        if is_reached and token.kind == "word" and not _is_known(token, text):
            return _unknown_word(token.text, where)
        if token.text in _OPEN:
            opened.append(token)
        elif token.text in _OPEN.values() and (not opened or _OPEN[opened.pop().text] != token.text):
            why = f"Nothing is open that {token.text} closes here."
            return query_error("query-syntax", where, why, "Check the brackets before it.") if is_reached else None
    if opened and opened[-1].start <= reached:
        last = opened[-1]
        why = f"The bracket {last.text} that opens here is never closed."
        return query_error("query-syntax", place(text, last.start, name), why, f"Close it with {_OPEN[last.text]}.")
    return None


def _unknown_word(word: str, where: str) -> QueryError:
    close = get_close_matches(word.lower(), sorted(_WORDS), 1, cutoff=0.8)
    hint = f" Is {close[0].upper()} meant?" if close else ""
    return query_error("query-syntax", where, f"'{word[:40]}' is no word of SPARQL.{hint}",
                       "Write it as a variable (?name), as a name with its prefix, or as a text in quotes.")  # fmt: skip


def _is_known(token: Token, text: str) -> bool:
    """Return whether the word ``token`` is one of the grammar, or the exponent of a number."""
    return token.text.lower() in _WORDS or text[max(0, token.start - 1) : token.start].isdigit()


def _near(line: str, at: int) -> str:
    """Return the words of ``line`` around the character ``at``."""
    start = line.rfind(" ", 0, max(0, at - 20)) + 1
    return line[start : at + 20].strip()

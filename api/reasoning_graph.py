"""A drawing of the reasoning for one request as SVG: the request, the provisions, their criteria, the facts, and what it falls with.

Read from left to right. The layout is a tidy tree in four columns: each node stands at the middle of what first hangs on it, and a fact
that several criteria read is drawn once, with a line from each. It needs no script and no style sheet, so it prints as well.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from mtus.api.links import link_of_criterion, link_of_document, link_of_provision
from mtus.reasoner.describe import day
from mtus.reasoner.determine import Answer, ReasonKind
from mtus.reasoner.kleene import Status
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.trace import Assessment, Determination, RequestDetermination, TracedReason

# Left edge and width of each column, in the units of the drawing.
_COLUMNS: Final = ((0, 170), (215, 225), (485, 265), (800, 290))
_WIDTH: Final = 1090
_CHARACTER: Final = 6.4
_LINE: Final = 16
_PAD: Final = 8
_GAP: Final = 12
_FALL: Final = 46
_TOP: Final = 34
_MOST_LINES: Final = 6
# Fill and stroke by status; every node says its status in words as well, so no colour has to be told from another.
_PLAIN: Final = ("#ffffff", "#555555")
_COLOURS: Final = {
    Status.MET.iri: ("#e8f4ec", "#1d6b3a"), Status.CONTRADICTED.iri: ("#fbe9e7", "#a3220f"),
    Status.UNDOCUMENTED.iri: ("#fdf3dc", "#8a5a00"), Status.CONFLICTING.iri: ("#f1e8f7", "#6a2c8f"),
}  # fmt: skip
_ANSWERS: Final = {
    Answer.SUPPORTED.iri: _COLOURS[Status.MET.iri], Answer.NOT_SUPPORTED.iri: _COLOURS[Status.CONTRADICTED.iri],
    Answer.SUPPORTED_IN_PART.iri: _COLOURS[Status.UNDOCUMENTED.iri], Answer.INDETERMINATE.iri: _COLOURS[Status.UNDOCUMENTED.iri],
}  # fmt: skip
# How far down, at most, the request stands.
_HIGHEST: Final = 150
_SOUGHT: Final = ("#ffffff", "#8a5a00")
_NOT_ON_FILE: Final = "not on file"
_REQUESTS: Final = (ReasonKind.DERIVATIVE.iri, ReasonKind.PRIMARY_OPEN.iri)


@dataclass
class _Node:
    """A box: its column, heading and text, colours, link, what hangs on it (first) and what it shares with others (also)."""

    column: int
    heading: str
    text: str
    colours: tuple[str, str]
    link: str = ""
    is_dashed: bool = False
    is_decisive: bool = False
    first: list["_Node"] = field(default_factory=list)
    also: list["_Node"] = field(default_factory=list)
    y: float = 0.0

    @property
    def lines(self) -> list[str]:
        """The text, wrapped to the width of the column, and cut where it is long: the page holds all of it."""
        found = wrap(self.text, int((_COLUMNS[self.column][1] - 2 * _PAD) / _CHARACTER)) or [""]
        return found if len(found) <= _MOST_LINES else [*found[: _MOST_LINES - 1], found[_MOST_LINES - 1] + " …"]

    @property
    def headings(self) -> list[str]:
        """The heading, wrapped; its letters are bold and wider."""
        return wrap(self.heading, int((_COLUMNS[self.column][1] - 2 * _PAD) / (_CHARACTER * 1.12)))

    @property
    def height(self) -> int:
        """The height of the box."""
        return (len(self.lines) + len(self.headings)) * _LINE + 2 * _PAD - 4


def reasoning_graph(number: int, request: RequestDetermination, determination: Determination, knowledge: Knowledge) -> str:
    """Return the drawing for ``request``, the one with this ``number`` (from one) in ``determination``, as an SVG element.

    Criteria that do not apply are left out; the trace on the page has them.
    """
    return _Drawing(request, determination, knowledge).draw(number)


class _Drawing:
    def __init__(self, request: RequestDetermination, determination: Determination, knowledge: Knowledge) -> None:
        self.request = request
        self.numbers = {r.request: n for n, r in enumerate(determination.requests, 1)}
        self.labels = {r.request: r for r in determination.requests}
        self.label = knowledge.vocabulary.label
        self.facts: dict[tuple[str, str], _Node] = {}
        self.decisive = {reason.about for reason in request.reasons if reason.relied_on}
        self.shown = [a for a in request.criteria if a.status != Status.NOT_APPLICABLE.iri]

    def draw(self, number: int) -> str:
        r = self.request
        root = _Node(0, self.label(r.answer), r.label, _ANSWERS.get(r.answer, _PLAIN), is_decisive=True)
        root.first = [*self._provisions(), *(node for reason in r.reasons for node in self._other(reason))]
        bottom = _place(root, _TOP)
        # at the top, so that it is seen first where the drawing is tall
        root.y = min(root.y, _TOP + _HIGHEST)
        primaries = [self._primary(reason) for reason in r.reasons if reason.kind in _REQUESTS]
        below = root.y + root.height / 2
        for node in primaries:
            node.y = below + _FALL + node.height / 2
            below = node.y + node.height / 2
        nodes = [*_all(root), *primaries]
        height = round(max(bottom, below)) + 4
        title = f"The reasoning for request {number}: {r.label}"
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" role="group" '
            f'aria-labelledby="graph-{number}-title graph-{number}-text" font-family="system-ui, sans-serif" font-size="12">',
            f'<title id="graph-{number}-title">{escape(title)}</title>',
            f'<desc id="graph-{number}-text">{escape(self._told(primaries))}</desc>',
            f'<rect width="{_WIDTH}" height="{height}" fill="#ffffff"/>',
            *(_heading(column, text) for column, text in enumerate(("Request", "Provisions", "Criteria", "Facts on file, and sought"))),
            *(_edge(node, other) for node in _all(root) for other in (*node.first, *node.also)),
            *(_falls(root, node, cited) for node, cited in zip(primaries, self._cited(), strict=True)),
            *(_box(node) for node in nodes),
            "</svg>",
        ]
        return "\n".join(parts)

    def _provisions(self) -> list[_Node]:
        """Return a node for each provision that is checked or that recommends the treatment, with its criteria."""
        found: dict[str, _Node] = {}
        for assessment in self.shown:
            cited = assessment.citation
            if cited.provision not in found:
                found[cited.provision] = _Node(
                    1, _place_of(cited.id, cited.page), cited.statement, _PLAIN, link_of_provision(cited.provision)
                )
            found[cited.provision].first.append(self._criterion(assessment))
        for cited in self.request.recommended_by:
            if cited.provision not in found:
                heading = _place_of(cited.id, cited.page) + ", recommends"
                found[cited.provision] = _Node(1, heading, cited.statement, _PLAIN, link_of_provision(cited.provision))
        return list(found.values())

    def _criterion(self, assessment: Assessment) -> _Node:
        colours = _COLOURS.get(assessment.status, _PLAIN)
        node = _Node(2, self.label(assessment.status), assessment.requirement, colours, link_of_criterion(assessment.criterion))
        node.is_decisive = assessment.criterion in self.decisive
        for heading, text, link in _leaves(assessment):
            known = self.facts.get((heading, text))
            if known is None:
                is_sought = heading == _NOT_ON_FILE
                known = _Node(3, heading, text, _SOUGHT if is_sought else _PLAIN, link, is_dashed=is_sought)
                self.facts[heading, text] = known
                node.first.append(known)
            elif known not in node.first:
                node.also.append(known)
        return node

    def _other(self, reason: TracedReason) -> Iterable[_Node]:
        """Yield a node for a reason that is neither a criterion nor another request, such as a provision that does not recommend it."""
        known = {a.criterion for a in self.request.criteria} | {c.provision for c in self.request.recommended_by}
        if reason.kind not in _REQUESTS and reason.about not in known and reason.text:
            cited = reason.citation
            yield _Node(1, self.label(reason.kind), reason.text, _PLAIN, link_of_provision(cited.provision) if cited else "")

    def _primary(self, reason: TracedReason) -> _Node:
        other, number = self.labels.get(reason.about), self.numbers.get(reason.about, 0)
        heading = f"Request {number}: {self.label(other.answer)}" if other else ""
        return _Node(0, heading, other.label if other else reason.text, _PLAIN, f"#request-{number}" if other else "")

    def _cited(self) -> list[str]:
        """Return the provision that is cited for each request that this one accompanies."""
        return [reason.citation.id if reason.citation else "" for reason in self.request.reasons if reason.kind in _REQUESTS]

    def _told(self, primaries: Sequence[_Node]) -> str:
        """Return what the drawing shows, in words."""
        counted: dict[str, int] = {}
        for assessment in self.shown:
            counted[self.label(assessment.status)] = counted.get(self.label(assessment.status), 0) + 1
        criteria = ", ".join(f"{count} {status}" for status, count in counted.items()) or "none applies"
        falls = "".join(f" It accompanies: {node.text} ({node.heading})." for node in primaries)
        return (
            f"Recommended answer: {self.label(self.request.answer)}. Criteria: {criteria}.{falls} The trace on the page says all in words."
        )


def _leaves(assessment: Assessment) -> list[tuple[str, str, str]]:
    """Return facts and what was sought, of ``assessment`` and all its parts: (where it stands, words, link)."""
    found = []
    for fact in assessment.facts:
        source = next(iter(fact.stated_in), None)
        place = ", ".join(part for part in (source.label, day(source.date)) if part) if source else ""
        found.append((place, fact.label, link_of_document(source.document) if source else ""))
    found += [(_NOT_ON_FILE, sought.message, "") for sought in assessment.sought]
    applicable = [part for part in assessment.parts if part.status != Status.NOT_APPLICABLE.iri]
    return list(dict.fromkeys([*found, *(leaf for part in applicable for leaf in _leaves(part))]))


def _place_of(name: str, page: str) -> str:
    return f"{name}, {'pp.' if '-' in page else 'p.'} {page}" if page else name


def _place(node: _Node, top: float) -> float:
    """Place ``node`` and what hangs on it below ``top``; return where the next may begin."""
    bottom = top
    for child in node.first:
        bottom = _place(child, bottom)
    needed = top + node.height + _GAP
    if bottom < needed:
        _shift(node.first, (needed - bottom) / 2)
        bottom = needed
    node.y = (node.first[0].y + node.first[-1].y) / 2 if node.first else (top + bottom - _GAP) / 2
    # the middle of its first and last may be nearer to the edge than its own half
    node.y = min(max(node.y, top + node.height / 2), bottom - _GAP - node.height / 2)
    return bottom


def _shift(nodes: Iterable[_Node], by: float) -> None:
    for node in nodes:
        node.y += by
        _shift(node.first, by)


def _all(node: _Node) -> Iterable[_Node]:
    yield node
    for child in node.first:
        yield from _all(child)


def _heading(column: int, text: str) -> str:
    return f'<text x="{_COLUMNS[column][0] + _PAD}" y="16" font-weight="bold" fill="#1a1a1a">{escape(text)}</text>'


def _box(node: _Node) -> str:
    (x, width), top = _COLUMNS[node.column], node.y - node.height / 2
    fill, stroke = node.colours
    dashed = ' stroke-dasharray="5 3"' if node.is_dashed else ""
    lines = [(line, ' font-weight="bold"', stroke) for line in node.headings]
    lines += [(line, "", "#1a1a1a") for line in node.lines]
    texts = "".join(
        f'<text x="{x + _PAD}" y="{top + _PAD + 10 + number * _LINE:.1f}"{weight} fill="{colour}">{escape(text)}</text>'
        for number, (text, weight, colour) in enumerate(lines)
    )
    drawn = (f'<rect x="{x + 0.5}" y="{top:.1f}" width="{width - 1}" height="{node.height}" rx="4" fill="{fill}" '
             f'stroke="{stroke}" stroke-width="{2.5 if node.is_decisive else 1}"{dashed}/>{texts}')  # fmt: skip
    full = f"<title>{escape(f'{node.heading}: {node.text}' if node.heading else node.text)}</title>"
    return f"<a href={quoteattr(node.link)}>{full}{drawn}</a>" if node.link else f"<g>{full}{drawn}</g>"


def _edge(node: _Node, other: _Node) -> str:
    (left, width), (right, _) = _COLUMNS[node.column], _COLUMNS[other.column]
    x1, x2 = left + width, right
    middle = (x1 + x2) / 2
    line = f"M{x1} {node.y:.1f} C{middle} {node.y:.1f} {middle} {other.y:.1f} {x2} {other.y:.1f}"
    return f'<path d="{line}" fill="none" stroke="#767676"/>'


def _falls(root: _Node, primary: _Node, cited: str) -> str:
    """Draw the line from a request down to the one that it accompanies."""
    x, y1, y2 = 30, root.y + root.height / 2, primary.y - primary.height / 2
    return (
        f'<path d="M{x} {y1:.1f} V{y2 - 2:.1f} m-5 -7 l5 7 l5 -7" fill="none" stroke="#1a1a1a" stroke-width="1.5" stroke-dasharray="6 3"/>'
        f'<text x="{x + 10}" y="{(y1 + y2) / 2 + 4:.1f}" fill="#1a1a1a">accompanies{f" ({escape(cited)})" if cited else ""}</text>'
    )

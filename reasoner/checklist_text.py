"""A checklist as text to print: boxes to tick and lines to fill in, at most 96 columns wide."""

from collections.abc import Iterable, Iterator
from textwrap import wrap

from mtus.reasoner.checklist_model import CHOICE, DAY, YES_NO, Checklist, Cited, Group, Item, Question, RequestList, Wanted, items_of
from mtus.reasoner.describe import day
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.lines import Style, plain
from mtus.reasoner.namespaces import BASE

WIDTH = 96
_MOST_BOXES = 30
# What somebody else has to put on file says so; whose burden advice is goes without saying.
_LEFT_OPEN = "leaves-open"
_JOINED = {"all of": "All of these:", "any of": "One of these is enough:", "none of": "None of these may be so:"}
_LEGEND = (
    "This list is made from the provisions that are encoded, in our own words. It is no decision and no promise: only a physician "
    "may deny care, and a request is looked at with everything on file.",
    "yes: a document on file says that it is so. no: a document says that it is not so. Where no document speaks of it, tick neither. "
    "*: without it the request is not supported, where it is asked at all.",
    "[confirmed]: a published source says what the provision asks. [not verified]: it rests on general knowledge of the guideline, "
    "and wording, number or page may differ.",
)


def to_text(checklist: Checklist, knowledge: Knowledge, style: Style = plain) -> str:
    """Return ``checklist`` as text; ``style`` may put colours around its headings."""
    return "\n".join(_Text(checklist, knowledge, style).lines()).rstrip() + "\n"


class _Text:
    def __init__(self, checklist: Checklist, knowledge: Knowledge, style: Style) -> None:
        self.checklist = checklist
        self.label = knowledge.vocabulary.label
        self.definitions = knowledge.vocabulary.definitions
        self.style = style
        self.questions = {question.link_id: question for question in checklist.questions}
        items = [item for request in checklist.requests for item in items_of(request)]
        self.asked = {wanted.question for item in items for wanted in item.questions}.union(*(r.gates for r in checklist.requests))
        self.printed: set[str] = set()

    def lines(self) -> Iterator[str]:
        c = self.checklist
        yield self.style("heading", "CHECKLIST BEFORE A REQUEST" + (" FOR A RENEWAL" if c.is_renewal else ""))
        yield from _filled(f"Guideline: {c.edition_label} ({c.instrument})")
        yield f"For a request of {day(c.date)}" if c.date else "For any request under this edition"
        yield ""
        for text in _LEGEND:
            yield from _filled(text)
        yield ""
        yield self.style("heading", "The case and its documents")
        for link in c.case_questions:
            yield from self._question(link, " ")
        for request in c.requests:
            yield from ("", "")
            yield from self._request(request)

    def _request(self, r: RequestList) -> Iterator[str]:
        yield self.style("heading", f"REQUEST {r.request.rsplit('-', 1)[-1]}: {r.label.upper()}")
        for said in r.recommends:
            lead = f"If {said.when}, the guideline recommends it" if said.when else "The guideline recommends it"
            yield from _filled(f"{lead}, where what follows is met: {said.cited.text} {_cited(said.cited)}", " ")
        for said in r.refuses:
            lead = f"If {said.when}: not recommended" if said.when else "Not recommended"
            yield from _filled(f"{lead}; no documentation changes that. {said.cited.text} {_cited(said.cited)}", " ")
        for text in r.says:
            yield from _filled(text, " ")
        yield from self._section("Whether the guideline applies", r.scope)
        for block in r.blocks:
            heading = f"If {', and if '.join(block.conditions)}" if block.conditions else "What has to be on file"
            yield from self._heading(heading)
            for group in block.groups:
                yield from self._group(group)
            if not block.conditions:
                yield from self._gates(r)
        if not any(not block.conditions for block in r.blocks):
            yield from self._gates(r)
        yield from self._section("Limits of the request", r.limits)
        yield from self._section("Advice: noted, without effect on the answer", r.advice)
        if r.unchecked:
            yield from self._heading("Also in the guideline, and not checked here")
            for one in r.unchecked:
                yield from _filled(f"{one.cited.text} {_cited(one.cited)} Not checked: {one.because}", "  - ", "    ")

    def _heading(self, text: str) -> Iterator[str]:
        yield ""
        for line in wrap(text + ":", WIDTH - 1):
            yield " " + self.style("heading", line)

    def _section(self, title: str, items: tuple[Item, ...]) -> Iterator[str]:
        if items:
            yield from self._heading(title)
            for item in items:
                yield from self._item(item, " ")

    def _gates(self, r: RequestList) -> Iterator[str]:
        if r.gates:
            yield from self._heading("What decides which of the rest applies")
            for link in r.gates:
                yield from self._question(link, "  ")

    def _group(self, group: Group) -> Iterator[str]:
        named = [self.label(kind) for kind in group.documents if kind]
        if named:
            yield f"  In the {' or the '.join(named)}"
        for item in group.items:
            yield from self._item(item, "  ")

    def _item(self, item: Item, indent: str) -> Iterator[str]:
        inner = indent + "    "
        condition = f"If {', and if '.join(item.only_if)}: " if item.only_if else ""
        sentence = f"{condition}{item.requirement}."
        yield from _filled(sentence[:1].upper() + sentence[1:], f"{indent}[ ] ", inner)
        yield from _filled(_cited(item.cited), inner)
        if item.reading:
            yield from _filled(f"“{item.reading.words}” is read as: {item.reading.label}.", inner)
        if item.effect == _LEFT_OPEN:
            yield from _filled(self.definitions.get(f"{BASE}burden/{item.burden}", ""), inner)
        if item.broken:
            yield from _filled(f"As the requests stand here, this is not met: {item.broken}", inner)
        yield from self._content(item, inner)
        if item.unless:
            yield f"{inner}Not held against the request where this is on file instead:"
            yield from self._item(item.unless, inner)

    def _content(self, item: Item, inner: str) -> Iterator[str]:
        asked = list(_asked(item))
        if item.parts and all(link in self.printed for link in asked):
            parts = "; ".join(part.requirement for part in item.parts)
            yield from _filled(f"{_JOINED[item.relation]} {parts} ({self._where(asked)}).", inner)
            return
        if item.relation == "none of" or (item.relation and (len(item.parts) > 1 or item.questions)):
            yield inner + _JOINED[item.relation]
        known = [wanted for wanted in item.questions if wanted.question in self.printed]
        if known:
            looked_for = "; ".join(f"{self.questions[w.question].number}: {w.text}" for w in known if w.text)
            yield from _filled(self._where([w.question for w in known]) + (f"; looked for: {looked_for}" if looked_for else ""), inner)
        for wanted in item.questions:
            if wanted not in known:
                yield from self._question(wanted.question, inner, wanted)
        for link in item.also_read:
            if link not in self.asked:
                yield from self._question(link, inner)
        also = [link for link in item.also_read if link not in asked]
        if also:
            yield from _filled(f"Counted with it: {self._where(also).removeprefix('answered under ')}", inner)
        if item.answered_by:
            yield from _filled(f"Also {self._where(item.answered_by)}", inner)
        for part in item.parts:
            yield from self._item(part, inner)

    def _where(self, links: Iterable[str]) -> str:
        """Return the numbers of questions that were printed before: ``answered under 3, 8-12``."""
        numbers = sorted({self.questions[link].number for link in links})
        spans: list[list[int]] = []
        for number in numbers:
            if spans and number == spans[-1][-1] + 1:
                spans[-1].append(number)
            else:
                spans.append([number])
        return "answered under " + ", ".join(str(s[0]) if len(s) == 1 else f"{s[0]}-{s[-1]}" for s in spans)

    def _question(self, link: str, indent: str, wanted: Wanted | None = None) -> Iterator[str]:
        self.printed.add(link)
        q = self.questions[link]
        mark = " *" if q.is_required else ""
        looked_for = f" (looked for: {wanted.text})" if wanted and wanted.text else ""
        lead = f"{indent}{q.number}. "
        yield from _filled(f"{q.text}{mark}{looked_for} {_blank(q)}", lead, " " * len(lead))


def _asked(item: Item) -> Iterator[str]:
    yield from (wanted.question for wanted in item.questions)
    for part in item.parts:
        yield from _asked(part)


def _blank(q: Question) -> str:
    """Return what is ticked or filled in; a blank is one word, so that no line breaks in it."""
    if q.kind == YES_NO:
        return "[\u00a0]\u00a0yes [\u00a0]\u00a0no"
    if q.kind == CHOICE and len(q.options) <= _MOST_BOXES:
        return " ".join(f"[ ] {option.label}".replace(" ", "\u00a0") for option in q.options)
    if q.kind == CHOICE:
        return f"______________________ ({'one or more' if q.repeats else 'one'} of the {len(q.options)} in the JSON form)"
    return "____-__-__" if q.kind == DAY else "________"


def _cited(cited: Cited) -> str:
    sure = "confirmed" if cited.is_verified else f"not verified; confidence {cited.confidence}"
    return f"{cited.citation} [{sure}]"


def _filled(text: str, first: str = "", rest: str | None = None) -> list[str]:
    lines = wrap(text, WIDTH, initial_indent=first, subsequent_indent=first if rest is None else rest, break_long_words=False,
                 break_on_hyphens=False)  # fmt: skip
    return [line.replace("\u00a0", " ") for line in lines]

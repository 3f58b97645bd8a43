"""How the case form is arranged: the items of the checklist as they are shown, each question at the first place that asks it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mtus.reasoner.checklist_model import Checklist, Item, Question, RequestList, Wanted


@dataclass(frozen=True)
class Asked:
    """A question to be answered here, and which answer is looked for, in words."""

    question: Question
    wanted: str


@dataclass(frozen=True)
class Shown:
    """An item: what it asks, the questions to answer for it, the numbers of those that stand elsewhere, and the items below it."""

    item: Item
    asked: tuple[Asked, ...]
    elsewhere: tuple[int, ...]
    below: tuple["Shown", ...]
    unless: "Shown | None"

    def links(self) -> Iterator[str]:
        """Yield the questions that are answered here or below."""
        yield from (one.question.link_id for one in self.asked)
        for part in (*self.below, *([self.unless] if self.unless else [])):
            yield from part.links()


@dataclass(frozen=True)
class Part:
    """A part of the form for one request: a heading, what it depends on, whether it may be left closed, and its items."""

    heading: str
    is_optional: bool
    items: tuple[Shown, ...]
    asked: tuple[Asked, ...] = ()

    @property
    def links(self) -> tuple[str, ...]:
        """The questions in this part."""
        return (*(one.question.link_id for one in self.asked), *(link for item in self.items for link in item.links()))


@dataclass(frozen=True)
class RequestForm:
    """The form of one request."""

    request: RequestList
    parts: tuple[Part, ...]


class Arranged:
    """A checklist arranged as a form: ``case`` are the questions about the case, ``requests`` the others."""

    def __init__(self, checklist: Checklist, documents: dict[str, str]) -> None:
        self._questions = {q.link_id: q for q in checklist.questions}
        self._printed: set[str] = set()
        self._documents = documents
        self.case = tuple(self._ask(link) for link in checklist.case_questions)
        self.requests = tuple(RequestForm(r, tuple(p for p in self._parts(r) if p.items or p.asked)) for r in checklist.requests)
        rest = tuple(self._ask(q.link_id) for q in checklist.questions if q.link_id not in self._printed)
        self.rest = rest

    def _parts(self, r: RequestList) -> Iterator[Part]:
        yield Part("Whether the guideline applies", False, self._items(r.scope))
        always = [block for block in r.blocks if not block.conditions]
        for block in always:
            for group in block.groups:
                yield Part(self._in(group.documents), False, self._items(group.items))
        gates = tuple(self._ask(link) for link in r.gates if link not in self._printed)
        yield Part("What decides which of the rest applies", False, (), gates)
        yield Part("Limits of the request", False, self._items(r.limits))
        for block in r.blocks:
            if block.conditions:
                items = tuple(item for group in block.groups for item in self._items(group.items))
                yield Part(f"If {', and if '.join(block.conditions)}", True, items)
        yield Part("Advice: noted, without effect on the answer", True, self._items(r.advice))

    def _in(self, documents: Iterable[str]) -> str:
        named = [self._documents.get(kind, kind) for kind in documents if kind]
        return f"In the {' or the '.join(named)}" if named else "What has to be on file"

    def _items(self, items: Iterable[Item]) -> tuple[Shown, ...]:
        return tuple(self._shown(item) for item in items)

    def _shown(self, item: Item) -> Shown:
        elsewhere = tuple(self._questions[w.question].number for w in item.questions if w.question in self._printed)
        asked = tuple(self._ask(w.question, w) for w in item.questions if w.question not in self._printed)
        below = self._items(item.parts)
        return Shown(item, asked, elsewhere, below, self._shown(item.unless) if item.unless else None)

    def _ask(self, link: str, wanted: Wanted | None = None) -> Asked:
        self._printed.add(link)
        return Asked(self._questions[link], wanted.text if wanted else "")

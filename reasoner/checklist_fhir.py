"""A checklist as a FHIR R4 Questionnaire (https://hl7.org/fhir/R4/questionnaire.html), without extensions.

Each criterion is a group with its citation as a display item, each fact that is looked for a question item with citations of its own.
When a question is asked at all stands in ``enableWhen``; where that takes several alternatives it is wrapped in groups.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeAlias

from mtus.reasoner.checklist_json import in_json
from mtus.reasoner.checklist_model import (
    CHOICE,
    NUMBER,
    WHOLE,
    YES_NO,
    Checklist,
    Cited,
    Item,
    RequestList,
    Test,
    Wanted,
    items_of,
)
from mtus.reasoner.describe import day
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import BASE, local_name

Resource: TypeAlias = dict[str, Any]
_VALUES = {YES_NO: "answerBoolean", WHOLE: "answerInteger", NUMBER: "answerDecimal", "date": "answerDate"}
_JOINED = {"all of": "All of these:", "any of": "One of these is enough:", "none of": "None of these may be so:"}


def to_questionnaire(checklist: Checklist, knowledge: Knowledge) -> Resource:
    """Return ``checklist`` as a Questionnaire resource."""
    return _Questionnaire(checklist, knowledge).resource()


def to_fhir_json(checklist: Checklist, knowledge: Knowledge) -> str:
    """Return ``checklist`` as a Questionnaire in JSON text."""
    return json.dumps(to_questionnaire(checklist, knowledge), ensure_ascii=False, indent=2) + "\n"


def coding(code: str) -> dict[str, str]:
    """Return system and code of a term: the system is what its IRI begins with."""
    name = local_name(code)
    return {"system": code.removesuffix(name), "code": name} if code != name else {"code": name}


class _Questionnaire:
    def __init__(self, checklist: Checklist, knowledge: Knowledge) -> None:
        self.checklist = checklist
        self.knowledge = knowledge
        self.label = knowledge.vocabulary.label
        self.questions = {question.link_id: question for question in checklist.questions}
        self.cited: dict[str, dict[Cited, None]] = {}
        for request in checklist.requests:
            for item in items_of(request):
                for wanted in item.questions:
                    self.cited.setdefault(wanted.question, {})[item.cited] = None
        # the questions that are asked by a criterion or as a gate, not only read as well
        self.asked = {*self.cited}.union(*(request.gates for request in checklist.requests))
        self.shown: set[str] = set()
        self.names: dict[str, int] = {}

    def resource(self) -> Resource:
        c = self.checklist
        edition = self.knowledge.guidelines.editions[c.edition]
        named = ", ".join(request.label for request in c.requests)
        until = {"end": edition.effective_to.isoformat()} if edition.effective_to else {}
        when = f"a request of {day(c.date)}" if c.date else "any request under this edition"
        return {
            "resourceType": "Questionnaire",
            "id": f"checklist-{c.version}",
            "url": c.id,
            "version": c.version,
            "name": "ChecklistBeforeARequest",
            "title": f"Checklist before a request{' for a renewal' if c.is_renewal else ''}: {named}",
            "status": "draft",  # until somebody has compared it with the guideline's text; whoever adopts it says so
            "description": f"What has to be on file under {c.edition_label} ({c.instrument}), for {when}.",
            "purpose": "To see before a request is made what is missing. It is no decision: only a physician may deny care.",
            "effectivePeriod": {"start": edition.effective_from.isoformat(), **until},
            "item": [
                {
                    "linkId": "case", "text": "The case and its documents", "type": "group",
                    "item": [item for link in c.case_questions for item in self._asked(link, None, ())],
                },
                *(self._request(request) for request in c.requests),
            ],
        }  # fmt: skip

    def _request(self, r: RequestList) -> Resource:
        inside: list[Resource] = []
        for said in (*r.recommends, *r.refuses):
            lead = "The guideline recommends it" if said in r.recommends else "Not recommended"
            when = f"If {said.when}: {lead[0].lower()}{lead[1:]}" if said.when else lead
            inside.append(self._display(f"{r.request}/{said.cited.provision}", f"{when}. {said.cited.text} {_words(said.cited)}"))
        inside += [self._display(f"{r.request}/says", text) for text in r.says]
        inside += self._section(r, "scope", "Whether the guideline applies", r.scope, ())
        always = [block for block in r.blocks if not block.conditions]
        for block in always:
            inside.append(self._block(r, "on-file", "What has to be on file", block.groups, ()))
        if r.gates:
            gates = [item for link in r.gates for item in self._asked(link, None, ())]
            inside.append(
                {"linkId": f"{r.request}/gates", "text": "What decides which of the rest applies", "type": "group", "item": gates}
            )
        for number, block in enumerate(b for b in r.blocks if b.conditions):
            first = [q for group in block.groups for item in group.items for q in _all_asked(item) if q not in self.shown]
            is_gated = all(self.questions[q].asked_when == block.asked_when for q in first)
            group = self._block(
                r, f"if-{number + 1}", f"If {', and if '.join(block.conditions)}", block.groups, block.asked_when if is_gated else ()
            )
            inside += self._gated(group, block.asked_when) if is_gated else [group]
        inside += self._section(r, "limits", "Limits of the request", r.limits, ())
        inside += self._section(r, "advice", "Advice: noted, without effect on the answer", r.advice, ())
        for one in r.unchecked:
            text = f"Not checked: {one.cited.text} {_words(one.cited)} {one.because}"
            inside.append(self._display(f"{r.request}/{one.cited.provision}", text))
        return {"linkId": r.request, "text": r.label[:1].upper() + r.label[1:], "type": "group", "item": inside}

    def _section(self, r: RequestList, name: str, title: str, items: tuple[Item, ...], given: Any) -> list[Resource]:
        inside = [self._item(r, item, given) for item in items]
        return [{"linkId": f"{r.request}/{name}", "text": title, "type": "group", "item": inside}] if inside else []

    def _block(self, r: RequestList, name: str, title: str, groups: Any, given: Any) -> Resource:
        inside = []
        for group in groups:
            documents = " or the ".join(self.label(kind) for kind in group.documents if kind)
            kind = local_name(group.documents[0]) or "any-document"
            items = [self._item(r, item, given) for item in group.items]
            inside.append({"linkId": f"{r.request}/{name}/{kind}", "text": f"In the {documents}", "type": "group", "item": items})
        return {"linkId": f"{r.request}/{name}", "text": title, "type": "group", "item": inside}

    def _item(self, r: RequestList, item: Item, given: Any) -> Resource:
        """Return a criterion as a group: requirement, citation, and the questions that no other group has asked before."""
        link = self._unique(f"{r.request}/{local_name(item.criterion)}")
        condition = f"If {', and if '.join(item.only_if)}: " if item.only_if else ""
        sentence = f"{condition}{item.requirement}."
        inside = [self._display(f"{link}/cited", f"{_words(item.cited)} {self._burden(item)}".strip())]
        if item.reading:
            inside.append(self._display(f"{link}/reading", f"“{item.reading.words}” is read as: {item.reading.label}."))
        if item.broken:
            inside.append(self._display(f"{link}/broken", f"As the requests stand here, this is not met: {item.broken}"))
        if item.relation == "none of" or (item.relation and (len(item.parts) > 1 or item.questions)):
            inside.append(self._display(f"{link}/joined", _JOINED[item.relation]))
        before = [self.questions[w.question].number for w in item.questions if w.question in self.shown]
        before += [self.questions[q].number for q in item.answered_by]
        counted = [self.questions[q].number for q in item.also_read if q in self.asked or q in self.shown]
        for name, lead, numbers in (("answered", "Also answered under", before), ("counted", "Counted with it:", counted)):
            if numbers:
                inside.append(self._display(f"{link}/{name}", f"{lead} {', '.join(map(str, sorted(set(numbers))))}."))
        for wanted in item.questions:
            inside += self._asked(wanted.question, wanted, given)
        for also in item.also_read:
            inside += self._asked(also, None, given) if also not in self.asked else []
        inside += [self._item(r, part, given) for part in item.parts]
        if item.unless:
            inside.append(self._display(f"{link}/unless", "Not held against the request where this is on file instead:"))
            inside.append(self._item(r, item.unless, given))
        return {
            "linkId": link, "definition": item.criterion, "text": sentence[:1].upper() + sentence[1:], "type": "group", "item": inside,
        }  # fmt: skip

    def _burden(self, item: Item) -> str:
        return self.knowledge.vocabulary.definitions.get(f"{BASE}burden/{item.burden}", "")

    # Questions

    def _asked(self, link: str, wanted: Wanted | None, given: Any) -> list[Resource]:
        """Return a question where it is asked for the first time, in the groups that say when; ``given`` is known to hold there."""
        if link in self.shown:
            return []
        self.shown.add(link)
        q = self.questions[link]
        looked_for = f" (looked for: {wanted.text})" if wanted and wanted.text else ""
        item: Resource = {"linkId": link, "prefix": f"{q.number}.", "text": f"{q.text}{looked_for}", "type": q.kind}
        if q.criteria:
            item["definition"] = q.criteria[0]
        if q.is_required:
            item["required"] = True
        if q.repeats:
            item["repeats"] = True
        if q.kind == CHOICE:
            item["answerOption"] = [{"valueCoding": {**coding(option.code), "display": option.label}} for option in q.options]
        told = [*((q.help,) if q.help else ()), *(_words(cited) for cited in self.cited.get(link, ()))]
        item["item"] = [self._display(f"{link}/cited", " ".join(told) or "Every case states it.")]
        return self._gated(item, tuple(clause for clause in q.asked_when if clause not in given))

    def _gated(self, item: Resource, clauses: tuple[tuple[Test, ...], ...]) -> list[Resource]:
        """Return ``item`` enabled where each of ``clauses`` holds, each by one of its tests."""
        single = [clause[0] for clause in clauses if len(clause) == 1]
        several = [clause for clause in clauses if len(clause) > 1]
        if single:
            item |= self._enabled(single, "all")
        elif several:
            item |= self._enabled(several.pop(), "any")
        for number, clause in enumerate(several, 1):
            link = f"{item['linkId']}/when-{number}"
            item = {"linkId": link, "text": item["text"], "type": "group", **self._enabled(clause, "any"), "item": [item]}
        return [item]

    def _enabled(self, tests: Any, behavior: str) -> Resource:
        found = [self._test(test) for test in tests]
        return {"enableWhen": found, **({"enableBehavior": behavior} if len(found) > 1 else {})}

    def _test(self, test: Test) -> Resource:
        told: Resource = {"question": test.question, "operator": test.operator}
        kind = self.questions[test.question].kind
        if test.operator == "exists":
            return {**told, "answerBoolean": test.value == "true"}
        if kind == CHOICE:
            return {**told, "answerCoding": {**coding(test.value), "display": self.label(test.value)}}
        value = local_name(test.value) == "documentedPresent" if kind == YES_NO and "://" in test.value else in_json(kind, test.value)
        return {**told, _VALUES[kind]: value}

    def _display(self, link: str, text: str) -> Resource:
        return {"linkId": self._unique(link), "text": text, "type": "display"}

    def _unique(self, link: str) -> str:
        """Return ``link``, numbered from its second use on."""
        self.names[link] = self.names.get(link, 0) + 1
        return link if self.names[link] == 1 else f"{link}-{self.names[link]}"


def _words(cited: Cited) -> str:
    sure = "confirmed" if cited.is_verified else f"not verified; confidence {cited.confidence}"
    return f"{cited.citation} [{sure}]"


def _all_asked(item: Item) -> Iterator[str]:
    yield from (wanted.question for wanted in item.questions)
    for part in (*item.parts, *((item.unless,) if item.unless else ())):
        yield from _all_asked(part)

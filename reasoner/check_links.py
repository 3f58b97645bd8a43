"""Check the things of a case and how they refer to one another: kinds, references, circles.

A thing without a type would be passed over by every shape, and a property on the wrong kind of thing by every criterion; both are
refused here, by what the ontology says of the use of its properties.
"""

from mtus.reasoner.case_terms import CASE_CLASS, CaseTerms, Use
from mtus.reasoner.check_facts import Statements, a_or_an, one_of
from mtus.reasoner.errors import case_error
from mtus.reasoner.namespaces import BASE, CASE, local_name
from mtus.reasoner.places import At, Places, shown
from mtus.reasoner.problems import Problems

# How many cases are named where a file holds several.
_SHORT_LIST = 8


class LinkChecker:
    """Checks the things of one case; problems go to ``problems``, with places from ``places``."""

    def __init__(self, terms: CaseTerms, said: Statements, places: Places, problems: Problems) -> None:
        self._terms = terms
        self._said = said
        self._places = places
        self._problems = problems
        self._label = terms.vocabulary.label

    def check(self) -> str:
        """Return the case of the file; what is wrong with its things is told.

        Raises :class:`CaseError` where the file does not hold exactly one case.
        """
        case = self._one_case()
        self._check_things()
        self._check_circles()
        return case

    def _one_case(self) -> str:
        cases = [thing for thing, types in self._said.types.items() if CASE_CLASS in types]
        if len(cases) == 1 and not cases[0].startswith("_:"):
            return cases[0]
        if len(cases) == 1:
            why, remedy = "The case has no identifier.", f"Give it one, such as <{CASE}case-17>."
        elif cases:
            names = ", ".join(sorted(self._said.name(case) for case in cases[:_SHORT_LIST]))
            why = f"The file holds {len(cases)} cases ({names}); each is determined alone, never merged with others."
            remedy = "Write each into a file of its own."
        else:
            why, remedy = "Nothing in the file is said to be a case.", "Give the thing that lists the requests the type mtus:Case."
        raise case_error("one-case", self._problems.name, why, remedy)

    def _check_things(self) -> None:
        kinds = {thing: self._terms.kinds(frozenset(types)) for thing, types in self._said.types.items()}
        expected: dict[str, Use] = {}
        for number, subject, use, target in self._said.uses:
            own = kinds.get(subject)
            if own is not None and use.used_on.isdisjoint(own):
                self._misplaced(At(number, subject, use.property.iri), use)
            if target is None or target in use.terms:
                continue
            theirs = kinds.get(target)
            if theirs is None or use.property.values_from or (use.refers_to and use.refers_to.isdisjoint(theirs)):
                self._check_target(At(number, subject, use.property.iri), use, target, theirs)
                expected.setdefault(target, use)
        for thing, number in self._said.first.items():
            if thing not in kinds:
                self._untyped(At(number, thing), expected.get(thing))

    def _check_target(self, at: At, use: Use, target: str, theirs: frozenset[str] | None) -> None:
        if theirs is not None:
            self._wrong_kind(at, use, target, self._kinds_of(target))
        elif target.startswith(BASE) and not target.startswith(CASE):
            # a term of the knowledge; whether it is known was checked with the triple itself
            if use.refers_to:
                self._wrong_kind(at, use, target, a_or_an(self._label(target)))
        elif target not in self._said.first:
            self._dangling(at, target)

    def _untyped(self, at: At, expected: Use | None) -> None:
        such = f", such as {one_of(local_name(cls) for cls in expected.refers_to)}" if expected and expected.refers_to else ""
        why = f"Nothing says what kind of thing {self._said.name(at.subject)} is."
        self._problems.tell("missing-type", self._places.of_thing(at), why, f"Give it a type{such}.")

    def _misplaced(self, at: At, use: Use) -> None:
        prop = use.property
        why = f"'{prop.json_name}' ({prop.label}) is stated of {self._said.name(at.subject)}, which is {self._kinds_of(at.subject)}."
        remedy = f"State it of {one_of(a_or_an(self._label(cls)) for cls in use.used_on)}."
        self._problem("misplaced-property", at, why, remedy)

    def _wrong_kind(self, at: At, use: Use, target: str, kind: str) -> None:
        classes = {use.property.values_from} if use.property.values_from else use.refers_to
        wanted = one_of(a_or_an(self._label(cls)) for cls in classes)
        if use.property.names_kinds:
            wanted = f"the name of a kind of {self._label(use.property.values_from)}"
        why = f"'{use.property.json_name}' refers to {self._said.name(target)}, which is {kind}; what belongs here is {wanted}."
        if use.property.values_from:
            remedy = f"Use a term of the ontology: {wanted}; `mtus schema` lists them."
        else:
            remedy = f"Refer to {wanted}, or correct the type of {shown(target)}."
        self._problem("wrong-kind", at, why, remedy)

    def _dangling(self, at: At, target: str) -> None:
        things = [thing for thing in self._said.first if not thing.startswith("_:")]
        near = self._terms.nearest(target, things) if self._problems.room() else None
        why = f"It refers to '{shown(target)}', of which the case says nothing."
        remedy = f"Did you mean '{shown(near)}'?" if near else "Describe that thing in the case, or correct the reference."
        self._problem("dangling-reference", at, why, remedy)

    def _problem(self, code: str, at: At, why: str, remedy: str) -> None:
        self._problems.tell(code, self._places.of(at), why, remedy)

    def _kinds_of(self, thing: str) -> str:
        return " and ".join(sorted(a_or_an(self._label(cls)) for cls in self._said.types[thing]))

    def _check_circles(self) -> None:
        """Refuse a request that depends on itself; tell each circle once, in the words of the case."""
        edges: dict[str, list[tuple[str, int]]] = {}
        for number, subject, use, target in self._said.uses:
            if target is not None and use.property.iri in self._terms.derivations:
                edges.setdefault(subject, []).append((target, number))
        done: set[str] = set()
        for start in sorted(edges):
            if start not in done:
                self._follow(start, edges, done)

    def _follow(self, start: str, edges: dict[str, list[tuple[str, int]]], done: set[str]) -> None:
        """Follow the dependencies from ``start``, without recursion, since a chain may have any length."""
        path: dict[str, None] = {start: None}
        agenda = [iter(sorted(edges[start]))]
        while agenda:
            following = next(agenda[-1], None)
            if following is None:
                agenda.pop()
                done.add(path.popitem()[0])
                continue
            node, number = following
            if node in path:
                names = list(path)
                self._circle([*names[names.index(node) :], node], number)
            elif node not in done:
                path[node] = None
                agenda.append(iter(sorted(edges.get(node, []))))

    def _circle(self, circle: list[str], number: int) -> None:
        names = " → ".join(self._said.name(thing) for thing in circle)
        why = f"Each of these requests falls with the next, in a circle: {names}."
        remedy = "Remove the dependency that is wrong; one of them has to stand for itself."
        self._problem("dependency-cycle", At(number, circle[-2]), why, remedy)

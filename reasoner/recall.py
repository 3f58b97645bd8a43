"""What was worked out for one hypothesis and holds for another: all that was asked of the first is answered alike by the other.

A search proposes changes for the same criterion in many hypotheses, which mostly differ in what does not matter for it. Nobody has to say
what matters: the questions are written down while the proposals are made. Whatever is asked in another way is an error, never
overlooked.
"""

from collections import deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any, Final, Generic, TypeAlias, TypeVar

from mtus.reasoner.closure import ClosedGraph
from mtus.reasoner.graph import Term, Triple
from mtus.reasoner.hypothesis import Hypothesis
from mtus.reasoner.shape_model import Shape

_T = TypeVar("_T")
# A question is the name of a method of a graph, or of a hypothesis, and what it is called with.
_Answers: TypeAlias = dict[tuple[str, tuple[Any, ...]], Any]
# So many answers are kept for one key; hypotheses that are tried one after another are alike.
_MOST: Final = 4


class Recall(Generic[_T]):
    """Keeps what was worked out, with the questions that were asked for it."""

    def __init__(self) -> None:
        self._known: dict[Hashable, deque[tuple[_Answers, _Answers, tuple[_T, ...]]]] = {}

    def get(self, key: Hashable, hypothesis: Hypothesis, make: Callable[[Hypothesis], Iterable[_T]]) -> tuple[_T, ...]:
        """Return what ``make`` gives for ``hypothesis``; it may depend on ``key``, and on what the hypothesis and its graph are asked."""
        known = self._known.setdefault(key, deque(maxlen=_MOST))
        for of_graph, of_hypothesis, found in known:
            if _answers_alike(hypothesis.graph, of_graph) and _answers_alike(hypothesis, of_hypothesis):
                return found
        questioned = _Questioned(hypothesis)
        made = tuple(make(questioned))
        known.appendleft((questioned.graph.answers, questioned.answers, made))
        return made


def _answers_alike(asked: object, answers: _Answers) -> bool:
    for (name, arguments), answer in answers.items():  # noqa: SIM110  twice as fast as all() with a generator
        if getattr(asked, name)(*arguments) != answer:
            return False
    return True


class _QuestionedGraph(ClosedGraph):
    """A graph that writes down what it is asked. It has no tables of its own, so other ways to read it raise ``AttributeError``."""

    def __init__(self, graph: ClosedGraph) -> None:
        self._graph = graph
        self.answers: _Answers = {}

    def objects(self, subject: Term, predicate: str) -> list[Term]:
        found = self.answers["objects", (subject, predicate)] = self._graph.objects(subject, predicate)
        return found

    def subjects(self, predicate: str, value: Term) -> list[str]:
        found = self.answers["subjects", (predicate, value)] = self._graph.subjects(predicate, value)
        return found

    def with_predicate(self, predicate: str) -> list[Triple]:
        found = self.answers["with_predicate", (predicate,)] = self._graph.with_predicate(predicate)
        return found

    def __contains__(self, triple: Triple) -> bool:
        found = self.answers["__contains__", (triple,)] = triple in self._graph
        return found

    def __iter__(self) -> Iterator[Triple]:
        # two graphs are alike in this where they are the same one
        self.answers["__eq__", (self._graph,)] = True
        return iter(self._graph)


class _Questioned(Hypothesis):
    """A hypothesis that writes down what it is asked beside what its graph is asked."""

    graph: _QuestionedGraph

    def __init__(self, hypothesis: Hypothesis) -> None:
        self._hypothesis = hypothesis
        self.request = hypothesis.request
        self.knowledge = hypothesis.knowledge
        self.graph = _QuestionedGraph(hypothesis.graph)
        self.answers: _Answers = {}

    def lacks(self, shape: Shape) -> bool:
        found = self.answers["lacks", (shape,)] = self._hypothesis.lacks(shape)
        return found

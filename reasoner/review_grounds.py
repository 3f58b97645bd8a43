"""What the answer for a request rests on, as a reviewer may override it: criteria, and reasons that are no criterion."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_json import all_assessments
from mtus.reasoner.review import Override
from mtus.reasoner.trace import Assessment, RequestDetermination, TracedReason


@dataclass(frozen=True)
class Ground:
    """A reason that a request relies on, and what answers it: its criterion or a part of that, else its kind (IRIs)."""

    reason: TracedReason
    name: str
    answered_by: frozenset[str]

    def is_answered(self, overrides: Iterable[Override]) -> bool:
        """Return whether one of ``overrides`` speaks to this reason."""
        return any((override.criterion or override.reason_kind) in self.answered_by for override in overrides)


def grounds_of(request: RequestDetermination) -> tuple[Ground, ...]:
    """Return the reasons that ``request`` relies on."""
    assessed = {a.criterion: a for a in request.criteria}
    found = []
    for reason in request.reasons:
        if reason.relied_on:
            a = assessed.get(reason.about)
            parts = frozenset(part.criterion for part in _with_parts(a)) if a else frozenset((reason.kind,))
            found.append(Ground(reason, local_name(reason.about if a else reason.kind), parts))
    return tuple(found)


def known_grounds(request: RequestDetermination) -> str:
    """Return in words which criteria and kinds of reason of ``request`` an override may name, those that are relied on first."""
    relied = dict.fromkeys(ground.name for ground in grounds_of(request))
    others = [name for name in dict.fromkeys(local_name(a.criterion) for a in all_assessments(request)) if name not in relied]
    return f"It relies on: {', '.join(relied)}." + (f" Its other criteria are: {', '.join(others)}." if others else "")


def _with_parts(a: Assessment) -> Iterator[Assessment]:
    yield a
    for part in a.parts:
        yield from _with_parts(part)

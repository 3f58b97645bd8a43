"""What a concordance amounts to at one stage of review: counts, a confusion table, and measures with both denominators.

The measures of agreement are over the requests that *count*: covered by our knowledge, with a human decision that was not set aside
later. How many are covered stands beside them, and agreement is given once more with the uncovered counted as no agreement, so that
saying nothing is never an advantage. docs/decisions/0015-what-a-concordance-measures.md has the reasons.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from mtus.reasoner.agreement import Measure, balanced_accuracy, cohens_kappa, proportion
from mtus.reasoner.compare import Comparison, outcomes_at
from mtus.reasoner.concordance import Row
from mtus.reasoner.knowledge import Knowledge

OPEN: Final = "open"
NOT_COVERED: Final = "not covered"
# Below so many decisions of an outcome the interval of its share is wider than 0.3 even where all agree, and below so many in all
# the normal approximation of kappa is not to be relied on.
FEW_OF_AN_OUTCOME: Final = 10
FEW_IN_ALL: Final = 30


@dataclass(frozen=True)
class Share:
    """So many of so many, with the interval of the proportion."""

    part: int
    whole: int

    @property
    def measure(self) -> Measure:
        """The proportion."""
        return proportion(self.part, self.whole)


@dataclass(frozen=True)
class Summary:
    """The rows of one stage (an IRI) and what they amount to; ``outcomes`` are the words of the stage, and *open*."""

    stage: str
    outcomes: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def decided(self) -> tuple[Row, ...]:
        """The rows with a human decision."""
        return tuple(row for row in self.rows if row.comparison)

    @property
    def counted(self) -> tuple[Row, ...]:
        """The rows that the measures of agreement are over."""
        return tuple(row for row in self.rows if row.counts)

    @property
    def set_aside(self) -> tuple[Row, ...]:
        """The rows whose human decision was set aside later."""
        return tuple(row for row in self.decided if not row.stands)

    @property
    def gaps(self) -> dict[str, int]:
        """How many rows are not covered, by the kind of reason, in the order of the rows."""
        return dict(Counter(row.gap for row in self.rows if row.gap))

    @property
    def coverage(self) -> Share:
        """How many of the requests our knowledge reaches."""
        return Share(sum(not row.gap for row in self.rows), len(self.rows))

    @property
    def outcome(self) -> Share:
        """How many outcomes agree, of the requests that count."""
        return Share(sum(c.outcome_agrees for c in _comparisons(self.counted)), len(self.counted))

    @property
    def outcome_of_all(self) -> Share:
        """How many outcomes agree, of all requests whose human decision stands: what is not covered agrees with nothing."""
        return Share(self.outcome.part, sum(row.stands for row in self.rows))

    @property
    def reason(self) -> Share:
        """How many leading kinds of reason agree, of those that count and whose human decision is known to give one."""
        told = [c for c in _comparisons(self.counted) if c.human.reason_kind]
        return Share(sum(c.reason_agrees for c in told), len(told))

    @property
    def citation(self) -> Share:
        """How many pages and provisions are all found here, of those that count and whose human decision is known to name any."""
        told = [c for c in _comparisons(self.counted) if c.human.pages or c.human.relied_on]
        return Share(sum(c.citation_agrees for c in told), len(told))

    @property
    def balanced_accuracy(self) -> Measure:
        """The mean, over the human outcomes, of the share that is found here."""
        return balanced_accuracy(_pairs(self.counted))

    @property
    def kappa(self) -> Measure:
        """Agreement beyond chance."""
        return cohens_kappa(_pairs(self.counted))

    @property
    def always(self) -> tuple[str, Share] | None:
        """The human outcome that is most frequent, and how often giving it always would agree; None where nothing counts."""
        found = Counter(first for first, _ in _pairs(self.counted)).most_common()
        return (found[0][0], Share(found[0][1], len(self.counted))) if found else None

    @property
    def is_small(self) -> bool:
        """Whether there are too few requests, or too few of an outcome, for the measures to mean anything."""
        found = Counter(first for first, _ in _pairs(self.counted))
        return len(self.counted) < FEW_IN_ALL or min(found.values()) < FEW_OF_AN_OUTCOME

    @property
    def confusion(self) -> tuple[tuple[str, tuple[int, ...]], ...]:
        """For each human outcome, how often each outcome was found here, in the order of ``outcomes`` and then *not covered*.

        Decisions that were set aside are left out.
        """
        cells = Counter((c.human.disposition, NOT_COVERED if row.gap else c.disposition)
                        for row in self.rows if row.stands and (c := row.comparison))  # fmt: skip
        columns = (*self.outcomes, NOT_COVERED)
        return tuple((human, tuple(cells[human, ours] for ours in columns)) for human in self.outcomes if human != OPEN)


def summaries(rows: Sequence[Row], knowledge: Knowledge) -> tuple[Summary, ...]:
    """Return one summary for each stage of review that occurs in ``rows``: the words of two stages cannot be counted together."""
    stages = sorted({row.stage for row in rows})
    return tuple(
        Summary(stage, (*outcomes_at(stage, knowledge), OPEN), tuple(row for row in rows if row.stage == stage)) for stage in stages
    )


def _comparisons(rows: Sequence[Row]) -> list[Comparison]:
    return [row.comparison for row in rows if row.comparison]


def _pairs(rows: Sequence[Row]) -> list[tuple[str, str]]:
    return [(c.human.disposition, c.disposition) for c in _comparisons(rows)]

"""What a batch came to: answers by treatment, criteria that are most often undocumented, and errors by code."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rich.table import Table

from mtus.reasoner.batch_rows import Row
from mtus.reasoner.determine import Answer
from mtus.reasoner.kleene import Status

_MOST = 10
_MOST_TREATMENTS = 20


@dataclass
class Summary:
    """Counts over rows; ``add`` sums up two of them, so that chunks can be counted where they are worked on.

    ``stored`` counts what became of cases in a store, where there is one; ``unstored`` those that it refused.
    """

    cases: int = 0
    requests: int = 0
    refused: int = 0
    failures: int = 0
    answers: Counter[tuple[str, str]] = field(default_factory=Counter)
    undocumented: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    unstored: int = 0

    def count(self, rows: Iterable[Row], *, is_ours: bool = False) -> None:
        """Count the rows of one case; ``is_ours`` where its error is a failure of the reasoner and not of the case."""
        self.cases += 1
        for row in rows:
            if row["errors"] is not None:
                self.refused += 1
                self.failures += is_ours
                self.errors.update({problem["code"] for problem in row["errors"]})
                continue
            self.requests += 1
            self.answers[row["treatment"], row["answer"]] += 1
            self.undocumented.update(c["criterion"] for c in row["criteria"] if c["status"] == Status.UNDOCUMENTED.value)

    def add(self, other: "Summary") -> None:
        """Add the counts of ``other``."""
        self.cases += other.cases
        self.requests += other.requests
        self.refused += other.refused
        self.failures += other.failures
        self.answers.update(other.answers)
        self.undocumented.update(other.undocumented)
        self.errors.update(other.errors)
        self.stored.update(other.stored)
        self.unstored += other.unstored

    def tables(self) -> list[Table]:
        """Return the summary as tables, in an order that depends on the counts alone."""
        shown = Table("treatment", *(answer.value for answer in Answer), "all", title="Answers by treatment")
        for column in shown.columns[1:]:
            column.justify = "right"
        totals = Counter[str]()
        for (treatment, _), count in self.answers.items():
            totals[treatment] += count
        ordered = [treatment for treatment, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
        for treatment in ordered[:_MOST_TREATMENTS]:
            self._add_row(shown, treatment, (treatment,))
        if ordered[_MOST_TREATMENTS:]:
            self._add_row(shown, f"{len(ordered) - _MOST_TREATMENTS} others", ordered[_MOST_TREATMENTS:])
        shown.add_section()
        self._add_row(shown, "all", ordered)
        tables = [shown]
        for title, counts in (("Criteria most often undocumented", self.undocumented), ("Cases with an error, by code", self.errors)):
            if counts:
                table = Table(title.split(",")[0].split(" most")[0].lower(), "how often", title=title)
                table.columns[1].justify = "right"
                for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:_MOST]:
                    table.add_row(name, f"{count:,}")
                tables.append(table)
        return tables

    def _add_row(self, table: Table, name: str, treatments: Sequence[str]) -> None:
        counts = [sum(self.answers[treatment, answer.value] for treatment in treatments) for answer in Answer]
        table.add_row(name, *(f"{count:,}" for count in counts), f"{sum(counts):,}")

"""Tables that the command line prints, from plain rows."""

import csv
import io
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text

from mtus.reasoner.compare import Comparison
from mtus.reasoner.errors import case_error
from mtus.reasoner.guideline import Guidelines, Provision
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name

if TYPE_CHECKING:
    from mtus.reasoner.check import CheckResult


def provision_rows(knowledge: Knowledge, topic: str | None) -> list[dict[str, str]]:
    """Return one row for each provision of ``topic`` (a section's local name), or of all; raise :class:`CaseError` for an unknown one."""
    guidelines = knowledge.guidelines
    encoded = {criterion.provision for criterion in guidelines.criteria.values()}
    rows = []
    for provision in guidelines.provisions.values():
        if topic in (None, local_name(provision.section)):
            rows.append(_provision_row(provision, guidelines, encoded, knowledge))
    if not rows:
        known = ", ".join(sorted({local_name(p.section) for p in guidelines.provisions.values()}))
        raise case_error("no-such-topic", str(topic), "No section with provisions has this name.", f"The topics are: {known}.")
    return rows


def _provision_row(provision: Provision, guidelines: Guidelines, encoded: set[str], knowledge: Knowledge) -> dict[str, str]:
    criteria = sum(criterion.provision == provision.iri for criterion in guidelines.criteria.values())
    takes_stance = local_name(provision.stance) != "sets-conditions"
    return {
        "id": provision.id,
        "topic": local_name(provision.section),
        "page": provision.page or provision.instrument,
        "kind": knowledge.vocabulary.label(provision.kind),
        "statement": provision.statement,
        "confidence": local_name(provision.confidence),
        "source": provision.source,
        "criteria": str(criteria),
        "encoded": "yes" if provision.iri in encoded or takes_stance else "no",
        "notEncodedBecause": provision.not_encoded_because,
    }


def provision_table(rows: list[dict[str, str]]) -> Table:
    """Return the provisions as a table for people."""
    table = Table("Provision", "Page", "Kind", "What it says, in our words", "Confidence", "Encoded")
    for row in rows:
        encoded = f"yes, {_criteria(row['criteria'])}" if row["criteria"] != "0" else row["encoded"]
        because = f" (not encoded: {row['notEncodedBecause']})" if row["notEncodedBecause"] else ""
        table.add_row(row["id"], row["page"], row["kind"], Text.assemble(row["statement"], (because, "dim")), row["confidence"], encoded)
    return table


def _criteria(count: str) -> str:
    return "1 criterion" if count == "1" else f"{count} criteria"


def provision_totals(rows: list[dict[str, str]]) -> Table:
    """Return how many provisions of each topic are encoded."""
    table = Table("Topic", "Provisions", "Encoded", "Not encoded, with reason", "Confirmed by a source")
    encoded = Counter(row["topic"] for row in rows if row["encoded"] == "yes")
    confirmed = Counter(row["topic"] for row in rows if row["confidence"] == "confirmed")
    for topic, count in Counter(row["topic"] for row in rows).items():
        table.add_row(topic, str(count), str(encoded[topic]), str(count - encoded[topic]), str(confirmed[topic]))
    return table


def plain_table(columns: Sequence[str], rows: list[dict[str, str]]) -> Table:
    """Return ``columns`` of ``rows`` as a table for people."""
    table = Table(*columns)
    for row in rows:
        table.add_row(*(Text(row[column]) for column in columns))
    return table


def to_csv(rows: list[dict[str, str]], columns: Sequence[str] = ()) -> str:
    """Return ``rows`` as CSV (RFC 4180) with a header; ``columns`` are needed where there may be no row."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, fieldnames=columns or list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def comparison_table(comparisons: tuple[Comparison, ...]) -> Table:
    """Return the human decisions beside ours."""
    table = Table(
        "Request",
        "Outcome: human / ours",
        "Reason: human / ours",
        "Pages: human / ours",
        "Relied on by the human letter",
        "Ours, not named there",
        "Agrees",
    )
    for c in comparisons:
        relied = ", ".join(c.found) + (f"; missed: {', '.join(c.missed)}" if c.missed else "")
        table.add_row(
            Text(c.label),
            f"{c.human.disposition} / {c.disposition}",
            f"{c.human.reason_kind} / {', '.join(c.reason_kinds)}",
            f"{', '.join(c.human.pages)} / {', '.join(c.pages)}",
            relied,
            ", ".join(c.unnamed) or "—",
            "yes" if c.agrees else "no",
        )
    return table


def check_table(results: "list[CheckResult]") -> Table:
    """Return the results of the knowledge checks."""
    table = Table("Check", "Result", "Details")
    for result in results:
        verdict = Text("ok", "green") if result.ok else Text("failed", "red")
        # text, because a detail may hold brackets, which rich would read as markup
        table.add_row(result.name, verdict, Text("\n".join(result.details)))
    return table

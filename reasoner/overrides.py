"""How often physicians override each criterion: stored determinations and their reviews, and one stored query over them."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.errors import review_error
from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import local_name
from mtus.reasoner.render_rdf import to_triples
from mtus.reasoner.render_review import review_triples
from mtus.reasoner.review_check import check_review
from mtus.reasoner.stored import Found
from mtus.reasoner.stored_queries import StoredQuery, read_stored_queries, stored_query

QUERY: Final = "criteria-by-override-rate"


def override_query() -> StoredQuery:
    """Return the stored query; its header says what it asks and what its denominator is."""
    return stored_query(QUERY, read_stored_queries())


def store_of_files(found: Iterable[Found], knowledge: Knowledge) -> ox.Store:
    """Return what the files hold as a store; each review is checked against its determination, which has to be among them.

    Raises :class:`ReviewError` for a review without its determination, and for one that does not fit it.
    """
    contents = tuple(found)
    store = ox.Store()
    determinations = {s.determination.id: s.determination for content in contents for s in content.determinations}
    for determination in determinations.values():
        store.extend(to_triples(determination))
    for content in contents:
        for review in content.reviews:
            if review.determination not in determinations:
                raise review_error(
                    "review-without-determination", content.name,
                    f"The review is of determination {local_name(review.determination)}, which is in none of the files.",
                    "Name its file too; without it nobody can say how many criteria were reviewed.",
                )  # fmt: skip
            check_review(review, determinations[review.determination], knowledge, content.name)
            store.extend(review_triples(review, knowledge))
    return store


def override_rows(store: ox.Store) -> list[dict[str, str]]:
    """Return the table of the stored query, a dictionary a row; criteria by their local names."""
    found = store.query(override_query().bound({}))
    assert isinstance(found, ox.QuerySolutions)
    written = found.serialize(format=ox.QueryResultsFormat.CSV)
    assert written is not None, "without a file to write to, the serializer returns the bytes"
    rows = list(csv.DictReader(StringIO(written.decode(), newline="")))
    return [{**row, "criterion": local_name(row["criterion"])} for row in rows]

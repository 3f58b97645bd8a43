"""Reviews in a store: each is a graph of its own under its own name, beside the determination that it is of."""

from collections.abc import Iterable
from typing import Final

import pyoxigraph as ox

from mtus.reasoner.knowledge import Knowledge
from mtus.reasoner.namespaces import MTUS
from mtus.reasoner.render_review import review_statements
from mtus.reasoner.review import SignedReview
from mtus.reasoner.store import Store

# A review is of a case whose request it reviews: so it is found where its determination was replaced, too.
_REVIEWS_OF: Final = f"""PREFIX mtus: <{MTUS}>
SELECT DISTINCT ?review WHERE {{
  GRAPH $determination {{ ?part mtus:determinesRequest ?request }}
  GRAPH ?review {{ ?review mtus:isReviewOf ?reviewed . ?one mtus:reviewsRequest ?request }} }} ORDER BY ?review"""


def export_reviews(store: Store, determination: str) -> list[ox.Quad]:
    """Return the graphs of all reviews of the case that ``determination`` is of, those of determinations that it replaced included.

    They are sorted, so that equal content gives equal bytes; there are none where nobody reviewed the case.
    """
    found = store.rows(_REVIEWS_OF, determination=determination)
    return [quad for (review,) in found for quad in sorted(store.graph(review), key=str)]


def put_reviews(store: Store, reviews: Iterable[SignedReview], knowledge: Knowledge) -> None:
    """Store ``reviews``, all at once as far as the store can; one that is stored already stays as it is.

    The name of a review is a digest of what it says, and it has no blank nodes, so the same review is the same graph however often it is
    written. A review stays where its determination is replaced; queries find it with its determination or not at all.
    """
    graphs = {review.id: review_statements(review, knowledge) for review in reviews}
    if graphs:
        store.write(graphs)

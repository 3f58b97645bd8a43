"""One row of a validation: what failed, where, and at which value. The same from every engine."""

from typing import NamedTuple

from mtus.reasoner.graph import Term


class Row(NamedTuple):
    """A constraint that fails.

    ``focus`` is the focus node of the result, ``node_shape`` the targeted shape (empty from engines that do not say),
    ``source_shape`` the shape that has the constraint, ``component`` the constraint component without its suffix, and
    ``value`` the value node, None where the constraint is about the set of values.
    """

    focus: str
    node_shape: str
    source_shape: str
    component: str
    value: Term | None

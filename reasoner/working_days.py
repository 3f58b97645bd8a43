"""Working days and hours between the receipt of a request and the decision on it, as far as dates alone can tell.

Days are counted as the Division of Workers' Compensation counts them: the day of receipt is not counted; what comes after 5:30 p.m.
Pacific time, or on a day that is no working day, comes on the next working day; weekends and holidays are not counted
(http://www.dir.ca.gov/dwc/UtilizationReview/UR_FAQ.htm). Holidays are those that are handed in; none is known here.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import NamedTuple

_SATURDAY = 5


class Between(NamedTuple):
    """A count whose exact value the file may leave open: it lies between ``least`` and ``most``, both included."""

    least: int
    most: int


def is_working_day(day: date, holidays: Collection[date]) -> bool:
    """Return whether ``day`` is neither on a weekend nor one of ``holidays``."""
    return day.weekday() < _SATURDAY and day not in holidays


def working_days_after(start: date, end: date, holidays: Collection[date]) -> int:
    """Return how many working days there are after ``start`` up to ``end``, which is counted; 0 where ``end`` is not after ``start``."""
    weeks, rest = divmod(max((end - start).days, 0), 7)
    # whole weeks have five each; of holidays only those count that would have been working days
    days = 5 * weeks + sum((end - timedelta(days=n)).weekday() < _SATURDAY for n in range(rest))
    return days - sum(start < day <= end and day.weekday() < _SATURDAY for day in set(holidays))


def working_days_to_decide(received: date, decided: date, after_hours: bool | None, holidays: Collection[date]) -> Between:
    """Return the working days from receipt to decision.

    ``after_hours`` is whether the request came after 5:30 p.m., None where no document says so; then, and where it came on a day that
    is no working day, it may have to be taken as received on the next one, and the count is open by one.
    """
    most = working_days_after(received, decided, holidays)
    least = max(most - 1, 0)
    if after_hours:
        return Between(least, least)
    if after_hours is False and is_working_day(received, holidays):
        return Between(most, most)
    return Between(least, most)


def hours_to_decide(received: date, decided: date) -> Between:
    """Return between how many hours, neither of them reached, the decision came after receipt, whatever the hour of each was."""
    days = (decided - received).days
    return Between(24 * max(days - 1, 0), 24 * (days + 1))

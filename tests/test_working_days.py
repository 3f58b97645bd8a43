"""Working days and hours between receipt and decision, against counting day by day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mtus.reasoner.working_days import Between, hours_to_decide, is_working_day, working_days_after, working_days_to_decide

MONDAY = date(2015, 6, 1)
DAYS = st.dates(date(2004, 1, 1), date(2030, 12, 31))
SPANS = st.integers(0, 60)


def day(number: int) -> date:
    """Return the day ``number`` days after a certain Monday."""
    return MONDAY + timedelta(days=number)


def counted(start: date, end: date, holidays: set[date]) -> int:
    """Count day by day."""
    days = [start + timedelta(days=n) for n in range(1, (end - start).days + 1)]
    return sum(d.weekday() < 5 and d not in holidays for d in days)


@given(DAYS, SPANS, st.sets(st.integers(-3, 63), max_size=6))
def test_counting_by_rule_is_counting_day_by_day(start: date, span: int, off: set[int]) -> None:
    holidays = {start + timedelta(days=n) for n in off}
    end = start + timedelta(days=span)
    assert working_days_after(start, end, holidays) == counted(start, end, holidays)


def test_nothing_before_the_start() -> None:
    assert working_days_after(day(3), day(0), ()) == 0
    assert working_days_after(day(0), day(0), ()) == 0


@pytest.mark.parametrize(("number", "expected"), [(0, True), (4, True), (5, False), (6, False), (7, True)])
def test_working_days_of_a_week(number: int, expected: bool) -> None:
    assert is_working_day(day(number), ()) is expected
    assert not is_working_day(day(number), {day(number)})


# received, decided (days after a Monday), after hours, least, most
COUNTS = [
    (0, 7, False, 5, 5),
    (0, 8, False, 6, 6),
    (0, 8, True, 5, 5),
    (0, 8, None, 5, 6),
    (4, 11, False, 5, 5),
    (4, 13, False, 5, 5),
    (4, 14, False, 6, 6),
    (5, 14, False, 5, 6),  # Saturday: Monday may be the day of receipt, or the first day
    (5, 14, True, 5, 5),
    (6, 14, None, 5, 6),
    (0, 0, None, 0, 0),
    (0, 0, True, 0, 0),
    (4, 5, None, 0, 0),
    (4, 7, True, 0, 0),
]


@pytest.mark.parametrize(("received", "decided", "after_hours", "least", "most"), COUNTS)
def test_working_days_to_a_decision(received: int, decided: int, after_hours: bool | None, least: int, most: int) -> None:
    assert working_days_to_decide(day(received), day(decided), after_hours, ()) == Between(least, most)


def test_a_holiday_is_taken_off_once_and_weekends_are_not_taken_off_twice() -> None:
    assert working_days_to_decide(day(0), day(8), False, [day(3), day(3), day(5)]) == Between(5, 5)


def test_receipt_on_a_holiday_leaves_the_count_open() -> None:
    assert working_days_to_decide(day(4), day(14), False, [day(4)]) == Between(5, 6)


@given(DAYS, SPANS, st.sampled_from([None, True, False]))
def test_the_ends_of_a_count_are_in_order_and_near(received: date, span: int, after_hours: bool | None) -> None:
    days = working_days_to_decide(received, received + timedelta(days=span), after_hours, ())
    assert 0 <= days.least <= days.most <= days.least + 1
    later = working_days_to_decide(received, received + timedelta(days=span + 1), after_hours, ())
    assert later.least >= days.least
    assert later.most >= days.most


@pytest.mark.parametrize(("days", "least", "most"), [(0, 0, 24), (1, 0, 48), (2, 24, 72), (3, 48, 96), (4, 72, 120)])
def test_hours_to_a_decision(days: int, least: int, most: int) -> None:
    assert hours_to_decide(day(0), day(days)) == Between(least, most)

"""Whether two quantities can both be true, with the tolerance that their words and digits grant."""

import math
from typing import Literal

from service import units
from service.records import Quantity
from service.units import same_thing

__all__ = ["compare", "interval", "same_thing"]

LOOSE = 0.10
"""What "about" and its like allow on either side, as a share of the figure."""
TIGHT = 0.025
"""The most that a round figure is taken to be rounded by."""
NEAR = 0.10
"""How far below "nearly 40", or above "just over 40", the true value may lie."""


def compare(a: Quantity, b: Quantity) -> Literal["agree", "clash", "incomparable"]:
    """Whether two quantities agree, clash, or do not compare because units do not convert or things differ.

    "Around 2,000" agrees with 1,980, "some 100,000" clashes with "over 130,000", 40 clashes with 41; intervals that overlap
    agree.
    """
    if not compatible(a, b) or (same_thing(a, b) is False and a.unit is not None and b.unit is not None):
        return "incomparable"
    return "agree" if overlap(a, b) else "clash"


def compatible(a: Quantity, b: Quantity) -> bool:
    """Whether the units of two quantities convert into one another, or both are counts or unknown."""
    return units.convertible(a.unit, b.unit)


def overlap(a: Quantity, b: Quantity) -> bool:
    """Whether the intervals of two compatible quantities have a value in common."""
    first, second = units.measure(a.unit), units.measure(b.unit)
    converted = bool(first and second and first[1] != second[1])
    low_a, high_a = interval(a, first[1] if first else 1.0, converted=converted)
    low_b, high_b = interval(b, second[1] if second else 1.0, converted=converted)
    slack = 1e-9 * max(1.0, *(abs(x) for x in (low_a, high_a, low_b, high_b) if math.isfinite(x)))
    return low_a <= high_b + slack and low_b <= high_a + slack


def interval(quantity: Quantity, factor: float = 1.0, *, converted: bool = False) -> tuple[float, float]:
    """(least, most) that a quantity may be, times `factor`; open ends are infinite.

    A figure that was `converted` from another unit is taken to be rounded to its last digit, a small whole one too.
    """
    low, high = quantity.low, quantity.high
    if low is None and high is None:
        return -math.inf, math.inf
    if low is None:
        top = high if high is not None else math.inf
        least = top * (1 - NEAR) if quantity.approx else -math.inf
        return least * factor, (top + _rounding(quantity, top, converted)) * factor
    if high is None:
        most = low * (1 + NEAR) if quantity.approx else math.inf
        return (low - _rounding(quantity, low, converted)) * factor, most * factor
    spread = LOOSE if quantity.approx and low == high else 0.0
    return (
        (low - max(spread * abs(low), _rounding(quantity, low, converted))) * factor,
        (high + max(spread * abs(high), _rounding(quantity, high, converted))) * factor,
    )


def _rounding(quantity: Quantity, value: float, converted: bool) -> float:
    """Half a unit of the last written digit where the figure looks rounded; small whole numbers are exact."""
    size = abs(value)
    if size == 0 or quantity.digits is None:
        return 0.0
    if converted and value == int(value):
        return min(0.5, TIGHT * 2 * size)
    if value == int(value) and size < 100:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(size)) + 1 - quantity.digits)
    if unit <= 1 and value == int(value):
        return 0.0
    return min(unit / 2, TIGHT * size)

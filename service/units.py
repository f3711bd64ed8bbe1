"""Units and the things that news counts, across languages: which units convert into one another, and what a noun stands for.

It stands beside the steps: extraction names units by it, and whoever compares two quantities asks it.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from service.records import Quantity

WORDS = Path(__file__).with_suffix(".toml")
WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")

MEASURES: dict[str, tuple[str, float]] = {
    "second": ("time", 1),
    "minute": ("time", 60),
    "min": ("time", 60),
    "hour": ("time", 3600),
    "day": ("time", 86_400),
    "night": ("time", 86_400),
    "week": ("time", 604_800),
    "fortnight": ("time", 1_209_600),
    "month": ("time", 2_629_800),
    "quarter": ("time", 7_889_400),
    "year": ("time", 31_557_600),
    "decade": ("time", 315_576_000),
    "century": ("time", 3_155_760_000),
    "mm": ("length", 0.001),
    "µm": ("length", 1e-6),
    "cm": ("length", 0.01),
    "m": ("length", 1),
    "km": ("length", 1000),
    "mil": ("length", 10_000),
    "mi": ("length", 1609.344),
    "yd": ("length", 0.9144),
    "ft": ("length", 0.3048),
    "inch": ("length", 0.0254),
    "nmi": ("length", 1852),
    "µg": ("mass", 1e-9),
    "mg": ("mass", 1e-6),
    "g": ("mass", 0.001),
    "kg": ("mass", 1),
    "q": ("mass", 100),
    "t": ("mass", 1000),
    "lb": ("mass", 0.45359237),
    "oz": ("mass", 0.028349523125),
    "stone": ("mass", 6.35029318),
    "m²": ("area", 1),
    "daa": ("area", 1000),
    "ha": ("area", 10_000),
    "km²": ("area", 1e6),
    "ac": ("area", 4046.8564224),
    "mi²": ("area", 2_589_988.110336),
    "ft²": ("area", 0.09290304),
    "ml": ("volume", 1e-6),
    "L": ("volume", 0.001),
    "hl": ("volume", 0.1),
    "m³": ("volume", 1),
    "hm³": ("volume", 1e6),
    "bbl": ("volume", 0.158987294928),
    "gal": ("volume", 0.003785411784),
    "m³/s": ("flow", 1),
    "kV": ("voltage", 1000),
    "m/s": ("speed", 1),
    "km/h": ("speed", 1 / 3.6),
    "mi/h": ("speed", 0.44704),
    "kn": ("speed", 1852 / 3600),
    "W": ("power", 1),
    "kW": ("power", 1000),
    "MW": ("power", 1e6),
    "GW": ("power", 1e9),
    "kWh": ("energy", 1),
    "MWh": ("energy", 1000),
    "GWh": ("energy", 1e6),
    "TWh": ("energy", 1e9),
    "GB": ("data", 1),
    "TB": ("data", 1000),
    "°C": ("celsius", 1),
    "°F": ("fahrenheit", 1),
    "%": ("share", 1),
    "‰": ("share", 0.1),
    "pp": ("points", 1),
    "bp": ("points", 0.01),
    "times": ("times", 1),
}
"""Dimension and factor of each unit; lengths of calendar units are means (a year of 365.25 days)."""

SHARED_NAMES: dict[str, frozenset[str]] = {
    name: frozenset(codes.split())
    for names, codes in (
        ("kroner krone", "NOK DKK"),
        ("kronor krona", "SEK"),
        ("crowns crown kronen couronnes couronne coronas corona corone coroas kroon koron korun koruny koruna kruunua",
         "NOK DKK SEK ISK CZK"),
        ("крон кроны крони", "NOK DKK SEK ISK CZK"),
        ("pesos peso песо", "MXN ARS CLP COP PHP UYU CUP DOP"),
        ("dinars dinar dinarer dinare dinarów динаров", "RSD IQD KWD TND DZD JOD LYD BHD MKD"),
        ("dirhams dirham", "AED MAD"),
        ("shillings shilling", "KES TZS UGX SOS"),
    )
    for name in names.split()
}  # fmt: skip
"""Names of money that several countries share, with the currencies that they may stand for (ISO 4217)."""

SHORTEST_STEM = 3


@lru_cache(maxsize=1)
def _tables() -> dict[str, str]:
    return tomllib.loads(WORDS.read_text(encoding="utf-8"))


def _rows(table: str) -> Iterator[tuple[str, str]]:
    """(key, form) of each form in a table whose lines are "key form form …"."""
    for line in _tables()[table].splitlines():
        key, *forms = line.split() or [""]
        for form in forms:
            yield key, form


@lru_cache(maxsize=1)
def durations() -> dict[str, str]:
    """Words for stretches of time in all languages, each with its unit."""
    return {form: key for key, form in _rows("durations")}


@lru_cache(maxsize=4096)
def measure(unit: str | None) -> tuple[str, float] | None:
    """(dimension, factor to its base unit) of a unit as a quantity shows it, or None where it is a count or unknown.

    Currencies are a dimension each, with factor 1: sums in two currencies do not compare.
    """
    if unit is None:
        return None
    if unit in MEASURES:
        return MEASURES[unit]
    if len(unit) == 3 and unit.isupper():
        return unit, 1.0
    key = durations().get(unit.lower())
    return MEASURES[key] if key else None


def convertible(a: str | None, b: str | None) -> bool:
    """Whether two units convert into one another, as far as they are known: counts and unknown units pass for each other."""
    money = _currencies(a), _currencies(b)
    if money[0] and money[1]:
        return bool(money[0] & money[1])
    first, second = measure(a), measure(b)
    if a is not None and b is not None and (first is None) != (second is None):
        return False
    return not (first and second and first[0] != second[0])


def _currencies(unit: str | None) -> frozenset[str]:
    """The currencies that a unit may stand for; none where it is no money."""
    if unit is None:
        return frozenset()
    if len(unit) == 3 and unit.isupper():
        return frozenset((unit,))
    return SHARED_NAMES.get(unit.lower(), frozenset())


@lru_cache(maxsize=1)
def _stems() -> tuple[dict[str, str], dict[str, str], frozenset[str]]:
    """(stem to concept, whole word to concept, the concepts that are events)."""
    stems: dict[str, str] = {}
    whole: dict[str, str] = {}
    for table in ("events", "things"):
        for concept, form in _rows(table):
            if form.startswith("="):
                whole.setdefault(form[1:], concept)
            else:
                (whole if len(form) <= SHORTEST_STEM else stems).setdefault(form, concept)
    return stems, whole, frozenset(concept for concept, _ in _rows("events"))


@lru_cache(maxsize=8192)
def word_concept(word: str) -> str | None:
    """What a word in lower case stands for among the things that news counts ("killed", "jobs"), in any language."""
    stems, whole, _ = _stems()
    if word in whole:
        return whole[word]
    for end in range(len(word), SHORTEST_STEM, -1):
        if word[:end] in stems:
            return stems[word[:end]]
    return None


def is_event(word: str) -> bool:
    """Whether a word says what befell the people that are counted: killed, injured, missing, arrested."""
    return word_concept(word) in _stems()[2]


@lru_cache(maxsize=4096)
def concept(phrase: str | None) -> str | None:
    """The concept of a counted phrase; what befell people outranks that they are people."""
    found = [name for word in _words(phrase) if (name := word_concept(word))]
    events = [name for name in found if name in _stems()[2]]
    return events[-1] if events else found[-1] if found else None


def _words(phrase: str | None) -> list[str]:
    return [word.lower() for word in WORD.findall(phrase or "")]


def _content(phrase: str | None) -> set[str]:
    """The stems of a phrase's longer words, for a rough match between inflected forms."""
    return {word[:6] for word in _words(phrase) if len(word) > 3}


def same_thing(a: Quantity, b: Quantity) -> bool | None:
    """Whether two quantities measure the same thing by their words: True, False, or None where the words do not tell.

    Units that cannot be turned into one another, or two known things that differ, are False.
    """
    first, second = measure(a.unit), measure(b.unit)
    money = _currencies(a.unit) & _currencies(b.unit)
    if not money and ((first is None) != (second is None) or (first and second and first[0] != second[0])):
        return False
    if money:
        first = next(iter(money)), 1.0
    phrases = (a.thing or a.unit, b.thing or b.unit) if first is None else (a.thing, b.thing)
    concepts = concept(phrases[0]), concept(phrases[1])
    if concepts[0] and concepts[1]:
        return concepts[0] == concepts[1]
    return True if _content(phrases[0]) & _content(phrases[1]) else None

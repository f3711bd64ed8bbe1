"""What stands around a number and says what it is in: percent, money, a unit of measure, times, or a noun that is counted."""

from dataclasses import dataclass, replace
from typing import Literal

from service import units
from service.extract import noun_phrases
from service.extract.lexicon import DURATIONS
from service.extract.numerals import MONEY_SIGNS, Numeral, Reader

UnitKind = Literal["percent", "money", "measure", "times", "count", "share", "none"]
SIGNS = {
    "$": "USD",
    "€": "EUR",
    "£": "GBP",
    "¥": "JPY",
    "₹": "INR",
    "₽": "RUB",
    "₴": "UAH",
    "₺": "TRY",
    "₩": "KRW",
    "₪": "ILS",
    "₸": "KZT",
}
LETTERED = {
    "us": "USD",
    "a": "AUD",
    "au": "AUD",
    "c": "CAD",
    "ca": "CAD",
    "nz": "NZD",
    "hk": "HKD",
    "s": "SGD",
    "r": "BRL",
    "nt": "TWD",
    "mx": "MXN",
}
CODES = frozenset(
    "EUR USD GBP JPY CHF NOK SEK DKK ISK PLN CZK HUF RON BGN UAH RUB TRY CNY INR AUD CAD NZD HKD SGD ZAR BRL MXN KRW "
    "ILS EGP KES NGN KZT GEL AMD AZN MDL BYN RSD THB IDR MYR PHP VND SAR AED QAR PKR BDT LKR ARS CLP COP PEN UYU MAD "
    "TND GHS TZS UGX ETB BTC".split()
)
BEFORE = {
    "rs": "INR",
    "sh": "KES",
    "ksh": "KES",
    "kr": "",
    "chf": "CHF",
    "fr": "CHF",
    "rm": "MYR",
    "zł": "PLN",
    "sfr": "CHF",
    "kč": "CZK",
    "birr": "ETB",
}
PER_CENT = frozenset("%‰")
BARE = frozenset(key for key, (kind, _) in units.MEASURES.items() if kind in ("time", "length", "speed", "celsius"))
"""Units of which nothing is counted."""
UNIT_LETTERS = frozenset("mtghqWCFLмгт")
PARTS = {
    ("hour", "minute"): 60,
    ("minute", "second"): 60,
    ("year", "month"): 12,
    ("day", "hour"): 24,
    ("week", "day"): 7,
    ("m", "cm"): 100,
}


@dataclass(frozen=True, slots=True)
class Measured:
    """The unit of a number over the tokens [first, last): the number itself and the signs and words that belong to it.

    `key` is the unit's language-independent name ("day", "km", "EUR"), `unit` how it is shown; `factor` turns the number into
    it.
    """

    first: int
    last: int
    kind: UnitKind
    unit: str | None = None
    key: str | None = None
    thing: str | None = None
    factor: float = 1.0
    minor: bool = False


def is_duration(key: str | None) -> bool:
    """Whether a unit key is one of time."""
    return key in DURATIONS


def read(reader: Reader, numeral: Numeral) -> Measured:
    """What this number is in, the signs before it and the words after it looked at."""
    first, code = _before(reader, numeral.first)
    k = numeral.last
    if reader.hyphen(k):
        hyphened = _after(reader, k + 1, numeral)
        if hyphened is None or (hyphened.key == "year" and reader.lex.lang != "en"):
            return Measured(first, k, "none")
        return replace(hyphened, first=first)
    if numeral.form == "multiple":
        return Measured(first, k, "times", "times", "times")
    if code is not None:
        return _thing(
            reader, Measured(first, k, "money", code or reader.lex.text("krone"), code or reader.lex.text("krone")), k
        )
    found = _after(reader, k, numeral)
    if found is None and reader.word(k) in reader.lex.words["skip"]:
        found = _after(reader, k + 1, numeral)
    if found:
        return _thing(reader, replace(found, first=first), found.last)
    return _counted(reader, numeral, first)


def _before(reader: Reader, first: int) -> tuple[int, str | None]:
    """(first token with the currency sign or code before a number, the code), or (first, None)."""
    if first == 0:
        return first, None
    sign = reader.tokens[first - 1]
    if sign.text in MONEY_SIGNS or sign.text == "₸":
        letters = reader.word(first - 2)
        if first >= 2 and reader.glued(first - 1) and reader.tokens[first - 2].kind == "w" and letters in LETTERED:
            return first - 2, LETTERED[letters]
        return first - 1, SIGNS[sign.text]
    if sign.text in CODES:
        return first - 1, sign.text
    dotted = sign.text == "." and first >= 2 and reader.glued(first - 1)
    k = first - 2 if dotted else first - 1
    word = reader.word(k)
    if word in BEFORE and (reader.tokens[k].text[0].isupper() or word in ("kr", "zł", "kč")):
        if word == "fr" and reader.lex.lang != "de":
            return first, None
        if word == "kr" and not reader.lex.text("krone"):
            return first, None
        return k, BEFORE[word]
    return first, None


def _after(reader: Reader, k: int, numeral: Numeral) -> Measured | None:
    """The unit that starts at token `k`, a linking "of" or "d'" before it passed over."""
    places = [k]
    linked = reader.ahead("link", k)
    if linked is not None and (numeral.scale > 1 or numeral.form in ("share", "vague") or numeral.approx):
        places.append(reader.ahead("article", linked) or linked)
    elif numeral.form == "share" and (inner := reader.ahead("article", k)):
        places.append(inner)
    for place in places:
        if found := _unit(reader, place, numeral):
            return found
    return None


def _unit(reader: Reader, k: int, numeral: Numeral) -> Measured | None:
    word = reader.word(k)
    if not word:
        return None
    if word in PER_CENT:
        return Measured(k, k + 1, "percent", word, word)
    if word == "°" and reader.word(k + 1) in ("c", "f"):
        unit = "°" + reader.word(k + 1).upper()
        return Measured(k, k + 2, "measure", unit, unit)
    prefixed = k + 1 < len(reader.tokens) and reader.tokens[k + 1].kind == "n" and reader.tokens[k].gap
    if (word in SIGNS or reader.tokens[k].text in CODES) and not prefixed:
        code = SIGNS.get(word, reader.tokens[k].text)
        return Measured(k, k + 1, "money", code, code)
    for name, unit in (("pp", "pp"), ("bp", "bp"), ("percent", "%"), ("permille", "‰")):
        if (end := reader.ahead(name, k)) is not None:
            return Measured(k, _dot(reader, end), "percent", unit, unit)
    for name, factor in (("minor", 0.01), ("currencies", 1.0)):
        if money := reader.value_ahead(name, k):
            code = str(money[1])
            return Measured(k, _dot(reader, money[0]), "money", code, code, factor=factor, minor=factor < 1)
    return _measure(reader, k, numeral)


def _measure(reader: Reader, k: int, numeral: Numeral) -> Measured | None:
    if (end := reader.ahead("times", k)) is not None:
        return Measured(k, end, "times", "times", "times")
    found = reader.value_ahead("measures", k)
    if found is None or (len(reader.word(k)) == 1 and not _unit_letter(reader, k)):
        return None
    key = str(found[1])
    end = found[0]
    if numeral.form == "share" and key == "hour":
        return Measured(k, end, "measure", "min", "minute", factor=60)
    shown = reader.tokens[k].text.lower() if is_duration(key) else key
    if reader.lex.raw.get("np") == "capital" and is_duration(key):
        shown = reader.tokens[k].text
    return Measured(k, _dot(reader, end) if len(reader.word(k)) <= 4 else end, "measure", shown, key)


def _unit_letter(reader: Reader, k: int) -> bool:
    """Whether a single letter is a unit: in the case units are written in ("5G" is none), right behind a figure."""
    return reader.tokens[k].text in UNIT_LETTERS and (reader.tokens[k - 1].kind == "n" or reader.glued(k))


def _dot(reader: Reader, end: int) -> int:
    """The index after the full stop of an abbreviated unit, where the sentence goes on."""
    if reader.word(end) == "." and reader.glued(end) and len(reader.word(end - 1)) <= 4 and end + 1 < len(reader.tokens):
        return end + 1 if not reader.tokens[end + 1].text[:1].isupper() else end
    return end


def _thing(reader: Reader, measured: Measured, k: int) -> Measured:
    """The measure with what is measured: "40 % of exports", "12 tonnes of cocaine"; stretches of time and space have none."""
    if measured.kind == "measure" and measured.key in BARE:
        return measured
    _, _, thing = noun_phrases.read(reader, k)
    return replace(measured, thing=thing)


def _counted(reader: Reader, numeral: Numeral, first: int) -> Measured:
    _, noun, thing = noun_phrases.read(reader, numeral.last)
    if numeral.form in ("share", "ratio"):
        return Measured(first, numeral.last, "share", "%", "%", thing)
    if noun is None:
        return Measured(first, numeral.last, "none")
    return Measured(first, numeral.last, "count", noun, noun, thing)


def add(a: Measured, low: float | None, b: Measured, more: float | None) -> tuple[str, float, str] | None:
    """(unit, value, key) of two amounts that make one, "four hours 51 minutes" or "4 kroner 20 øre"; None where they do not."""
    if low is None or more is None:
        return None
    if a.kind == b.kind == "money" and b.minor and not a.minor and more < 1:
        return a.unit or "", float(f"{low + more:.12g}"), a.key or ""
    factor = PARTS.get((a.key or "", b.key or ""))
    if factor and more < factor:
        return b.unit or "", low * factor + more, b.key or ""
    return None

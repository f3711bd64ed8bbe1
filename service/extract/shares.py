"""Numbers that are no plain figure: "a third", "one in eight", "hver tredje", "dozens", "kilka tysięcy", "twice"."""

from service.extract.numerals import Numeral, Reader

ROUND_BASES = frozenset(
    {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 30, 40, 50, 60, 100, 200, 500, 1000, 10_000, 100_000, 1_000_000}
)


def special(reader: Reader, i: int) -> Numeral | None:
    """The share, ratio, vague amount or multiple that starts at token `i`, or None."""
    if reader.tokens[i].kind == "p":
        return None
    for read in (_each, _vague, _few, _multiple, _ratio, _fraction, _dozen, _article):
        if numeral := read(reader, i):
            return numeral
    return None


def _article(reader: Reader, i: int) -> Numeral | None:
    """Such as "a million", "a hundred"; "a week" and "un an" as the form "article", to be kept only where it counts."""
    end = reader.ahead("article", i)
    if end is None:
        return None
    found = reader.sum_at(end)
    if found and found[1] >= 100 and (found[2] >= 1000 or found[1] % 100 == 0):
        return Numeral(i, found[0], found[1], found[1], "words", scale=found[2])
    if found:
        return None
    if reader.behind("least", i) is not None and not reader.ahead("measures", end):
        return Numeral(i, end, 1, 1, "article")
    if reader.ahead("measures", end) or reader.ahead("half_after", end):
        if reader.ahead("half_after", end + 1):  # "a minute and a half"
            return Numeral(i, end, 1.5, 1.5, "words", digits=2)
        return Numeral(i, end, 1, 1, "article")
    return None


def _dozen(reader: Reader, i: int) -> Numeral | None:
    """Such as "a dozen", "une centaine", "femtiotal" without a number before it."""
    start = reader.ahead("article", i) or i
    found = reader.value_ahead("collectives", start)
    if found is None:
        return None
    end, value = found
    if (scale := reader.value_ahead("cardinals", end)) and scale[1] >= 1000:
        end, value = scale[0], value * scale[1]
    return Numeral(i, end, value, value, "words", approx=value != 12, digits=1)


def _vague(reader: Reader, i: int) -> Numeral | None:
    """Such as "tens of thousands", "hundreds": from one of the kind to just under ten."""
    found = reader.lex.phrases["vague"].ahead(reader.words, i)
    if found is None:
        return None
    end, (low, high) = found
    return Numeral(i, end, low, high, "vague", approx=True)


def _few(reader: Reader, i: int) -> Numeral | None:
    """Such as "several hundred", "kilka tysięcy": from two to just under ten of the kind."""
    end = reader.ahead("few", i)
    if end is None:
        return None
    found = (
        reader.value_ahead("cardinals", end)
        or reader.value_ahead("collectives", end)
        or reader.value_ahead("scales_short", end)
    )
    if found is None or found[1] < 10:
        return None
    end, scale = found
    more = reader.value_ahead("cardinals", end)
    if more and more[1] >= 1000 > scale:
        end, scale = more[0], more[1] * scale
    high = 99 if scale == 12 else scale * 10 - 1
    return Numeral(i, end, scale * 2, high, "vague", approx=True, scale=scale if scale >= 1000 else 1.0)


def _multiple(reader: Reader, i: int) -> Numeral | None:
    """Such as "twice", "tredubblats", "вдвое"."""
    if halved := reader.ahead("halved", i):
        return Numeral(i, halved, 0.5, 0.5, "ratio", digits=2)
    found = reader.value_ahead("multiples", i)
    if found is None:
        return None
    return Numeral(i, found[0], found[1], found[1], "multiple")


def _each(reader: Reader, i: int) -> Numeral | None:
    """Such as "every fifth", "hver anden", "jedes zehnte": one in so many."""
    end = reader.ahead("every", i)
    if end is None:
        return None
    ordinal = reader.value_ahead("ordinals", end)
    if ordinal is None and end < len(reader.tokens) and reader.tokens[end].kind == "n":
        after = end + 1
        if reader.glued(after) and (reader.word(after) in reader.lex.words["ordinal_suffix"] or reader.word(after) == "."):
            ordinal = after + 1, float(reader.words[end]) if reader.words[end].isdigit() else 0.0
        elif reader.hyphen(after):
            ordinal = after + 2, float(reader.words[end]) if reader.words[end].isdigit() else 0.0
    if ordinal is None or ordinal[1] < 2 or reader.ahead("measures", ordinal[0]) or reader.ahead("times", ordinal[0]):
        return None
    share = 1 / ordinal[1]
    return Numeral(i, ordinal[0], share, share, "ratio", digits=1)


def _small(reader: Reader, i: int) -> tuple[int, float] | None:
    """(index after, value) of a whole number at token `i`, in figures or in words."""
    if i >= len(reader.tokens):
        return None
    if reader.tokens[i].kind == "n":
        return (i + 1, float(reader.words[i])) if reader.words[i].isdigit() else None
    found = reader.sum_at(i)
    return (found[0], found[1]) if found and found[1] == int(found[1]) else None


def _ratio(reader: Reader, i: int) -> Numeral | None:
    """Such as "one in eight", "seven in ten", "un exploitant sur cinq", "4 von 10"."""
    article = reader.ahead("article", i)
    numerator = _small(reader, i) or ((article, 1.0) if article else None)
    if numerator is None or not 0 < numerator[1] <= 9999:
        return None
    end, value = numerator
    for gap in range(3):
        k = end + gap
        if gap and (
            k - 1 >= len(reader.tokens) or reader.tokens[k - 1].kind != "w" or reader.words[k - 1] in reader.lex.words["stop"]
        ):
            return None
        k = k + 1 if reader.hyphen(k) else k
        for name in ("ratio", "ratio_weak"):
            after = reader.ahead(name, k)
            if after is None or (name == "ratio_weak" and (gap or numerator == (article, 1.0))):
                continue
            after = after + 1 if reader.hyphen(after) else after
            base = _small(reader, reader.ahead("ratio_article", after) or after)
            if base is None or not _shares(value, base[1], weak=name == "ratio_weak") or _counts(reader, base[0]):
                continue
            return Numeral(i, base[0], value / base[1], value / base[1], "ratio", digits=1)
    return None


def _shares(value: float, base: float, *, weak: bool) -> bool:
    """Whether these two numbers are a share and no two counts; a weak word ("of") needs a base that speaks for itself."""
    if base not in ROUND_BASES or value >= base:
        return False
    return not weak or base in (10, 100, 1000) or (value == base - 1 and 3 <= base <= 5)


def _counts(reader: Reader, i: int) -> bool:
    """Whether a unit of measure follows the base: "one in three months" is no share."""
    return any(reader.ahead(name, i) for name in ("measures", "percent", "currencies", "times", "scales_short"))


def _fraction(reader: Reader, i: int) -> Numeral | None:
    """Such as "a third", "two-thirds", "hälften", "half" with or without a unit after it."""
    article = reader.ahead("article", i)
    number = None if article else _small(reader, i)
    if any(reader.ahead("half_after", k) for k in (i - 1, i - 2) if k >= 0):
        return None
    start = article or (number[0] if number else i)
    k = start + 1 if reader.hyphen(start) else start
    if not article and not number:
        if reader.behind("ordinals", i) is not None or reader.behind("half_not_after", i) is not None:
            return None
        found = reader.value_ahead("half_noun", i)
        if found and not _time_half(reader, i, found[0]):
            return Numeral(i, found[0], 0.5, 0.5, "share", digits=2)
        if half := reader.ahead("halves", i):
            return _half(reader, i, half)
    if article and (half := reader.ahead("halves", k)):
        return _half(reader, i, half)
    if article and (noun := reader.value_ahead("half_noun", k)):
        return Numeral(i, noun[0], 0.5, 0.5, "share", digits=2)
    found = reader.value_ahead("fractions", k) or (reader.value_ahead("fractions_counted", k) if number else None)
    if found is None:
        return None
    end, base = found
    value = number[1] if number else 1.0
    if value >= base or (number and base == 2):
        return None
    if reader.lex.raw.get("fractions_need_article"):
        if not article and not number and reader.lex.phrases["bounds"].behind(reader.words, i) is None:
            return None
        if value == 1 and not _alone(reader, end):
            return None
    return Numeral(i, end, value / base, value / base, "share", digits=1)


def _alone(reader: Reader, end: int) -> bool:
    """Whether a fraction word stands by itself, so that "a third" is no "a third man"."""
    return end >= len(reader.tokens) or reader.tokens[end].kind == "p" or reader.words[end] in reader.lex.words["stop"]


def _time_half(reader: Reader, i: int, end: int) -> bool:
    """Whether "the half" is one of a match, a month or a year."""
    before = any(reader.behind(name, i) is not None for name in ("ordinals", "half_not_after"))
    return before or reader.ahead("half_not_before", end) is not None


def _half(reader: Reader, i: int, end: int) -> Numeral | None:
    """Such as "half a million", "half an hour", "en halv meter", or "half" alone where it is a share."""
    k = end + 1 if reader.hyphen(end) else end
    inner = reader.ahead("article", k) or k
    scale = reader.sum_at(inner)
    if scale and scale[1] >= 100 and scale[1] == scale[2]:
        return Numeral(i, scale[0], 0.5 * scale[1], 0.5 * scale[1], "words", digits=1, scale=scale[1])
    if dozen := reader.value_ahead("collectives", inner):
        more = reader.value_ahead("cardinals", dozen[0])
        end, factor = more if more and more[1] >= 1000 else (dozen[0], 1.0)
        return Numeral(i, end, 0.5 * dozen[1] * factor, 0.5 * dozen[1] * factor, "words", digits=1)
    if reader.hyphen(end) and (reader.value_ahead("measures", inner) or (0, ""))[1] == "night":
        return None  # "meia-noite"
    if any(reader.ahead(name, inner) for name in ("measures", "percent", "currencies", "pp")):
        return Numeral(i, inner, 0.5, 0.5, "share", digits=1)
    if not reader.lex.raw.get("half_alone") or reader.hyphen(end) or reader.ahead("half_not_before", end):
        return None
    bounded = reader.lex.phrases["bounds"].behind(reader.words, i) is not None
    return Numeral(i, end, 0.5, 0.5, "share", digits=2) if bounded or _alone(reader, end) else None

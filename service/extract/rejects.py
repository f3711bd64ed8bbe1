"""Numbers that count nothing: ordinals, ages, scores, telephone numbers, names with a number in them, "one" as a pronoun."""

import re

from service.extract import noun_phrases
from service.extract.date_words import date_words
from service.extract.numerals import HYPHENS, Numeral, Reader
from service.extract.unit_words import Measured

LETTERS = re.compile(r"[^\W\d_]+$")


def is_other(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Whether this number is no quantity, by what touches it and what stands before it."""
    if numeral.form not in ("figures", "words", "article"):
        return False
    checks = (_touched, _code, _labelled, _pronoun, _named)
    return _ordinal(reader, numeral) or any(check(reader, numeral, measured) for check in checks)


def _touched(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Letters, slashes or hyphens tight against the number: "B4350", "COVID-19", "24/7", "4K", "three-bedroom"."""
    first, last = numeral.first, numeral.last
    if measured.first < first and measured.kind == "money":
        return False
    before = reader.tokens[first - 1] if first else None
    if before and reader.glued(first):
        if before.kind in ("w", "n") or before.text in "/#№@&":
            return True
        if before.text in HYPHENS | {"–"} and first >= 2 and reader.glued(first - 1) and reader.tokens[first - 2].kind == "w":
            return numeral.form == "figures" or not _number_word(reader, first - 2)
        if before.text in HYPHENS and first >= 3 and reader.glued(first - 2) and reader.tokens[first - 3].kind == "w":
            return True
        if before.text == "+" or (
            before.text == "." and first >= 2 and reader.tokens[first - 2].kind == "n" and reader.glued(first - 1)
        ):
            return True
    if any(_between_figures(reader, k) for k in (first - 1, last)):
        return True
    if measured.last > last and measured.kind != "none":
        return False
    if reader.glued(last) and reader.tokens[last].kind == "w" and numeral.form == "figures":
        return True
    if reader.word(last) == "/" and reader.glued(last) and reader.glued(last + 1):
        return True
    hyphened = reader.hyphen(last) and reader.tokens[last + 1].kind == "w"
    return bool(
        hyphened and measured.kind == "none" and not _number_word(reader, last + 1) and not reader.ahead("to", last + 1)
    )


def _between_figures(reader: Reader, k: int) -> bool:
    """Whether a colon at token `k` stands tight between two figures: the score "2:4"."""
    if reader.word(k) != ":" or not (0 < k < len(reader.tokens) - 1 and reader.glued(k) and reader.glued(k + 1)):
        return False
    return reader.tokens[k - 1].kind == reader.tokens[k + 1].kind == "n"


def _number_word(reader: Reader, i: int) -> bool:
    if i >= len(reader.tokens):
        return False
    return reader.sum_at(i) is not None or reader.tokens[i].kind == "n"


def _ordinal(reader: Reader, numeral: Numeral) -> bool:
    """Such as "twenty-first", "48-м" and "19." before a word; "21st" is caught as touched."""
    last = numeral.last
    if reader.hyphen(last) and reader.ahead("ordinals", last + 1):
        return True
    if reader.hyphen(last) and reader.lex.lang in ("ru", "uk") and reader.word(last + 1) in reader.lex.words["ordinal_suffix"]:
        return True
    if numeral.form != "figures" or not reader.words[numeral.first].isdigit() or last != numeral.first + 1:
        return False
    if not (reader.word(last) == "." and reader.glued(last) and last + 1 < len(reader.tokens)):
        return False
    following = reader.tokens[last + 1]
    small = numeral.low <= 100
    if reader.lex.raw.get("ordinal_dot") and small and following.kind == "w" and following.gap:
        return following.text[0].islower() or reader.word(numeral.first - 1) in str(reader.lex.raw["ordinal_dot"]).split()
    return False


def _code(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Leading zeros and figures side by side: telephone numbers, codes, results."""
    if numeral.form != "figures":
        return False
    text = reader.words[numeral.first]
    if re.match(r"0\d", text):
        return True
    beside = [k for k in (numeral.first - 1, numeral.last) if 0 <= k < len(reader.tokens) and reader.tokens[k].kind == "n"]
    return measured.kind == "none" and any(not re.fullmatch(r"(19|20)\d\d", reader.words[k]) for k in beside)


def _labelled(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Such as "Article 5", "Väg 301", "rugnummer 9": the word before says that the number is a name."""
    if numeral.low in (100, 1000, 10_000, 100_000, 1e6) and reader.behind("per", numeral.first) is not None:
        return True  # "62 cases per 100,000"
    if numeral.scale > 1 or measured.kind in ("percent", "money", "measure"):
        return False
    if numeral.form == "words" and measured.kind == "count" and reader.lex.lang != "en":
        return False
    k = numeral.first
    if reader.word(k - 1) == "." and reader.glued(k - 1):
        k -= 1
    return reader.behind("labels", k) is not None


def _pronoun(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Such as "no one", "the next one", "one afternoon", "one of these days"."""
    if numeral.low == 1 and reader.word(numeral.first - 1) in reader.lex.words["negation"]:
        return True  # "not a single reader"
    if numeral.low != 1 or numeral.form != "words" or numeral.last - numeral.first != 1:
        return False
    before, after = reader.word(numeral.first - 1), reader.word(numeral.last)
    if before in reader.lex.words["not_one"] or after in reader.lex.words["not_one_next"]:
        return True
    return (
        reader.lex.lang == "en" and measured.kind == "none" and after != "of" and before not in ("only", "just", "and", "", ",")
    )


def _named(reader: Reader, numeral: Numeral, measured: Measured) -> bool:
    """Such as "Boeing 737", "HydroLoop 3", "FTSE 100": a capitalised word, then a figure with nothing to count after it."""
    first = numeral.first
    if numeral.form != "figures" or first == 0 or not reader.tokens[first].gap or numeral.scale > 1:
        return False
    before = reader.tokens[first - 1]
    if before.kind != "w" or not before.text[0].isupper() or measured.kind in ("percent", "money", "measure", "times"):
        return False
    if reader.lex.phrases["bounds"].behind(reader.words, first) or before.low in reader.lex.words["stop"]:
        return False
    if any(date_words(reader.lex.lang).tables[name].ahead(reader.words, first - 1) for name in ("months", "weekdays")):
        return False
    following = reader.tokens[numeral.last] if numeral.last < len(reader.tokens) else None
    if any(reader.ahead(name, numeral.last) for name in ("to", "to_change", "and", "or")) and _number_word(
        reader, numeral.last + 1
    ):
        return False
    counted = following is not None and following.kind == "w" and following.low not in reader.lex.words["stop"]
    if counted and reader.lex.raw.get("np") == "plural":
        counted = noun_phrases.is_plural(measured.unit or "")
    if counted and following is not None and (following.text[0].islower() or reader.titled):
        return False
    if counted and following is not None and reader.lex.raw.get("np") == "capital":
        return False
    return not (first == 1 and reader.lex.raw.get("np") != "capital" and counted)


def is_age(reader: Reader, numeral: Numeral, measured: Measured, ages: list[int]) -> bool:
    """Whether the number is somebody's age; `ages` holds the ends of those just read, for "aged 23 and 31"."""
    if not (0 < numeral.low <= 115) or numeral.form not in ("figures", "words") or measured.kind in ("percent", "money"):
        return False
    first, last = numeral.first, numeral.last
    if reader.ahead("age_after", last) or reader.ahead("age_after", last + 1 if reader.hyphen(last) else last):
        return True
    aged = measured.kind != "measure" or measured.key == "year"
    if (aged and reader.behind("age_before", first) is not None) or (
        ages and first - ages[-1] == 1 and _age_list(reader, ages[-1])
    ):
        return True
    if _age_range(reader, last):
        return True
    if measured.kind == "measure" and measured.key == "year":
        return _years_of_age(reader, numeral) or _people_over(reader, first, measured.last)
    if measured.kind == "measure":
        return False
    return (numeral.form == "figures" and _apposed(reader, first, last)) or _people_over(reader, first, last)


def _age_list(reader: Reader, i: int) -> bool:
    return reader.ahead("and", i) is not None or reader.ahead("to", i) is not None or reader.word(i) in ("-", "–", "/")


def _age_range(reader: Reader, last: int) -> bool:
    """The first number of "16-to-34-year-olds" or "19 und 34 Jahre alt"."""
    for name in ("and", "to"):
        start = last + 1 if reader.hyphen(last) else last
        end = reader.ahead(name, start)
        if end is None:
            continue
        end = end + 1 if reader.hyphen(end) else end
        second = reader.plain(end) if end < len(reader.tokens) and reader.tokens[end].kind != "p" else None
        if second and second.low <= 115:
            after = second.last + 1 if reader.hyphen(second.last) else second.last
            if reader.ahead("age_after", after):
                return True
    return False


def _years_of_age(reader: Reader, numeral: Numeral) -> bool:
    """Such as "muratore di 44 anni", "de 84 anos": years after a linking word, after a person or a comma."""
    first = numeral.first
    start = reader.behind("link", first)
    if start is None or numeral.low < 13 or reader.lex.lang == "en":
        return False
    named = start > 0 and (reader.tokens[start - 1].text == "," or reader.tokens[start - 1].text[0].isupper())
    return named or not reader.lex.words["age_people"].isdisjoint(reader.words[max(0, start - 3) : start])


def _apposed(reader: Reader, first: int, last: int) -> bool:
    """Such as "Gavin Thorley, 57, put in" and "(38)"."""
    if first < 2 or not reader.words[first].isdigit():
        return False
    before, name = reader.tokens[first - 1], reader.tokens[first - 2]
    after = reader.word(last)
    if before.text == "(" and after == ")":
        return True
    closed = after == "" or after in ",.;:)—–"
    return before.text == "," and name.kind == "w" and closed and (after == "," or after == "" or name.text[0].isupper())


def _people_over(reader: Reader, first: int, last: int) -> bool:
    """Such as "men under 35", "people over 65"."""
    start = reader.lex.phrases["bounds"].behind(reader.words, first)
    if start is None or reader.word(start[0] - 1) not in reader.lex.words["age_people"]:
        return False
    return last >= len(reader.tokens) or reader.tokens[last].kind == "p" or reader.words[last] in reader.lex.words["stop"]

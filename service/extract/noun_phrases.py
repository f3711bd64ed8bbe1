"""What a number counts: the noun phrase after it, cut without a parser, by the word order of the language."""

import re
from functools import lru_cache

from service.extract.numerals import HYPHENS, Reader
from service.units import is_event, word_concept

PLURALS = frozenset(
    "people men women children police aircraft staff troops cattle fish sheep teeth mice personnel crew servicemen policemen "
    "firemen fishermen congressmen policewomen salmon deer offspring media data criteria".split()
)
MAX_WORDS = 5


@lru_cache(maxsize=32)
def _adjective(pattern: str) -> re.Pattern[str] | None:
    return re.compile(pattern) if pattern else None


def read(reader: Reader, i: int) -> tuple[int, str | None, str | None]:
    """(index after, head noun in lower case, the phrase as it stands) of the noun phrase at token `i`, or (i, None, None)."""
    start = _partitive(reader, i)
    end, head = _extent(reader, start)
    if head is None or end == start:
        return i, None, None
    surface = "".join((" " if token.gap else "") + token.text for token in reader.tokens[start:end]).strip()
    noun = reader.tokens[head].text
    return end, noun if reader.lex.raw.get("np") == "capital" else noun.lower(), surface


def end_of(reader: Reader, i: int) -> int:
    """The index after the noun phrase at token `i`, or `i`."""
    return read(reader, i)[0]


def _partitive(reader: Reader, i: int) -> int:
    """The index after "of the", "des", "из" and the like: the phrase that a number takes its part from."""
    for name in ("ratio_weak", "link"):
        end = reader.ahead(name, i)
        if end is not None:
            while reader.word(end) in reader.lex.words["skip"]:
                end += 1
            return end
    while reader.word(i) in reader.lex.words["skip"]:
        i += 1
    return i


def _extent(reader: Reader, i: int) -> tuple[int, int | None]:
    """(index after, index of the head noun) of the phrase at token `i`."""
    style = str(reader.lex.raw.get("np", "first"))
    adjective = _adjective(str(reader.lex.raw.get("adjective", "")))
    head, j = None, i
    while j < len(reader.tokens) and j - i < MAX_WORDS:
        token = reader.tokens[j]
        joined = token.text in HYPHENS and reader.glued(j) and reader.glued(j + 1)
        if not joined and (token.kind != "w" or token.low in reader.lex.words["stop"] or _joins(reader, j)):
            break
        if token.kind == "w" and reader.value_ahead("cardinals", j):
            break  # "troje z pięciorga jurorów": the next number
        j += 1
        if joined:
            continue
        head = j - 1
        if _closes(reader, j - 1, style, adjective):
            break
    if head is None or (style == "capital" and not reader.tokens[head].text[0].isupper()):
        return i, None
    if style == "plural" and not is_plural(reader.words[head]):
        if i and reader.words[i - 1] in reader.lex.words["stop"]:  # "a third of the Swiss electorate"
            return j, head
        first = i  # no plural in reach: the first word, with what a hyphen ties to it
        while reader.hyphen(first + 1):
            first += 2
        return first + 1, first
    return j, head


def _joins(reader: Reader, i: int) -> bool:
    """Whether a word that joins or bounds numbers stands at token `i`."""
    return any(reader.ahead(name, i) for name in ("and", "to", "to_change", "or", "bounds", "post"))


def _closes(reader: Reader, i: int, style: str, adjective: re.Pattern[str] | None) -> bool:
    """Whether the noun at token `i` ends the phrase; a hyphen after it never does."""
    if reader.hyphen(i + 1):
        return False
    if style == "plural":
        return is_plural(reader.words[i])
    if style == "capital":
        return reader.tokens[i].text[0].isupper()
    if style == "adjective" and word_concept(reader.words[i]) and not is_event(reader.words[i]):
        return True  # "cestujících" looks like an adjective and is a noun
    return not (adjective and adjective.search(reader.words[i]))


def is_plural(word: str) -> bool:
    """Whether an English word looks like a plural."""
    return word in PLURALS or (len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "'s", "ous", "us", "is")))

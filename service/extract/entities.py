"""Names in a text: runs of capitalised words, acronyms and quoted names, with care for sentence starts and for German nouns."""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from service.extract import sentences
from service.extract.speech import Lexicon, Tokens, lexicon, tokenize
from service.records import Span

_LINKERS = frozenset(
    """de da do dos das di del della delle dello degli dei dell' d' van von der den af av la le les du al el bin ibn abu of
    the and för für ten ter y e
    i zu zum""".split()
)
_WEAK_LINKERS = frozenset("of the and for für y e i och og und et la le les du de des del della do da".split())
_ROMAN = re.compile(r"^[IVXLC]+$")
_ANDS = frozenset("and og och und et y e i".split())
_MAX_WORDS = 8


@dataclass(frozen=True, slots=True)
class Name:
    """A name as it stands in the text."""

    text: str
    span: Span
    words: tuple[str, ...]
    """Its words in lower case, without linking words."""
    sure: bool = True
    """False for a single capitalised word at a sentence start, or a lone German noun."""


class Names:
    """Finds the names of one article; what it sees in one place helps in another."""

    def __init__(self, text: str, paragraphs: Sequence[Span], lang: str) -> None:
        self.text, self.lex = text, lexicon(lang)
        self._paragraphs = paragraphs

    @cached_property
    def all(self) -> list[Name]:
        """Every name of the article in order."""
        runs: list[tuple[Name, bool, bool]] = []
        lowered: set[str] = set()
        for paragraph in self._paragraphs:
            for start, end in sentences.split(self.text, self.lex.lang, start=paragraph[0], end=paragraph[1]):
                tokens = tokenize(self.text, self.lex.lang, start=start, end=end)
                lowered.update(t for t in tokens.texts if t.islower())
                runs += self._runs(tokens)
        known = {w for name, initial, _ in runs for w in (name.words[1:] if initial else name.words)}
        return [n for name, initial, weak in runs if (n := self._kept(name, initial, weak, known, lowered))]

    @cached_property
    def _starts(self) -> list[int]:
        return [name.span[0] for name in self.all]

    def starting(self, span: Span) -> list[Name]:
        """The names that begin within the span."""
        return self.all[bisect_left(self._starts, span[0]) : bisect_left(self._starts, span[1])]

    def within(self, span: Span) -> list[Name]:
        """The sure names that lie within the span."""
        return [n for n in self.starting(span) if n.sure and n.span[1] <= span[1]]

    def _kept(self, name: Name, initial: bool, weak: bool, known: set[str], lowered: set[str]) -> Name | None:
        if not initial and not weak:
            return name
        if len(name.words) > 1 and not all(w in lowered for w in name.words):
            return name
        word = name.words[0]
        if initial and word in known and word not in lowered:
            return name
        if weak and not initial:
            return None if word in lowered else Name(name.text, name.span, name.words, sure=False)
        return None if word in lowered else Name(name.text, name.span, name.words, sure=False)

    def _runs(self, tokens: Tokens) -> list[tuple[Name, bool, bool]]:
        """(name, whether it begins the sentence, whether it is a lone German noun) of each run of capitals."""
        found = []
        i = 0
        shouted = sum(t.isupper() and len(t) > 1 for t in tokens.texts) > 0.5 * max(
            1, sum(t[0].isalpha() for t in tokens.texts)
        )
        while i < len(tokens):
            if not self._begins(tokens, i):
                i += 1
                continue
            j = self._run_end(tokens, i)
            name = self._name(tokens, i, j)
            if name is not None and not shouted:
                initial = all(not tokens.is_word(k) for k in range(i))
                acronym = j - i == 1 and tokens.texts[i].isupper() and len(tokens.texts[i]) > 1
                weak = self.lex.lang == "de" and j - i == 1 and not acronym
                found.append((name, initial and not acronym, weak))
            i = j
        return found

    def _begins(self, tokens: Tokens, i: int) -> bool:
        if not tokens.capital(i):
            return False
        low = tokens.lows[i]
        acronym = tokens.texts[i].isupper() and len(low) > 1 and low[-1].isalpha()
        if any(low in self.lex[kind] for kind in ("i", "we", "he", "she", "calendar")):
            return False
        first = i == 0 or not tokens.is_word(i - 1)
        if first and (low in self.lex["finite"] or low in self.lex["asking"] or tokens.texts[i] in self.lex["starters"]):
            return acronym and low not in self.lex["function"]
        return acronym or low not in self.lex["function"]

    def _run_end(self, tokens: Tokens, i: int) -> int:
        j = i + 1
        while j < len(tokens) and j - i < _MAX_WORDS:
            if tokens.capital(j) and (tokens.starts[j] - tokens.ends[j - 1] <= 1):
                j += 1
            elif (tokens.lows[j] in ("&", "+") and tokens.capital(j + 1)) or (
                tokens.lows[j] == "." and len(tokens.texts[j - 1]) <= 3 and tokens.capital(j + 1)
            ):
                j += 2
            elif tokens.lows[j] in _LINKERS and self._links(tokens, j):
                j += 2 if tokens.capital(j + 1) else 3
            else:
                break
        return min(j, len(tokens))

    def _links(self, tokens: Tokens, j: int) -> bool:
        """Whether the linking word at `j` joins two parts of one name: "Ursula von der Leyen", "Bank of England"."""
        if self.lex.lang == "de" and tokens.lows[j] in ("der", "den", "zu", "zum", "und", "für"):
            return tokens.lows[j - 1] in ("von", "van") or False
        low = tokens.lows[j]
        if low in _ANDS:
            return False
        if low == "of" and tokens.capital(j - 1) and tokens.capital(j - 2) and tokens.lows[j - 1] not in self.lex["groups"]:
            return False  # "Alun Tate of Marcher University"
        after = j + 1
        if after < len(tokens) and not tokens.capital(after) and tokens.lows[after] in _LINKERS:
            after += 1
        return tokens.capital(after) and tokens.lows[after - 1] != "."

    def _name(self, tokens: Tokens, i: int, j: int) -> Name | None:
        start, end = tokens.starts[i], tokens.ends[j - 1]
        words = tuple(w for w in tokens.lows[i:j] if w[0].isalnum() and (w not in _LINKERS))
        if not words or (len(words) == 1 and len(words[0]) < 2):
            return None
        return Name(self.text[start:end], (start, end), words)


def anchors(names: Names, span: Span, extra: Sequence[str] = ()) -> tuple[str, ...]:
    """The names in a claim and `extra`, each once, as written: what the linker holds on to."""
    seen: dict[str, str] = {}
    for text in [*(n.text for n in names.within(span)), *extra]:
        key = " ".join(text.lower().split())
        if key and key not in seen:
            seen[key] = text
    return tuple(seen.values())


def word_match(a: str, b: str, lex: Lexicon) -> bool:
    """Whether two words of names are one, whatever their case ending ("Лавров", "Лаврова"; "Karjasuo", "Karjasuon")."""
    if a == b:
        return True
    if lex.lang not in ("ru", "uk", "pl", "cs", "fi", "ro"):
        return (
            a.rstrip("s") == b.rstrip("s") and min(len(a), len(b)) > 3
            if lex.lang in ("de", "no", "sv", "da", "nl", "en")
            else False
        )
    short, long = sorted((a, b), key=len)
    if len(short) < 3 or len(long) - len(short) > 5:
        return False
    shared = len(short) if long.startswith(short) else next((k for k in range(len(short)) if short[k] != long[k]), len(short))
    return shared >= max(3, len(short) - 2) and len(long) - shared <= 5

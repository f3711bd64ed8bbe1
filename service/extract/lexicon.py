"""The word lists behind numbers, quantities and dates, one pair of TOML files a language, read once and indexed.

In the files a line of a table is "key form form …"; "_" inside a form joins its words, "|" parts the phrases of a list, and a
trailing "*" stands for any ending. A language without files gets the empty lexicon: digits, symbols and unit signs still work.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from service.extract.tokens import ELIDING, tokenize

HOME = Path(__file__).parent / "lexicons"
ALIASES = {"nb": "no", "nn": "no"}
LANGUAGES = ("en", "no", "sv", "da", "de", "nl", "fr", "es", "it", "pt", "pl", "fi", "cs", "ru", "uk", "ro")


class Phrases:
    """A set of word sequences with a value each, found forwards from a word or backwards from one."""

    def __init__(self, rows: Iterable[tuple[str, Any]], *, elided: bool = False) -> None:
        self._first: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
        self._last: dict[str, list[tuple[tuple[str, ...], Any]]] = {}
        self._stems: list[tuple[str, Any]] = []
        self._stem_cache: dict[str, Any] = {}
        for phrase, value in rows:
            words = tuple(split_words(phrase, elided=elided))
            if len(words) == 1 and words[0].endswith("*"):
                self._stems.append((words[0][:-1], value))
            elif words:
                self._first.setdefault(words[0], []).append((words, value))
                self._last.setdefault(words[-1], []).append((words, value))
        for index in (self._first, self._last):
            for options in index.values():
                options.sort(key=lambda option: -len(option[0]))
        self._stems.sort(key=lambda row: -len(row[0]))

    def _stem(self, word: str) -> object:
        if word not in self._stem_cache:
            self._stem_cache[word] = next((value for stem, value in self._stems if word.startswith(stem)), None)
        return self._stem_cache[word]

    def opens(self, word: str) -> bool:
        """Whether any phrase starts with this word."""
        return word in self._first or self._stem(word) is not None

    def ahead(self, words: list[str], i: int) -> tuple[int, Any] | None:
        """(index after the longest phrase that starts at word `i`, its value), or None."""
        if i < 0 or i >= len(words):
            return None
        for phrase, value in self._first.get(words[i], ()):
            if tuple(words[i : i + len(phrase)]) == phrase:
                return i + len(phrase), value
        value = self._stem(words[i]) if self._stems else None
        return None if value is None else (i + 1, value)

    def behind(self, words: list[str], i: int) -> tuple[int, Any] | None:
        """(index of the first word of the longest phrase that ends just before word `i`, its value), or None."""
        if i <= 0 or i > len(words):
            return None
        for phrase, value in self._last.get(words[i - 1], ()):
            start = i - len(phrase)
            if start >= 0 and tuple(words[start:i]) == phrase:
                return start, value
        value = self._stem(words[i - 1]) if self._stems else None
        return None if value is None else (i - 1, value)


def split_words(form: str, *, elided: bool = False) -> list[str]:
    """The words of a form as the tokeniser cuts them; "_" stands for a space, and "d'" stays whole."""
    words = []
    for part in form.strip().replace("_", " ").split():
        words += [part] if part.endswith(("'", "*")) else [token.low for token in tokenize(part, elided=elided)]
    return words


def rows(table: str) -> Iterator[tuple[str, list[str]]]:
    """(key, forms) of each line of a table."""
    for line in table.splitlines():
        key, *forms = line.split()[:1] + line.split()[1:] if line.strip() else [""]
        if key:
            yield key, forms


def listed(entry: str) -> list[str]:
    """The phrases of a list, which "|" or a line end parts."""
    return [part.strip().replace(" ", "_") for part in re.split(r"[|\n]", entry) if part.strip()]


def words_of(entry: str) -> frozenset[str]:
    """The words of a plain list."""
    return frozenset(entry.replace("_", " ").split())


@dataclass(frozen=True)
class Numbers:
    """What one language says about numbers and what stands around them."""

    lang: str
    raw: dict[str, Any] = field(repr=False)
    decimal: str
    cardinals: dict[str, float]
    phrases: dict[str, Phrases] = field(repr=False)
    words: dict[str, frozenset[str]] = field(repr=False)
    inside: dict[str, float]
    """Number words that count only inside a longer number, where alone they are articles: "uno", "ein"."""
    parts: tuple[str, ...] = field(repr=False)
    """The words that fuse into longer number words, the longest first; none where the language keeps them apart."""

    def text(self, key: str) -> str:
        """The raw entry, or "" where the language has none."""
        return str(self.raw.get(key, ""))


TABLES = (
    "scales_short",
    "ordinals",
    "fractions",
    "fractions_counted",
    "multiples",
    "collectives",
    "currencies",
    "minor",
    "measures",
    "cardinals",
)
DURATIONS = ("second", "minute", "hour", "day", "night", "week", "fortnight", "month", "quarter", "year", "decade", "century")
LISTS = (
    "between and to to_change from range_from change or percent pp bp permille ratio ratio_weak ratio_article every few labels "
    "halves half_after half_noun half_not_after half_not_before halved age_after age_before times article article_before link "
    "until ago plus_after per least"
).split()
SPACED = frozenset({"article", "change", "half_noun", "halved", "labels", "per", "times"})
"""Lists of single words, parted by spaces."""
BOUNDS = ("ge", "le", "near", "above", "approx", "within", "over", "until")
POST = ("post_ge", "post_le", "post_approx")
WORDS = (
    "couplers skip age_people year_before not_one not_one_next stop ordinal_suffix length_context over_before over_not_after "
    "negation"
).split()


def _numeric(key: str) -> float:
    return float(key)


@lru_cache(maxsize=32)
def numbers(lang: str) -> Numbers:
    """The number lexicon of a language (BCP 47 primary tag); the empty one where there is no file for it."""
    code = ALIASES.get(lang, lang)
    path = HOME / "numbers" / f"{code}.toml"
    raw = tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {"decimal": "."}
    phrases: dict[str, Phrases] = {}
    elided = code in ELIDING

    def index(entries: Iterable[tuple[str, Any]]) -> Phrases:
        return Phrases(entries, elided=elided)

    for name in TABLES:
        numeric = name not in ("currencies", "minor", "measures")
        entries = [(form, _numeric(key) if numeric else key) for key, forms in rows(raw.get(name, "")) for form in forms]
        if name == "measures" and raw.get("genitive_s"):
            entries += [(form + "s", key) for form, key in entries if not form.endswith("s")]
        if name == "measures":
            entries += [
                (key, key)
                for key, _ in rows(raw.get(name, ""))
                if key not in (*DURATIONS, *str(raw.get("not_symbols", "")).split())
            ]
        phrases[name] = index(entries)
    vague = [(" ".join(rest[1:]), (float(low), float(rest[0]))) for low, rest in rows(raw.get("vague", ""))]
    phrases["vague"] = index((form, value) for forms, value in vague for form in forms.split())
    for name in LISTS:
        forms = raw.get(name, "").split() if name in SPACED else listed(raw.get(name, ""))
        phrases[name] = index((form, True) for form in forms)
    phrases["bounds"] = index((form, name) for name in BOUNDS for form in listed(raw.get(name, "")))
    phrases["post"] = index((form, name.removeprefix("post_")) for name in POST for form in listed(raw.get(name, "")))
    singles = {
        form.lower(): float(key)
        for key, forms in rows(raw.get("cardinals", ""))
        for form in forms
        if "_" not in form and "*" not in form
    }
    inside = {form: float(key) for key, forms in rows(raw.get("cardinals_inside", "")) for form in forms}
    fusing = {*singles, *inside, *str(raw["joiners"]).split()} if "joiners" in raw else set()
    return Numbers(
        lang=code,
        raw=raw,
        decimal=raw["decimal"],
        cardinals=singles,
        phrases=phrases,
        words={name: words_of(raw.get(name, "")) for name in WORDS},
        inside=inside,
        parts=tuple(sorted(fusing, key=len, reverse=True)),
    )


@lru_cache(maxsize=32)
def dates(lang: str) -> dict[str, Any]:
    """The date lexicon of a language as its file has it, or an empty one."""
    path = HOME / "dates" / f"{ALIASES.get(lang, lang)}.toml"
    return tomllib.loads(path.read_text(encoding="utf-8")) if path.exists() else {}

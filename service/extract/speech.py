"""The words of speech and reference, one TOML file a language, and the tokens they are looked up in.

In the files "_" joins the words of a phrase, "*" at either end of a word stands for anything, and "|" parts the phrases of a
list. A language without a file gets the English one: its readers then find little, but nothing breaks.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

HOME = Path(__file__).parent / "lexicons" / "speech"
ALIASES = {"nb": "no", "nn": "no"}
_TOKEN = re.compile(r"(?:[^\W\d_]\.){2,}|\d+(?:[.,:\u00a0\u202f]\d+)*%?|[^\W_]+(?:[-‐‑'’ʼ][^\W_]+)*|[^\w\s]|_")
_ELISION = re.compile(
    r"^((?:[cdjlmnst]|qu|lorsqu|puisqu|jusqu|quoiqu|all|dall|dell|nell|sull|un|quest|quell|sant)['’])(.+)$", re.IGNORECASE
)
_INVERSION = re.compile(r"^(.+?)(-t)?-(il|elle|ils|elles|on|je|nous|vous|ce)$", re.IGNORECASE)
_POSSESSIVE = re.compile(r"^(.{2,})(['’]s)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words and signs of a stretch of text; `starts` and `ends` are offsets into the whole text."""

    texts: tuple[str, ...]
    lows: tuple[str, ...]
    """Lower case, with straight apostrophes."""
    starts: tuple[int, ...]
    ends: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.texts)

    def is_word(self, i: int) -> bool:
        """Whether token `i` is a word or a figure and no sign."""
        return 0 <= i < len(self.texts) and self.texts[i][0].isalnum()

    def capital(self, i: int) -> bool:
        """Whether token `i` starts with a capital letter."""
        return 0 <= i < len(self.texts) and self.texts[i][0].isupper()


def tokenize(text: str, lang: str, *, start: int = 0, end: int | None = None) -> Tokens:
    """The tokens of text[start:end]; elided articles (French, Italian), inverted pronouns and "'s" are cut off."""
    texts: list[str] = []
    starts: list[int] = []
    for match in _TOKEN.finditer(text, start, len(text) if end is None else end):
        for piece, offset in _pieces(match.group(), lang):
            texts.append(piece)
            starts.append(match.start() + offset)
    lows = [t.lower().replace("’", "'").replace("ʼ", "'").replace("‑", "-").replace("‐", "-") for t in texts]
    return Tokens(tuple(texts), tuple(lows), tuple(starts), tuple(s + len(t) for s, t in zip(starts, texts, strict=True)))


def _pieces(word: str, lang: str) -> list[tuple[str, int]]:
    if lang in ("fr", "it") and (cut := _ELISION.match(word)):
        return [(cut[1], 0), *((p, o + len(cut[1])) for p, o in _pieces(cut[2], lang))]
    if lang == "fr" and (cut := _INVERSION.match(word)):
        return [(cut[1], 0), (cut[3], cut.start(3))]
    if cut := _POSSESSIVE.match(word):
        return [(cut[1], 0), (cut[2], len(cut[1]))]
    return [(word, 0)]


class WordList:
    """Words, stems, endings and phrases, looked up at a place in a row of lower-case words."""

    def __init__(self, entries: Iterable[str]) -> None:
        self._exact: set[str] = set()
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        prefixes, suffixes = [], []
        for entry in entries:
            words = tuple(entry.replace("’", "'").replace("_", " ").split())
            if len(words) > 1:
                self._phrases.setdefault(words[0], []).append(words)
            elif entry.endswith("*"):
                prefixes.append(entry[:-1])
            elif entry.startswith("*"):
                suffixes.append(entry[1:])
            elif words:
                self._exact.add(words[0])
        for options in self._phrases.values():
            options.sort(key=len, reverse=True)
        self._prefixes, self._suffixes = tuple(prefixes), tuple(suffixes)
        self._known: dict[str, bool] = {}

    def __contains__(self, word: str) -> bool:
        found = self._known.get(word)
        if found is None:
            found = word in self._exact or word.startswith(self._prefixes) or (len(word) > 4 and word.endswith(self._suffixes))
            if len(self._known) < 50_000:
                self._known[word] = found
        return found

    def at(self, lows: tuple[str, ...], i: int) -> int:
        """How many words from word `i` on make an entry, the longest; 0 for none."""
        for phrase in self._phrases.get(lows[i], ()):
            if lows[i : i + len(phrase)] == phrase:
                return len(phrase)
        return 1 if lows[i] in self else 0

    def anywhere(self, lows: tuple[str, ...]) -> int:
        """Index of the first entry in the words, or -1."""
        return next((i for i in range(len(lows)) if self.at(lows, i)), -1)


@dataclass(frozen=True)
class Lexicon:
    """The word lists of one language, by name; a missing list is empty."""

    lang: str
    lists: dict[str, WordList]

    def __getitem__(self, name: str) -> WordList:
        return self.lists.get(name, _EMPTY)


_EMPTY = WordList(())


@lru_cache(maxsize=64)
def lexicon(lang: str) -> Lexicon:
    """The word lists of a language (BCP 47 primary tag), read once."""
    code = ALIASES.get(lang, lang)
    path = HOME / f"{code}.toml"
    raw = tomllib.loads((path if path.exists() else HOME / "en.toml").read_text(encoding="utf-8"))
    lists = {name: WordList(_entries(str(value))) for name, value in raw.items()}
    return Lexicon(code, lists)


def _entries(value: str) -> list[str]:
    return [e.strip().replace(" ", "_") for e in value.split("|") if e.strip()] if "|" in value else value.split()

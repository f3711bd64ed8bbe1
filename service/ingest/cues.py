"""Which phrases of page furniture a line holds, by the word lists of cues.toml."""

import re
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

_PATH = Path(__file__).with_name("cues.toml")
_LEADING = re.compile(r"^[\s•●○◦▪■□◆♦◊*+·|>»›→➔➤➜▶►▷▸▹▼▲↓↑⬇☐☑★⭐♥♡✉🔒#=_~\[({<\U0001F000-\U0001FAFF\u2600-\u27BF\uFE0F]+")
_TOKEN = re.compile(r"[^\W_]+(?:['’:+-][^\W_]+)*\+?|[£$€]")
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_FIGURE = re.compile(r"\d+")
_AFTER = re.compile(r"\s*(?:[:|>→➔–—»›▸▶►•·/(\[\]…<]|-\s|\.\s|\.\.|$)")
_CREDIT = re.compile(r"(?P<before>^|[\s(.,|/–—-])(?P<word>[^\W\d_]{3,16})\s?(?::|©)(?=\s?\S)")
_SHOUT_MIN = 4
_STAMP_MAX_WORDS, _STAMP_MAX_CHARS = 22, 160
_MAX_CHARS = 4000
"""Lines are searched this far: furniture is short, and a whole article on one line is cut into sentences before."""


class Cue(NamedTuple):
    """One phrase group that a line shows, and the way it was matched: "whole", "start", "lead", "inside" or "hint"."""

    group: str
    mode: str


class _Phrase(NamedTuple):
    tokens: tuple[str, ...]
    is_open: bool
    group: str


def find(text: str) -> list[Cue]:
    """Cues of the line, the firmest first, each once. Takes time linear in the line."""
    shown = _LEADING.sub("", text[:_MAX_CHARS])
    matches = list(_TOKEN.finditer(shown))
    tokens = [match.group().replace("’", "'").lower() for match in matches]
    found: list[Cue] = []
    words = tuple(token for token in tokens if not token.isdigit())
    for phrase in _index("whole").get(words[0], ()) if words else ():
        if phrase.tokens == words:
            found.append(Cue(phrase.group, "whole"))
            break
    for phrase in _at(_index("start"), tokens, 0):
        end = matches[len(phrase.tokens) - 1].end()
        listed = len(phrase.tokens) > 1 and shown[end : end + 1] == "," and shown[-1] not in ".!?"
        if listed or _AFTER.match(shown, end) or (end >= _SHOUT_MIN and shown[:end].isupper() and not shown.isupper()):
            found.append(Cue(phrase.group, "start"))
            break
    for phrase in _at(_index("lead"), tokens, 0):
        found.append(Cue(phrase.group, "lead"))
        break
    for mode in ("inside", "hint"):
        index = _index(mode)
        found.extend(Cue(phrase.group, mode) for at in range(len(tokens)) for phrase in _at(index, tokens, at))
    return list(dict.fromkeys(found))


def is_stamp(text: str) -> bool:
    """Whether the line is a date or a time alone, such as "Published: 22:47, 23 January 2025 | Updated: 23:15"."""
    if len(text) > _STAMP_MAX_CHARS or not _FIGURE.search(text):
        return False
    words = _words(text)
    return len(words) <= _STAMP_MAX_WORDS and all(word in _date_words() or word in {"z", "t"} for word in words)


def date_share(text: str) -> float:
    """Share of the words and figures of the line that belong to a date or a time, in [0, 1]; 0 where it holds no figure."""
    figures = len(_FIGURE.findall(text))
    words = _words(text)
    return (figures + sum(word in _date_words() for word in words)) / (figures + len(words)) if figures else 0.0


def networks(text: str) -> int:
    """How many names of social networks and sharing tools the line holds."""
    return sum(match.group().lower() in _networks() for match in _TOKEN.finditer(text[:_MAX_CHARS]))


def is_labels(text: str) -> bool:
    """Whether the line is nothing but buttons and names of sections, such as "Home News World" or "MENU SEARCH SIGN IN"."""
    tokens = [match.group().replace("’", "'").lower() for match in _TOKEN.finditer(text)]
    at, count = 0, 0
    while at < len(tokens):
        found = _at(_index("whole"), tokens, at)
        if not found:
            return False
        at, count = at + len(found[0].tokens), count + 1
    return count > 1


def after_byline(text: str, lang: str | None) -> str | None:
    """What follows the words that open a byline ("By", "Text:"), or None where there are none.

    The language, where known, bars the words of other languages: "di" opens a byline in Italian alone.
    """
    shown = _LEADING.sub("", text[:200])
    matches = list(_TOKEN.finditer(shown))
    found = _at(_byline_index(lang), [match.group().lower() for match in matches], 0)
    return shown[matches[len(found[0].tokens) - 1].end() :] if found else None


def has_credit(text: str) -> bool:
    """Whether the line holds a photo credit such as "Foto: Ann Lee" in any place."""
    for match in _CREDIT.finditer(text[:_MAX_CHARS]):
        if match["word"].lower() in _credit_words() and (match["word"][0].isupper() or not match["before"].strip()):
            return True
    return False


@cache
def months() -> dict[str, int]:
    """Month names and their short forms in every language served, lower case, with the number of the month, 1 to 12."""
    names = _data()["dates"]["months"].values()
    return {form: number for months in names for number, forms in enumerate(months, 1) for form in forms.split()}


def _words(text: str) -> list[str]:
    return [match.group().replace("’", "'").lower() for match in _WORD.finditer(text[:_MAX_CHARS])]


@cache
def _data() -> dict[str, dict[str, dict[str, list[str]]]]:
    data: dict[str, dict[str, dict[str, list[str]]]] = tomllib.loads(_PATH.read_text(encoding="utf-8"))
    return data


@cache
def _index(mode: str) -> dict[str, tuple[_Phrase, ...]]:
    """First word → phrases that begin with it, the longest first. What may start a line may also be the whole of it."""
    by_first: dict[str, list[_Phrase]] = defaultdict(list)
    for group, modes in _data().items():
        if group in {"dates", "networks"}:
            continue
        for source in ("whole", "start") if mode == "whole" else (mode,):
            for phrases in modes.get(source, {}).values():
                for phrase in phrases:
                    tokens = tuple(match.group().lower() for match in _TOKEN.finditer(phrase.rstrip("~")))
                    by_first[tokens[0]].append(_Phrase(tokens, phrase.endswith("~"), group))
    return {first: tuple(sorted(phrases, key=lambda p: -len(p.tokens))) for first, phrases in by_first.items()}


def _at(index: dict[str, tuple[_Phrase, ...]], tokens: list[str], at: int) -> list[_Phrase]:
    """Phrases that stand in the tokens at this place, the longest first."""
    if at >= len(tokens):
        return []
    found = []
    for phrase in index.get(tokens[at], ()):
        size = len(phrase.tokens)
        there = tokens[at : at + size]
        if len(there) == size and (
            tuple(there) == phrase.tokens
            or (phrase.is_open and tuple(there[:-1]) == phrase.tokens[:-1] and there[-1].startswith(phrase.tokens[-1]))
        ):
            found.append(phrase)
    return found


@cache
def _byline_index(lang: str | None) -> dict[str, tuple[_Phrase, ...]]:
    by_first: dict[str, list[_Phrase]] = defaultdict(list)
    for language, phrases in _data()["byline"]["start"].items():
        if lang in (None, "und", language) or language == "en":
            for phrase in phrases:
                tokens = tuple(match.group().lower() for match in _TOKEN.finditer(phrase))
                by_first[tokens[0]].append(_Phrase(tokens, False, "byline"))
    return {first: tuple(sorted(phrases, key=lambda p: -len(p.tokens))) for first, phrases in by_first.items()}


@cache
def _credit_words() -> frozenset[str]:
    """Caption words that are a sure sign of a credit in mid-line: not "source" or "map", which prose uses too."""
    words = {phrase for phrases in _data()["caption"]["start"].values() for phrase in phrases if " " not in phrase}
    return frozenset(words - set(_data()["caption"]["plain"]["all"]))


@cache
def _date_words() -> frozenset[str]:
    return frozenset(months()) | {word for words in _data()["dates"]["words"].values() for word in words}


@cache
def _networks() -> frozenset[str]:
    return frozenset(str(word) for word in _data()["networks"]["all"])

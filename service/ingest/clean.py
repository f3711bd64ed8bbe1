"""Parts a raw article into prose, headline and noise, every block with its offsets into the text as submitted.

Word lists and shapes set aside what is surely furniture (furniture.py); a small learned model (models/noise.py) takes the other
clear cases; what neither is sure of stays prose, since a lost sentence costs more than a kept button.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Literal

from models.noise import bundled
from service.ingest import furniture
from service.ingest.furniture import Look
from service.ingest.lines import Piece, split
from service.records import Block

_TOKEN = re.compile(r"\w+")
_SENTENCE = re.compile(r"""(?<=[.!?…])["'”’»“)]*\s+(?=["'“„«(–—-]?\s?[^\W\d_a-z])""")
_SUFFIX = re.compile(r"\s+[|·]\s+(?:[^|·\d]{2,24}(?:\s+[|·]\s+|$))+$")
_MODEL_FLOOR, _MODEL_FLOOR_LONG = 0.9, 0.975
"""Probabilities from which the model alone sets a line aside: a short one, and one of a sentence or more. By cross-validation
on the training articles, where they lose 2 claims in 1,000 (models/weights/noise-lines/card.md)."""
_COLLAPSED_CHARS = 700
"""Mean length of a line above which the text is taken to have lost its line breaks, and sentences are judged one by one."""
_MAX_SENTENCES = 2000
"""Sentences of such a line that are judged; what comes after stays one piece."""
_TAIL_SHARE = 0.4
"""The share of the text, from its end, where an appeal takes what follows it along."""


def blocks(text: str, *, title: str | None = None, lang: str | None = None) -> list[Block]:
    """Blocks of the text in order: they do not overlap, and together hold every character that is not white space.

    `title` finds the headline in the text. `lang` (a primary tag) bars the byline words of other languages; every other list
    applies to every text. Takes time linear in the text.
    """
    pieces = _uncollapse(split(text))
    if not pieces:
        return []
    looks = [furniture.look(piece.text) for piece in pieces]
    probabilities = [float(p) for p in bundled().probabilities([piece.text for piece in pieces])]
    reasons = [
        piece.reason or furniture.reason(seen, p, lang=lang)
        for piece, seen, p in zip(pieces, looks, probabilities, strict=True)
    ]
    headlines = _headlines(looks, reasons, probabilities, title)
    _mark_repeated(looks, reasons, headlines)
    _mark_by_model(looks, reasons, probabilities, headlines)
    _mark_lists(pieces, looks, reasons, headlines)
    _mark_appeals(looks, reasons, probabilities, headlines)
    _mark_crossheads(pieces, looks, reasons, headlines)
    out: list[Block] = []
    for at, (piece, why) in enumerate(zip(pieces, reasons, strict=True)):
        kind: Literal["prose", "headline", "noise"] = "headline" if at in headlines else "noise" if why else "prose"
        out.extend(_finish(piece, kind, why))
    return out


def prose(text: str, parts: Sequence[Block]) -> str:
    """The article alone: its prose blocks, one paragraph a line."""
    return "\n".join(text[start:end] for start, end in (part.span for part in parts if part.kind == "prose"))


def _finish(piece: Piece, kind: Literal["prose", "headline", "noise"], why: str) -> list[Block]:
    """The block of a piece; a headline sheds the section names that a page title drags along ("… | World | News")."""
    if kind == "headline" and (suffix := _SUFFIX.search(piece.text)) and len(piece.text[: suffix.start()].split()) >= 5:
        cut = piece.start + suffix.start()
        start = cut + len(suffix.group()) - len(suffix.group().lstrip())
        return [Block((piece.start, cut), "headline"), Block((start, piece.end), "noise", "menu")]
    return [Block(piece.span, kind, "" if kind == "headline" else why)]


def _uncollapse(pieces: list[Piece]) -> list[Piece]:
    """Pieces with furniture in mid-line cut out, where the text has lost its line breaks."""
    if not pieces or sum(piece.end - piece.start for piece in pieces) / len(pieces) < _COLLAPSED_CHARS:
        return pieces
    return [part for piece in pieces for part in (_cut_sentences(piece) if len(piece.text) > _COLLAPSED_CHARS else [piece])]


def _cut_sentences(piece: Piece) -> list[Piece]:
    """The piece with each run of furniture sentences as a piece of its own. Only what is sure without context counts here."""
    out: list[Piece] = []
    ends = (match.end() for match in islice(_SENTENCE.finditer(piece.text), _MAX_SENTENCES))
    bounds = [0, *ends, len(piece.text)]
    for a, b in pairwise(bounds):
        sentence = piece.text[a:b].rstrip()
        if not sentence:
            continue
        why = furniture.reason(furniture.look(sentence), 0.0) if len(sentence) <= 240 else ""
        start = piece.start + a
        if out and out[-1].reason == why:
            last = out[-1]
            end = start + len(sentence)
            out[-1] = replace(last, end=end, text=piece.text[last.start - piece.start : end - piece.start])
        else:
            out.append(Piece(start, start + len(sentence), sentence, piece.paragraph, why))
    return out


def _headlines(looks: Sequence[Look], reasons: list[str], probabilities: Sequence[float], title: str | None) -> set[int]:
    """Places of the article's own headline; at most the one that matches the title, or one line above the first prose."""
    first = next((at for at, seen in enumerate(looks) if not reasons[at] and seen.is_prose and len(seen.text) > 80), len(looks))
    if title:
        wanted = _tokens(title)
        for at, seen in enumerate(looks[: first + 3]):
            if len(seen.text) <= len(title) * 2 + 60 and _same(wanted, _tokens(seen.text)):
                reasons[at] = ""
                return {at}
    # Where the title is known and is not there, a line that the model doubts is a leftover rather than a second headline.
    floor = _MODEL_FLOOR if title else 1.0
    fits = [at for at in range(first) if not reasons[at] and looks[at].words >= 4 and len(looks[at].text) <= 200]
    above = [at for at in fits if probabilities[at] < floor]
    return {min(above, key=lambda at: (probabilities[at] > _MODEL_FLOOR_LONG and looks[at].words < 6, at))} if above else set()


def _mark_repeated(looks: Sequence[Look], reasons: list[str], headlines: set[int]) -> None:
    """Lines that stand twice: captions as a whole, a sentence only where it comes again."""
    keys = [" ".join(_tokens(seen.text)) for seen in looks]
    counts = Counter(keys)
    seen_keys: set[str] = set()
    for at, (key, seen) in enumerate(zip(keys, looks, strict=True)):
        if counts[key] > 1 and seen.words >= 3 and not reasons[at] and at not in headlines:
            beside = key in (keys[at - 1] if at else "", keys[at + 1] if at + 1 < len(keys) else "")
            if key in seen_keys or (beside and not seen.is_prose):
                reasons[at] = "repeated"
        seen_keys.add(key)


def _mark_by_model(looks: Sequence[Look], reasons: list[str], probabilities: Sequence[float], headlines: set[int]) -> None:
    for at, (seen, p) in enumerate(zip(looks, probabilities, strict=True)):
        if not reasons[at] and at not in headlines and p >= _floor(seen):
            reasons[at] = "model"


def _floor(seen: Look) -> float:
    """Probability from which the model alone sets the line aside: the more it looks like a sentence, the higher."""
    if (seen.is_prose and len(seen.text) > 160) or seen.sentences > 2 or len(seen.text) > 300:
        return 1.01
    item = seen.words >= 4 and (seen.text[0] in "•*●·-–—" or seen.text[0].isdigit() or seen.text[0].islower())
    if (seen.ends and seen.words >= 5) or seen.speech or item or seen.words > 14 or seen.text[-1] == ":":
        return _MODEL_FLOOR_LONG
    return _MODEL_FLOOR


def _mark_lists(pieces: Sequence[Piece], looks: Sequence[Look], reasons: list[str], headlines: set[int]) -> None:
    """Links below a heading such as "Most read": the rest of its paragraph, as long as it is no prose."""
    heading = -1
    for at, (piece, seen) in enumerate(zip(pieces, looks, strict=True)):
        if reasons[at] == "related" and not seen.is_prose:
            heading = piece.paragraph
        elif piece.paragraph != heading:
            heading = -1
        elif not reasons[at] and at not in headlines and not seen.is_prose:
            reasons[at] = "related"


def _mark_appeals(looks: Sequence[Look], reasons: list[str], probabilities: Sequence[float], headlines: set[int]) -> None:
    """What goes on an appeal for money at the end of the text: later lines with a weak sign, and short ones."""
    for at, why in enumerate(reasons):
        if why != "appeal" or at < len(looks) * (1 - _TAIL_SHARE):
            continue
        for later in range(at + 1, len(looks)):
            seen = looks[later]
            weak = bool(seen.cues) or probabilities[later] >= 0.3 or (seen.words <= 7 and not seen.speech)
            if not reasons[later] and later not in headlines and weak:
                reasons[later] = "appeal"
        return


def _mark_crossheads(pieces: Sequence[Piece], looks: Sequence[Look], reasons: list[str], headlines: set[int]) -> None:
    """Short lines alone between two paragraphs of prose that end like no sentence."""
    for at in range(1, len(looks) - 1):
        seen, before, after = looks[at], looks[at - 1], looks[at + 1]
        if reasons[at] or at in headlines or seen.ends or seen.words > 10 or len(seen.text) > 75 or seen.text[-1] in ":;,":
            continue
        alone = pieces[at - 1].paragraph != pieces[at].paragraph
        bullet = seen.text[0] in "•●·-–—" or (seen.text[0] == "*" and seen.text[-1] != "*")
        top = not any(not reasons[k] and looks[k].is_prose for k in range(at))
        if alone and not bullet and not top and not seen.speech and (before.is_prose or reasons[at - 1]) and after.is_prose:
            reasons[at] = "crosshead"


def _tokens(text: str) -> list[str]:
    return [match.group().lower() for match in _TOKEN.finditer(text)]


def _same(wanted: list[str], found: list[str]) -> bool:
    """Whether two headlines are one, give or take a word or what a page title drags along."""
    if not wanted or not found:
        return False
    common = sum((Counter(wanted) & Counter(found)).values())
    return common >= 0.75 * len(wanted) and common >= 0.5 * len(found) and common >= min(3, len(wanted))

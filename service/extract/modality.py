"""How a claim is meant, and how likely it is one at all, by the word lists of its language: what stands in for the tagger."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.extract.speech import Lexicon, Tokens, tokenize
from service.records import Modality, Quantity

_ORDER: tuple[tuple[str, Modality], ...] = (
    ("condition", "condition"),
    ("possible", "possibility"),
    ("forecast", "forecast"),
    ("plan", "plan"),
)
_MAX_WORDS = 120


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the words of a stretch say of it."""

    modality: Modality
    probability: float
    """That it is a checkable claim, in [0, 1]: a rough weighing of signs, not calibrated."""


def weigh(text: str, lex: Lexicon, *, quantities: Sequence[Quantity], named: bool, quoted: bool, hearsay: bool) -> Weighed:
    """How the stretch is meant and how likely it is a claim. `quoted`: someone's own words; `hearsay`: no source is named."""
    tokens = tokenize(text, lex.lang)
    modality: Modality = "possibility" if hearsay else modality_of(tokens, lex)
    return Weighed(modality, _probability(text, tokens, lex, numbers=bool(quantities), named=named, quoted=quoted))


def modality_of(tokens: Tokens, lex: Lexicon) -> Modality:
    """Fact, unless a word marks a condition, a possibility, a forecast or a plan, in that order."""
    lows = tokens.lows[:_MAX_WORDS]
    for name, modality in _ORDER:
        if lex[name].anywhere(lows) >= 0:
            return modality
    return "fact"


def is_hearsay(tokens: Tokens, lex: Lexicon) -> bool:
    """Whether a word such as "reportedly" or "skal ha" hands on what others say."""
    return lex["hearsay"].anywhere(tokens.lows[:_MAX_WORDS]) >= 0


def _probability(text: str, tokens: Tokens, lex: Lexicon, *, numbers: bool, named: bool, quoted: bool) -> float:
    words = sum(tokens.is_word(i) for i in range(len(tokens)))
    ends = text.rstrip(" \"'”’»“)")
    if ends.endswith(("?", "؟")):
        return 0.02
    if lex["vague"].anywhere(tokens.lows) >= 0 or lex["appeal"].anywhere(tokens.lows) >= 0:
        return 0.15
    value = 0.72 + 0.14 * numbers + 0.08 * named
    if words < 4:
        value -= 0.35 if not numbers else 0.15
    if ends.endswith("!"):
        value -= 0.3
    opinion = lex["opinion"].anywhere(tokens.lows) >= 0
    if opinion:
        value -= 0.15 if numbers else 0.3
    if quoted and not numbers:
        value -= 0.08 if named else 0.16
        value -= 0.1 if words < 7 else 0.0
    return min(0.98, max(0.02, value))

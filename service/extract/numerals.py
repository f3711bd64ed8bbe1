"""Numbers as a language writes them, in figures and in words: "1,5 Mio.", "two and a half", "femogtyve", "1.35 million"."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

from service.extract.lexicon import Numbers, numbers
from service.extract.tokens import Token, figure_value, significant_digits

Form = Literal["figures", "words", "vague", "share", "ratio", "multiple", "article"]
GLYPHS = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3, "⅕": 0.2, "⅛": 0.125}
HYPHENS = frozenset("-‐‑")
LONGEST = 120
"""Letters of a fused number word that are looked at; the longest of any use are under a hundred."""
MONEY_SIGNS = frozenset("$€£¥₹₽₴₺₩₪")


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number over the tokens [first, last): an interval where the words are vague ("dozens"), else a point.

    The form "share" holds a fraction of one ("a third" is 0.333), "ratio" one of a count ("one in eight" is 0.125).
    """

    first: int
    last: int
    low: float
    high: float
    form: Form
    approx: bool = False
    digits: int = 1
    scale: float = 1.0
    """The factor of a following "thousand" or "million", which a range shares ("20 to 30 million")."""
    grouped: float | None = None
    """What the figure is worth if its decimal sign is a thousands sign after all."""
    more: bool = False
    """Whether the words say that it is somewhat more ("трёх с лишним тысяч")."""


class Sum:
    """Adds up number words as long as they make one number."""

    def __init__(self, total: float = 0.0, group: float = 0.0, scale: float = float("inf")) -> None:
        self.total, self.group, self.scale = total, group, scale

    def copy(self) -> "Sum":
        """A second sum in the same state."""
        return Sum(self.total, self.group, self.scale)

    @property
    def value(self) -> float:
        """What the words so far come to."""
        return self.total + self.group

    def add(self, value: float, *, fused: bool, ten_times: bool = False) -> bool:
        """Whether one more number word fits; then it is added.

        `fused` words put the unit before the ten ("dreiundzwanzig"), or count the tens (`ten_times`: "kaksikymmentä").
        """
        if value >= 1000:
            return self._scale(value)
        tens = self.group % 100
        if ten_times and value == 10 and 0 < tens < 10:
            self.group += 9 * tens
            return True
        if value == 100 and 0 < self.group < 100:
            self.group *= 100
            return True
        if value >= 100:
            fits = self.group == 0
        elif value >= 10:
            before = fused and value % 10 == 0 and 0 < tens < 10
            fits = tens == 0 or before or (tens in (60, 80) and value < 20)  # "soixante-douze"
        else:
            fits = tens % 10 == 0 and tens != 10 and value > 0
        if fits:
            self.group += value
        return fits

    def _scale(self, value: float) -> bool:
        if value > self.scale:  # "mil millones"
            self.total = (self.total + self.group) * value
        elif self.group == 0 and self.total > 0:
            return False
        else:
            self.total += (self.group or 1) * value
        self.group, self.scale = 0.0, value
        return True


@lru_cache(maxsize=8192)
def cut(word: str, lang: str) -> tuple[str, ...] | None:
    """The number words and joiners that a fused word consists of ("drei", "und", "zwanzig"), or None where it is none."""
    for part in numbers(lang).parts:
        if word == part:
            return (part,)
        if word.startswith(part) and (rest := cut(word[len(part) :], lang)):
            return (part, *rest)
    return None


class Reader:
    """Looks words up and reads plain numbers off the tokens of one sentence."""

    def __init__(self, tokens: tuple[Token, ...], lex: Numbers) -> None:
        self.tokens, self.lex = tokens, lex
        self.words = [token.low for token in tokens]

    @cached_property
    def titled(self) -> bool:
        """Whether the text is set as a headline, most of its words with capitals."""
        words = [token.text for token in self.tokens if token.kind == "w" and len(token.text) > 3]
        return sum(word[0].isupper() for word in words) > 0.7 * max(1, len(words))

    def word(self, i: int) -> str:
        """The word at token `i`, or "" past either end."""
        return self.words[i] if 0 <= i < len(self.words) else ""

    def ahead(self, name: str, i: int) -> int | None:
        """The index after a phrase of this list that starts at token `i`."""
        found = self.lex.phrases[name].ahead(self.words, i)
        return found[0] if found else None

    def value_ahead(self, name: str, i: int) -> tuple[int, float] | None:
        """(index after, value) of an entry of this table that starts at token `i`."""
        return self.lex.phrases[name].ahead(self.words, i)

    def behind(self, name: str, i: int) -> int | None:
        """The index of the first word of a phrase of this list that ends just before token `i`."""
        found = self.lex.phrases[name].behind(self.words, i)
        return found[0] if found else None

    def glued(self, i: int) -> bool:
        """Whether token `i` follows the one before it without space."""
        return 0 < i < len(self.tokens) and not self.tokens[i].gap

    def hyphen(self, i: int) -> bool:
        """Whether token `i` is a hyphen inside a word."""
        return self.word(i) in HYPHENS and self.glued(i) and self.glued(i + 1)

    def plain(self, i: int) -> Numeral | None:
        """The number in figures or in words that starts at token `i`, with its "thousand" or "million"."""
        return self._figures(i) if self.tokens[i].kind == "n" or self.tokens[i].text in GLYPHS else self._cardinal(i)

    def _figures(self, i: int) -> Numeral:
        token = self.tokens[i]
        if token.text in GLYPHS:
            return Numeral(i, i + 1, GLYPHS[token.text], GLYPHS[token.text], "share")
        value, doubt = figure_value(token.text, self.lex.decimal)
        grouped = value * 1000 if doubt else None
        base = Numeral(i, i + 1, value, value, "figures", digits=significant_digits(token.text), grouped=grouped)
        if self.glued(i + 1) and self.tokens[i + 1].text in GLYPHS:
            value += GLYPHS[self.tokens[i + 1].text]
            base = replace(base, last=i + 2, low=value, high=value, digits=base.digits + 1)
        ending = self.word(base.last) == ":" and self.glued(base.last) and self.glued(base.last + 1)
        if ending and self.tokens[base.last + 1].kind == "w":  # "14:ää" carries a Finnish case ending
            base = replace(base, last=base.last + 2)
        return self._scaled(base)

    def _cardinal(self, i: int) -> Numeral | None:
        found = self.sum_at(i)
        if found is None:
            return None
        end, value, scale = found
        digits = significant_digits(f"{value:.0f}") if value == int(value) else 2
        base = Numeral(i, end, value, value, "words", digits=digits, scale=scale)
        return self._scaled(base)

    def _scaled(self, base: Numeral) -> Numeral:
        """The number with "and a half", "million" or "dozen" after it."""
        value, j, scale, approx = base.low, base.last, base.scale, base.approx
        half, more = self.ahead("half_after", j), self.ahead("plus_after", j)
        if half:
            value, j = value + 0.5 * max(scale, 1), half
        j = more or j
        while base.form != "words" or half or more:
            found = self._scale_word(j, base)
            if found is None or found[1] < scale < 1000:
                break
            j, factor = found
            value, scale = value * factor, scale * factor
        if scale == 1 and (dozen := self.value_ahead("collectives", j)):
            j, factor = dozen
            value, approx = value * factor, approx or factor != 12
        if j == base.last:
            return base
        return replace(base, last=j, low=value, high=value, scale=scale, approx=approx, grouped=None, more=more is not None)

    def _scale_word(self, j: int, base: Numeral) -> tuple[int, float] | None:
        if not self.word(j):
            return None
        k = j + 1 if self.hyphen(j) and j == base.last else j
        short = self.value_ahead("scales_short", k)
        if short and (self.glued(k) or len(self.word(k)) > 1) and not self._metres(k, base):
            end, factor = short
            following = self.tokens[end + 1] if end + 1 < len(self.tokens) else None
            dotted = self.word(end) == "." and self.glued(end) and following and not following.text[:1].isupper()
            return (end + 1 if dotted else end), factor
        found = self.value_ahead("cardinals", k)
        return found if found and found[1] >= 100 else None

    def _metres(self, k: int, base: Numeral) -> bool:
        """Whether "m" after a figure is a length: no money before it, and something spatial after it."""
        if self.word(k) != "m":
            return False
        before = self.tokens[base.first - 1].text if base.first else " "
        if before[-1] in MONEY_SIGNS or (before.isupper() and len(before) == 3):
            return False
        return self.hyphen(k + 1) or self.word(k + 1) in self.lex.words["length_context"]

    def _atoms(self, i: int) -> tuple[int, list[float], bool] | None:
        """(index after, values, whether fused) of the number word at token `i`."""
        if i >= len(self.tokens) or self.tokens[i].kind != "w":
            return None
        if found := self.value_ahead("cardinals", i):
            return found[0], [found[1]], False
        if self.lex.parts and 4 < len(self.words[i]) <= LONGEST and (parts := cut(self.words[i], self.lex.lang)):
            known = {**self.lex.inside, **self.lex.cardinals}
            return (i + 1, [known[part] for part in parts if part in known], True) if len(parts) > 1 else None
        return None

    def _scale_linked(self, i: int) -> bool:
        """Whether a word ties a number to its thousand, as in Romanian "treizeci de mii"."""
        found = self.value_ahead("cardinals", i + 1)
        return self.word(i) != "" and self.word(i) == self.lex.raw.get("scale_link") and found is not None and found[1] >= 1000

    def _inside(self, i: int, total: Sum) -> tuple[int, list[float], bool] | None:
        """A word like "uno" that counts because a number stands before it: "treinta y uno"."""
        value = self.lex.inside.get(self.word(i))
        return (i + 1, [value], False) if value is not None and total.value > 0 else None

    def sum_at(self, i: int) -> tuple[int, float, float] | None:
        """(index after, value, factor of its last scale word) of the number in words that starts at token `i`."""
        total, j, end = Sum(), i, i
        ten_times = bool(self.lex.raw.get("ten_times"))
        while (atoms := self._atoms(j) or self._inside(j, total)) is not None:
            trial = total.copy()
            if atoms[1] == [0]:
                end = atoms[0] if j == i else end
                break
            if not all(trial.add(value, fused=atoms[2], ten_times=ten_times) for value in atoms[1]):
                break
            total, j = trial, atoms[0]
            end = j
            if self.hyphen(j) or self._scale_linked(j):
                j += 1
            elif self.word(j) in self.lex.words["couplers"]:
                if total.group % 100 and not self.lex.raw.get("couple_tens"):
                    break
                j += 1
        if end == i:
            return None
        scale = total.scale if total.group == 0 and total.scale != float("inf") else 1.0
        return end, total.value, scale

"""The words of one sentence as clauses: where they part, whether a finite verb, a pronoun or content stands among them."""

from itertools import accumulate

from service.extract.speech import Lexicon, Tokens
from service.records import Span

QUOTE = "§"
"""The token that stands for a quoted stretch."""
BOUNDARY = frozenset(",;:–—―-()…!?")
_SUBJUNCTIVE = frozenset(
    """sei seien habe haben werde würde würden könne könnten müsse müssten müssen solle sollten wolle dürfe gebe gehe komme
    bleibe stehe liege lasse
    mache hätten hätte wäre wären könnte brauche bekomme halte laufe ende sehe""".split()
)
WHO = frozenset(
    """who which som der die das qui que che który która które který která která которая который який яка joka die dat
    wie""".split()
)


class Clauses:
    """Asks the words of one sentence."""

    def __init__(self, tokens: Tokens, lex: Lexicon) -> None:
        self.t, self.lex = tokens, lex
        self.low = tokens.lows
        self.n = len(tokens)
        signs = [low in BOUNDARY or low == QUOTE for low in self.low]
        if signs:
            signs[-1] = signs[-1] or self.low[-1] == "."
        self._signs = signs
        self._first = self._edges(range(self.n))
        self._last = [self.n - 1 - k for k in reversed(self._edges(range(self.n - 1, -1, -1)))]
        self._words = list(accumulate((self._weight(i) for i in range(self.n)), initial=0))

    def _edges(self, order: range) -> list[int]:
        """For each token of the order, how far back in it the last boundary lies."""
        out, since = [], 0
        for step, i in enumerate(order):
            out.append(since if not self._signs[i] else step)
            if self._signs[i]:
                since = step + 1
        return out

    def _weight(self, i: int) -> int:
        return 2 if self.low[i] == QUOTE else int(self.t.is_word(i))

    def boundary(self, i: int) -> bool:
        """Whether token `i` parts clauses: punctuation, a quote, or the edge of the sentence."""
        return i < 0 or i >= self.n or self._signs[i]

    def chunk(self, i: int) -> Span:
        """The run of words [first, last) around token `i` between two boundaries."""
        return self._first[i], self._last[i] + 1

    def finite(self, first: int, last: int) -> bool:
        """Whether a common finite verb stands among tokens [first, last)."""
        return any(self._finite(i) for i in range(first, min(last, self.n)))

    def _finite(self, i: int) -> bool:
        low = self.low[i]
        if low in self.lex["finite"] or (self.lex.lang == "de" and low in _SUBJUNCTIVE):
            return True
        if self.lex.lang != "en":
            return False
        short = low in ("'s", "’s") and i > 0 and any(self.low[i - 1] in self.lex[kind] for kind in ("he", "she", "it"))
        return short or low.endswith(("'re", "'ve", "'ll", "n't", "'d"))

    def pronoun(self, i: int) -> bool:
        """Whether token `i` is a pronoun of the third person."""
        return 0 <= i < self.n and any(self.low[i] in self.lex[kind] for kind in ("he", "she", "they"))

    def opens(self, i: int) -> bool:
        """Whether no word stands before token `i`."""
        return self._words[max(0, i)] == 0

    def content_before(self, i: int) -> bool:
        """Whether a quote or at least two words stand before token `i`."""
        return self._words[max(0, i)] >= 2

    def relative(self, first: int) -> bool:
        """Whether a relative pronoun stands not far before token `first`."""
        return any(self.low[k] in WHO for k in range(max(0, first - 14), first))

    def after_quote(self, first: int) -> bool:
        """Whether a quote stands before token `first`, signs aside."""
        k = first - 1
        while k >= 0 and self.low[k] in BOUNDARY:
            k -= 1
        return k >= 0 and self.low[k] == QUOTE

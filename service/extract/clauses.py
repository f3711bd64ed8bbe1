"""The words of one sentence as clauses: where they part, whether a finite verb, a pronoun or content stands among them."""

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

    def boundary(self, i: int) -> bool:
        """Whether token `i` parts clauses: punctuation, a quote, or the edge of the sentence."""
        return (
            i < 0 or i >= self.n or self.low[i] in BOUNDARY or self.low[i] == QUOTE or (self.low[i] == "." and i + 1 == self.n)
        )

    def chunk(self, i: int) -> Span:
        """The run of words [first, last) around token `i` between two boundaries."""
        first, last = i, i + 1
        while not self.boundary(first - 1):
            first -= 1
        while not self.boundary(last):
            last += 1
        return first, last

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
        return all(self.low[k] in BOUNDARY for k in range(i))

    def content_before(self, i: int) -> bool:
        """Whether a quote or at least two words stand before token `i`."""
        return sum(1 for k in range(i) if self.low[k] == QUOTE or self.t.is_word(k)) >= 2 or any(
            self.low[k] == QUOTE for k in range(i)
        )

    def relative(self, first: int) -> bool:
        """Whether a relative pronoun stands not far before token `first`."""
        return any(self.low[k] in WHO for k in range(max(0, first - 14), first))

    def after_quote(self, first: int) -> bool:
        """Whether a quote stands before token `first`, signs aside."""
        k = first - 1
        while k >= 0 and self.low[k] in BOUNDARY:
            k -= 1
        return k >= 0 and self.low[k] == QUOTE

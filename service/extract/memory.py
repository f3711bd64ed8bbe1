"""What the text has spoken of so far, and whom a pronoun can stand for."""

from collections.abc import Callable, Sequence

from service.extract.figures import OF, Figure
from service.extract.register import Register
from service.extract.speech import Tokens
from service.records import Span

REACH = 2500
"""Characters back in which a pronoun or a bare role looks for its figure."""
_RELATIVE = frozenset(
    """who which qui quien quienes que che quale der die das dem den som joka który która який яка який который которая který
    která jenž die dat""".split()
)
_GENERAL = frozenset("on man men там tam there man".split())
_GENDERED = frozenset({"fr", "es", "it", "pt", "ro", "de", "pl", "cs", "ru", "uk"})
"""Languages where "he" and "she" may stand for a body."""
_NOUN_LAST = frozenset({"en", "no", "sv", "da", "de", "nl", "fi"})
"""Languages where a name before a noun only qualifies it."""


class Memory:
    """The figures of an article with the places where they are spoken of, and who spoke last."""

    def __init__(self, text: str, paragraphs: Sequence[Span], lang: str) -> None:
        self.text = text
        self.register = Register(text, paragraphs, lang)
        self.lex, self.figures, self.names = self.register.lex, self.register.figures, self.register.names
        self.last: int | None = None

    def pronoun(self, tokens: Tokens, at: int) -> int | None:
        """The figure that a mention of one or two words stands for, if it is a pronoun; None else."""
        lows = [w for w in tokens.lows if w[0].isalpha()]
        if not lows or len(lows) > 2:
            return None
        word = lows[0] if len(lows) == 1 or lows[0] not in OF else lows[1]
        if word in _GENERAL or (lows[-1] in _RELATIVE and all(w in self.lex["function"] or w in _RELATIVE for w in lows)):
            near = self._near(at, 200, lambda f: not f.placed or f.person)
            return near if near is not None else self.last
        if len(lows) == 2 and lows[1] not in self.lex["adverbs"] and lows[1] not in self.lex["function"] and lows[0] not in OF:
            return None
        kinds = [
            k
            for k, name in (("m", "he"), ("f", "she"), ("n", "it"), ("p", "they"), ("w", "we"), ("w", "i"))
            if word in self.lex[name]
        ]
        if not kinds:
            return None
        if "w" in kinds:
            return self.last
        index = self.nearest(at, kinds)
        if index is not None and len(kinds) == 1 and kinds[0] in "mf" and not self.figures[index].gender:
            self.figures[index].gender, self.figures[index].person = kinds[0], True
        return index

    def is_pronoun(self, tokens: Tokens) -> bool:
        """Whether a mention is a pronoun alone, which makes no figure of its own."""
        kinds = ("he", "she", "it", "they", "we", "i")
        return len(tokens) == 1 and any(tokens.lows[0] in self.lex[kind] for kind in kinds)

    def nearest(self, at: int, kinds: Sequence[str]) -> int | None:
        """The figure last spoken of that the pronoun can stand for; sure persons before possible ones."""
        best: tuple[float, int] | None = None
        for i, figure in enumerate(self.figures):
            place = figure.before(at)
            if place < max(0, at - REACH) or (fit := self.fit(figure, kinds)) <= 0:
                continue
            distance = (at - place) * (0.6 if i == self.last else 1.0) / fit**2
            if best is None or distance < best[0]:
                best = (distance, i)
        return None if best is None else best[1]

    def fit(self, figure: Figure, kinds: Sequence[str]) -> float:
        """How well a figure fits a pronoun, from 0 (not at all) to 1."""
        personal = "m" in kinds or "f" in kinds
        if figure.many:
            return 1.0 if "p" in kinds else 0.0
        if personal and figure.gender in ("m", "f"):
            return 1.0 if figure.gender in kinds else 0.0
        many_words = figure.name is not None and len(figure.name.words) >= 2 and not any(c.isdigit() for c in figure.label)
        if personal:
            if figure.gender == "n" or not (figure.person or many_words):
                last = self.last is not None and self.figures[self.last] is figure
                bodily = last and (figure.gender == "n" or figure.speaks)
                return 0.4 if bodily and ("n" in kinds or "p" in kinds or self.lex.lang in _GENDERED) else 0.0
            base = 1.0 if figure.person else 0.5 if figure.speaks else 0.05 if figure.placed else 0.2
            return base * (0.5 if figure.guess and figure.guess not in kinds else 1.0)
        if figure.gender in ("m", "f") or (figure.person and figure.name is not None):
            return 0.0
        if figure.person:
            return 0.9 if "p" in kinds else 0.0
        if figure.gender == "n" or figure.name is None or figure.speaks:
            return 1.0
        return 0.05 if figure.placed else 0.2

    def _near(self, at: int, reach: int, suits: Callable[[Figure], bool]) -> int | None:
        found = [(p, i) for i, f in enumerate(self.figures) for p in f.within(at - reach, at) if suits(f)]
        return max(found)[1] if found else None

    def unsaid(self, at: int, sentence: Span | None) -> int | None:
        """The speaker of a cue without a subject, or of a quote without a cue."""
        if sentence is not None:
            start = self.text.rfind("\n", 0, sentence[0]) + 1
            persons = [(p, i) for i, f in enumerate(self.figures) for p in f.within(start, sentence[1]) if self._speaks(f)]
            own = [(p, i) for p, i in persons if p >= sentence[0]]
            if own:
                return min(own)[1]
            if persons:
                return max(persons)[1]
        if self.last is not None:
            return self.last
        following = [(p, i) for i, f in enumerate(self.figures) for p in f.within(at, at + 400) if self._speaks(f)]
        return min(following)[1] if following else None

    def _speaks(self, figure: Figure) -> bool:
        named = figure.name is not None and len(figure.name.words) >= 2 and not figure.placed and figure.gender != "n"
        return figure.person or named

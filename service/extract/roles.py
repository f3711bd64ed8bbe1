"""Bare roles and class words: "the colonel", "the company", "direktoratet", each to the figure it stands for."""

from service.extract.entities import word_match
from service.extract.figures import OF, Figure, content_words, gender_of, heads_of
from service.extract.memory import REACH, Memory
from service.extract.speech import Tokens

INDEFINITE = frozenset(
    """a an un una une uno ein eine einer einem en ett et ei eit um uma een one some several two three four five many most
    another other both jeden jedna jedno один одна
    två to tre zwei due deux dos dois dwa dwie dwóch dva dvě kaksi кілька несколько два две дві flere flera mehrere plusieurs
    varios vários diversi několik kilka useita""".split()
)
_DEFINITE = frozenset("the le la l' el il lo o a der die das den dem de het ta ten".split())
NOUN_LAST = frozenset({"en", "no", "sv", "da", "de", "nl", "fi"})
"""Languages where a name before a noun only qualifies it."""


class Roles:
    """Looks a role up among the figures that the text has spoken of."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.lex, self.figures = memory.lex, memory.figures

    def find(self, tokens: Tokens, at: int) -> int | None:
        """The figure a bare role or class word stands for: "the colonel", "L’avocate", "the paramilitary group"."""
        words = content_words(tokens, self.lex)
        heads = heads_of(tokens.lows, self.lex) or (words[-1:] if self.lex.lang in NOUN_LAST else words[:1])
        if not words or len(words) > 6:
            return None
        owned = self._owned(tokens)
        best: tuple[int, int, int] | None = None
        for i, figure in enumerate(self.figures):
            known = figure.heads if figure.name is not None else figure.heads | figure.roles
            headed = any(self._alike(h, r) for h in heads for r in known)
            shared = sum(1 for w in words if any(self._alike(w, r) for r in figure.roles | figure.words | figure.heads))
            by_trait = len(words) == 2 and not figure.person and any(self._alike(words[0], r) for r in figure.roles)
            if not headed and not by_trait:
                continue
            if not shared or (shared < len(words) * 0.6 and (len(words) > 2 or owned)):
                continue
            place = figure.before(at)
            if best is None or (shared, place) > best[:2]:
                best = (shared, place, i)
        if best:
            return best[2]
        if tokens.lows[0] in INDEFINITE or tokens.lows[0][0].isdigit():
            return None
        if self._definite(tokens) and heads[0] in self.lex["persons"] and (index := self._unroled(tokens, at)) is not None:
            self.figures[index].heads.update(heads)
            self.figures[index].roles.update(words)
            return index
        if owned or len(words) > 2:
            return None
        return self._class_word(heads[0], tokens, at)

    def _definite(self, tokens: Tokens) -> bool:
        """Whether the mention is of one that the text has told of already: "the director", "direktøren", "директор"."""
        if tokens.lows[0] in _DEFINITE:
            return not (self.lex.lang == "en" and tokens.lows[-1].endswith("s"))
        if self.lex.lang in ("no", "sv", "da"):
            return len(tokens) == 1 and tokens.lows[0].endswith(("en", "et", "n", "a"))
        return self.lex.lang in ("ru", "uk", "pl", "cs", "fi") and len(tokens) == 1

    def _unroled(self, tokens: Tokens, at: int) -> int | None:
        """The person just spoken of whose role is not told: "Dr Alwena Pryce tells it differently. … the director said"."""
        gender = gender_of(tokens.lows, self.lex)
        index = self._memory.nearest(at, [gender] if gender else ["m", "f"])
        if index is None:
            return None
        figure = self.figures[index]
        place = figure.before(at)
        named = figure.name is not None and len(figure.name.words) >= 2 and not figure.placed
        told = any(h in self.lex["persons"] for h in figure.heads)
        return index if named and not told and at - place < 450 and figure.gender != "n" else None

    def _owned(self, tokens: Tokens) -> bool:
        """Whether a possessor stands in the mention: "its deputy minister", "Ethiopia's prime minister"."""
        low = tokens.lows
        pronoun = any(low[0] in self.lex[x] for x in ("he", "she", "it", "they"))
        return pronoun or any(w in ("'s", "’s", "'", "’") for w in low) or any(w in OF for w in low[1:])

    def _class_word(self, head: str, tokens: Tokens, at: int) -> int | None:
        """A person or body that the text calls by its class alone: the last one that can be meant."""
        if head in self.lex["anyone"]:
            gender = gender_of(tokens.lows, self.lex)
            return self._memory.nearest(at, [gender] if gender else ["m", "f"]) if self._memory.last is not None else None
        if len(content_words(tokens, self.lex)) > 1 or head not in self.lex["classes"] or head in self.lex["persons"]:
            return None
        return self.body(head, at, sure=False)

    def body(self, word: str, at: int, *, sure: bool) -> int | None:
        """The named body that a class word stands for; `sure` asks that it lead the others clearly."""
        if word not in self.lex["classes"]:
            return None
        memory = self._memory
        last = self.figures[memory.last] if memory.last is not None else None
        if not sure and last is not None and last.name is not None and self._bodily(last) and not last.placed:
            return memory.last
        bodies = sorted(
            (
                (len(f.places) * (2 if f.gender == "n" else 1) * (3 if f.speaks else 1) / (1 + 4 * f.placed), -i)
                for i, f in enumerate(self.figures)
                if f.name is not None and self._bodily(f) and f.before(at) > max(-1, at - REACH)
            ),
            reverse=True,
        )
        if not bodies or (sure and (bodies[0][0] < 3 or (len(bodies) > 1 and bodies[0][0] < 2 * bodies[1][0]))):
            return None
        return -bodies[0][1]

    def _bodily(self, figure: Figure) -> bool:
        return not figure.person and figure.gender in ("", "n") and not (figure.guess and figure.gender == "")

    def _alike(self, a: str, b: str) -> bool:
        if a == b or word_match(a, b, self.lex):
            return True
        if self.lex.lang in NOUN_LAST and min(len(a), len(b)) >= 6 and 0 < b.rfind(a[:-2]) >= len(b) - len(a) - 1:
            return True  # "direktoratet" of the "energidirektorat"
        shared = next((k for k in range(min(len(a), len(b))) if a[k] != b[k]), min(len(a), len(b)))
        return shared >= 4 and shared >= 0.7 * max(len(a), len(b))

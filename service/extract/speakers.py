"""One speaker out of many mentions: "Mr Lavrov", "Sergei Lavrov", "Russia's foreign minister", "he".

Each is given the fullest name in the text. Mentions are resolved in reading order, so that a pronoun or a bare role finds
whom the text last spoke of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.extract.entities import Name
from service.extract.figures import OF, Figure, gender_of, heads_of
from service.extract.memory import Memory
from service.extract.roles import INDEFINITE, NOUN_LAST, Roles
from service.extract.speech import Tokens, tokenize
from service.records import Span

_PLURAL = INDEFINITE - frozenset(
    "a an un una une uno ein eine einer einem en ett et ei eit um uma een one another other один одна jeden jedna jedno".split()
)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whom a mention stands for."""

    label: str | None
    role: str | None = None
    figure: int | None = None


class Cast:
    """Resolves the mentions of one article; call `resolve` in reading order."""

    def __init__(self, text: str, paragraphs: Sequence[Span], lang: str) -> None:
        self.text = text
        self.memory = Memory(text, paragraphs, lang)
        self.register, self.lex, self.figures = self.memory.register, self.memory.lex, self.memory.figures
        self.names = self.memory.names
        self._roles = Roles(self.memory)

    def resolve(self, mention: Span | None, at: int, *, sentence: Span | None = None) -> Speaker:
        """Whom the words of `mention` stand for at offset `at`; None means that none stand there.

        `sentence` is the sentence of a cue without a subject ("…, conta."): its speaker is then looked for there and just
        before.
        """
        if mention is None:
            index = self.memory.unsaid(at, sentence)
        else:
            tokens = tokenize(self.text, self.lex.lang, start=mention[0], end=mention[1])
            index = self._find(mention, tokens)
            if index is None:
                index = self.memory.unsaid(mention[0], None) if self.memory.is_pronoun(tokens) else self._new(tokens)
        if index is None:
            return Speaker(None)
        figure = self.figures[index]
        if mention is not None and figure.name is not None and not figure.person and len(figure.name.words) == 1:
            self._complete(figure, tokens)
        figure.speak_of(at)
        self.memory.last = index
        return Speaker(figure.label, figure.role, index)

    def _find(self, mention: Span, tokens: Tokens) -> int | None:
        index = self._named(mention, tokens)
        if index is None and len(tokens) <= 3:
            index = self.memory.pronoun(tokens, mention[0])
        if index is None:
            index = self._roles.find(tokens, mention[0])
        return index

    def stands_for(self, pronoun: str, at: int) -> Figure | None:
        """The named person that "he" or "she" at offset `at` means, where one stands near and none rivals; changes nothing."""
        kind = "m" if pronoun in self.lex["he"] else "f"
        near = [
            (f.before(at), i)
            for i, f in enumerate(self.figures)
            if f.name is not None and self.memory.fit(f, [kind]) >= 0.25 and f.before(at) > max(-1, at - 700)
        ]
        near.sort(reverse=True)
        if not near or (len(near) > 1 and near[0][0] - near[1][0] < 40):
            return None
        figure = self.figures[near[0][1]]
        return figure if figure.person or figure.gender == kind or len(near) == 1 else None

    def stands_for_class(self, word: str, at: int) -> Figure | None:
        """The named body that "the company" at offset `at` means, where none rivals it; changes nothing."""
        index = self._roles.body(word, at, sure=True)
        return None if index is None else self.figures[index]

    def hear(self, mentions: Sequence[Span]) -> None:
        """Notes who speaks at all in the article, so that a pronoun finds a speaker rather than a place."""
        for mention in mentions:
            tokens = tokenize(self.text, self.lex.lang, start=mention[0], end=mention[1])
            index = self._named(mention, tokens)
            if index is not None:
                self.figures[index].speaks = True

    def _named(self, mention: Span, tokens: Tokens) -> int | None:
        """The figure of the name that heads the mention: not a possessor ("Rzayev's spokesman"), nor after a preposition."""
        inside = self.names.starting(mention)
        candidates = [
            (n, k) for n in inside if (k := self._heads(n, tokens)) is not None and self.register.index_of(n) is not None
        ]
        roles = [(n, k) for n, k in candidates if all(w in self.lex["persons"] or w in self.lex["titles"] for w in n.words)]
        candidates = candidates if len(roles) == len(candidates) else [c for c in candidates if c not in roles]
        if not candidates:
            return None
        nouns = [k for k in range(len(tokens)) if tokens.lows[k] in self.lex["persons"] or tokens.lows[k] in self.lex["titles"]]
        first, place = candidates[0]
        behind_name = next((k for k in range(len(tokens)) if tokens.starts[k] >= first.span[1]), len(tokens))
        if behind_name < len(tokens) and tokens.lows[behind_name] == "," and not any(noun < place for noun in nouns):
            return self.register.index_of(first)  # "Oleg Nikolenko, a spokesman for Ukraine's Ministry of Foreign Affairs"
        after = [n for n, k in candidates if any(noun < k for noun in nouns)]
        if after and any(place < noun for noun in nouns):
            beside = [n for n, k in candidates if k - 1 in nouns]
            return self.register.index_of(beside[0] if beside else after[-1])
        behind = [n for n, k in candidates[1:] if k and tokens.lows[k - 1] == ","]
        if behind and any(noun < place for noun in nouns):
            return self.register.index_of(behind[0])  # "wójt gminy Lubycza, Henryk Maj"
        if any(noun > place for noun in nouns) and "," not in tokens.lows[place : max(nouns)]:
            return None  # "Kremlin officials"
        return self.register.index_of(first)

    def _heads(self, name: Name, tokens: Tokens) -> int | None:
        """The token where the name begins if it can head the mention, or None."""
        start = self.register.bare.get(name.span, name.span)[0]
        first = next((k for k in range(len(tokens)) if tokens.starts[k] >= start), 0)
        after = next((k for k in range(len(tokens)) if tokens.starts[k] >= name.span[1]), len(tokens))
        if after < len(tokens) and tokens.lows[after] in ("'s", "’s", "'", "’"):
            return None
        if first > 1 and tokens.lows[first - 1] == "(":
            return None
        before = first - 1
        while before > 0 and tokens.lows[before] in self.lex["function"] and tokens.lows[before] not in OF:
            before -= 1
        if before > 0 and tokens.lows[before] in OF and self._noun_before(tokens, before + 1):
            return None
        if after < len(tokens) and tokens.is_word(after) and not tokens.capital(after):
            low = tokens.lows[after]
            if low in self.lex["groups"] or (self.lex.lang in NOUN_LAST and low not in self.lex["function"] and low not in OF):
                return None  # "UN experts", "the Texas company"
        return first

    def _noun_before(self, tokens: Tokens, first: int) -> bool:
        return any(
            tokens.is_word(k) and tokens.lows[k] not in self.lex["function"] and tokens.lows[k] not in OF
            for k in range(first - 1)
        )

    def _complete(self, figure: Figure, tokens: Tokens) -> None:
        """Takes the words around a one-word name into its label: "Autoridad" of "la Autoridad Portuaria"."""
        label = self._label(tokens)
        possessed = any(w in ("'s", "’s") for w in tokens.lows)
        if figure.label in label and len(label.split()) <= 6 and not possessed and not label.split()[0].islower():
            figure.label = label

    def _new(self, tokens: Tokens) -> int | None:
        """A figure without a name: "two medical workers", "the foreign ministry"."""
        label = self._label(tokens)
        if not any(c.isalpha() for c in label):
            return None
        lows = tokenize(label, self.lex.lang).lows
        heads = set(heads_of(lows, self.lex))
        figure = Figure(label, None, set(), {w for w in lows if w not in self.lex["function"] and w[0].isalpha()}, heads)
        figure.person = any(h in self.lex["persons"] for h in heads)
        figure.gender = gender_of(lows, self.lex) or ("n" if heads and not figure.person else "")
        figure.many = lows[0] in _PLURAL or lows[0][0].isdigit() or (self.lex.lang == "en" and any(h[-1] == "s" for h in heads))
        self.figures.append(figure)
        for k in range(1, len(tokens) - 1):
            if tokens.lows[k - 1] == "(" and tokens.texts[k].isupper():
                self.register.alias(tokens.texts[k], len(self.figures) - 1)
        return len(self.figures) - 1

    def _label(self, tokens: Tokens) -> str:
        """The words of a mention without articles before it and appositions behind it."""
        first, last = 0, len(tokens)
        while first < last - 1 and tokens.lows[first] in self.lex["function"] and tokens.lows[first] not in INDEFINITE:
            if tokens.lows[first][-1] == "'":
                break  # an article that is written as one with its noun
            first += 1
        if first < last - 1 and tokens.lows[first] in ("a", "an"):
            first += 1
        cut = next((k for k in range(first + 1, last) if tokens.lows[k] in (",", "(", "–", "—")), last)
        last = cut
        while last > first + 1 and (tokens.lows[last - 1] in self.lex["function"] or not tokens.is_word(last - 1)):
            last -= 1
        return self.text[tokens.starts[first] : tokens.ends[last - 1]] if last > first else ""

"""One speaker out of many mentions: "Mr Lavrov", "Sergei Lavrov", "Russia's foreign minister", "he".

Each is given the fullest name in the text. Mentions are resolved in reading order, so that a pronoun or a bare role finds
whom the text last spoke of.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from service.extract.entities import Name, word_match
from service.extract.figures import OF, Figure, Register, content_words, gender_of, heads_of
from service.extract.speech import Tokens, tokenize
from service.records import Span

_REACH = 2500
"""Characters back in which a pronoun or a bare role looks for its figure."""
_INDEFINITE = frozenset(
    """a an un una une uno ein eine einer einem en ett et ei eit um uma een one some several two three four five many most
    another other both jeden jedna jedno один одна
    två to tre zwei due deux dos dois dwa dwie dwóch dva dvě kaksi кілька несколько два две дві flere flera mehrere plusieurs
    varios vários diversi několik kilka useita""".split()
)
_PLURAL = _INDEFINITE - frozenset("a an un una une uno ein eine einer einem en ett et ei eit um uma een one another other один одна jeden jedna jedno".split())
_DEFINITE = frozenset("the le la l' el il lo o a der die das den dem de het ta ten".split())
_RELATIVE = frozenset(
    """who which qui quien quienes que che quale der die das dem den som joka który która який яка який который которая který
    která jenž die dat""".split()
)
_GENDERED = frozenset({"fr", "es", "it", "pt", "ro", "de", "pl", "cs", "ru", "uk"})
"""Languages where "he" and "she" may stand for a body."""
_NOUN_LAST = frozenset({"en", "no", "sv", "da", "de", "nl", "fi"})
"""Languages where a name before a noun only qualifies it."""
_GENERAL = frozenset("on man men там tam there man".split())


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
        self.register = Register(text, paragraphs, lang)
        self.lex, self.figures, self.names = self.register.lex, self.register.figures, self.register.names
        self.last: int | None = None

    def resolve(self, mention: Span | None, at: int, *, sentence: Span | None = None) -> Speaker:
        """Whom the words of `mention` stand for at offset `at`; None means that none stand there.

        `sentence` is the sentence of a cue without a subject ("…, conta."): its speaker is then looked for there and just
        before.
        """
        if mention is None:
            index = self._unsaid(at, sentence)
        else:
            tokens = tokenize(self.text, self.lex.lang, start=mention[0], end=mention[1])
            index = self._find(mention, tokens)
            if index is None:
                index = self._new(tokens)
        if index is None:
            return Speaker(None)
        figure = self.figures[index]
        if mention is not None and figure.name is not None and not figure.person and len(figure.name.words) == 1:
            self._complete(figure, tokens)
        figure.places.append(at)
        figure.places.sort()
        self.last = index
        return Speaker(figure.label, figure.role, index)

    def _find(self, mention: Span, tokens: Tokens) -> int | None:
        index = self._named(mention, tokens)
        if index is None and len(tokens) <= 3:
            index = self._pronoun(tokens, mention[0])
        if index is None:
            index = self._by_role(tokens, mention[0])
        return index

    def stands_for(self, pronoun: str, at: int) -> Figure | None:
        """The named person that "he" or "she" at offset `at` means, where one stands near and none rivals; changes nothing."""
        kind = "m" if pronoun in self.lex["he"] else "f"
        near = [
            (max(p for p in f.places if p < at), i)
            for i, f in enumerate(self.figures)
            if f.name is not None and self._fit(f, [kind]) >= 0.25 and any(at - 700 < p < at for p in f.places)
        ]
        near.sort(reverse=True)
        if not near or (len(near) > 1 and near[0][0] - near[1][0] < 40):
            return None
        figure = self.figures[near[0][1]]
        return figure if figure.person or figure.gender == kind or len(near) == 1 else None

    def hear(self, mentions: Sequence[Span]) -> None:
        """Notes who speaks at all in the article, so that a pronoun finds a speaker rather than a place."""
        for mention in mentions:
            tokens = tokenize(self.text, self.lex.lang, start=mention[0], end=mention[1])
            index = self._named(mention, tokens)
            if index is not None:
                self.figures[index].speaks = True

    # names

    def _named(self, mention: Span, tokens: Tokens) -> int | None:
        """The figure of the name that heads the mention: not a possessor ("Rzayev's spokesman"), nor after a preposition."""
        inside = [n for n in self.names.all if mention[0] <= n.span[0] < mention[1]]
        candidates = [
            (n, k) for n in inside if (k := self._heads(n, tokens)) is not None and self.register.index_of(n) is not None
        ]
        roles = [(n, k) for n, k in candidates if all(w in self.lex["persons"] or w in self.lex["titles"] for w in n.words)]
        candidates = candidates if len(roles) == len(candidates) else [c for c in candidates if c not in roles]
        if not candidates:
            return None
        nouns = [k for k in range(len(tokens)) if tokens.lows[k] in self.lex["persons"] or tokens.lows[k] in self.lex["titles"]]
        after = [n for n, k in candidates if any(noun < k for noun in nouns)]
        first, place = candidates[0]
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
            if low in self.lex["groups"] or (self.lex.lang in _NOUN_LAST and low not in self.lex["function"] and low not in OF):
                return None  # "UN experts", "the Texas company"
        return first

    def _noun_before(self, tokens: Tokens, first: int) -> bool:
        return any(
            tokens.is_word(k) and tokens.lows[k] not in self.lex["function"] and tokens.lows[k] not in OF
            for k in range(first - 1)
        )

    # pronouns

    def _pronoun(self, tokens: Tokens, at: int) -> int | None:
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
        index = self._nearest(at, kinds)
        if index is not None and len(kinds) == 1 and kinds[0] in "mf" and not self.figures[index].gender:
            self.figures[index].gender, self.figures[index].person = kinds[0], True
        return index

    def _nearest(self, at: int, kinds: Sequence[str]) -> int | None:
        """The figure last spoken of that the pronoun can stand for; sure persons before possible ones."""
        best: tuple[float, int] | None = None
        for i, figure in enumerate(self.figures):
            place = max((p for p in figure.places if p < at), default=-1)
            fit = self._fit(figure, kinds)
            if place < at - _REACH or place < 0 or fit <= 0:
                continue
            distance = (at - place) * (0.6 if i == self.last else 1.0) / fit**2
            if best is None or distance < best[0]:
                best = (distance, i)
        return None if best is None else best[1]

    def _fit(self, figure: Figure, kinds: Sequence[str]) -> float:
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

    def _near(self, at: int, reach: int, suits: object = None) -> int | None:
        found = [
            (p, i)
            for i, f in enumerate(self.figures)
            for p in f.places
            if at - reach < p < at and (not callable(suits) or suits(f))
        ]
        return max(found)[1] if found else None

    def _unsaid(self, at: int, sentence: Span | None) -> int | None:
        """The speaker of a cue without a subject, or of a quote without a cue."""
        if sentence is not None:
            start = self.text.rfind("\n", 0, sentence[0]) + 1
            persons = [
                (p, i) for i, f in enumerate(self.figures) for p in f.places if start <= p < sentence[1] and self._speaks(f)
            ]
            own = [(p, i) for p, i in persons if p >= sentence[0]]
            if own:
                return min(own)[1]
            if persons:
                return max(persons)[1]
        if self.last is not None:
            return self.last
        following = [(p, i) for i, f in enumerate(self.figures) for p in f.places if at <= p < at + 400 and self._speaks(f)]
        return min(following)[1] if following else None

    def _speaks(self, figure: Figure) -> bool:
        named = figure.name is not None and len(figure.name.words) >= 2 and not figure.placed and figure.gender != "n"
        return figure.person or named

    # roles

    def _by_role(self, tokens: Tokens, at: int) -> int | None:
        """The figure a bare role or class word stands for: "the colonel", "L’avocate", "the paramilitary group"."""
        words = content_words(tokens, self.lex)
        heads = heads_of(tokens.lows, self.lex) or (words[-1:] if self.lex.lang in _NOUN_LAST else words[:1])
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
            place = max((p for p in figure.places if p < at), default=-1)
            if best is None or (shared, place) > best[:2]:
                best = (shared, place, i)
        if best:
            return best[2]
        if tokens.lows[0] in _INDEFINITE or tokens.lows[0][0].isdigit():
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
        """The person just spoken of whose role the text has not told: "Dr Alwena Pryce tells it differently. … the director
        said"."""
        gender = gender_of(tokens.lows, self.lex)
        index = self._nearest(at, [gender] if gender else ["m", "f"])
        if index is None:
            return None
        figure = self.figures[index]
        place = max((p for p in figure.places if p < at), default=-1)
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
            return self._nearest(at, [gender] if gender else ["m", "f"]) if self.last is not None else None
        if len(content_words(tokens, self.lex)) > 1 or head not in self.lex["classes"] or head in self.lex["persons"]:
            return None
        bodies = [
            (len(f.places) * (2 if f.gender == "n" else 1) * (3 if f.speaks else 1) / (1 + 4 * f.placed), -i)
            for i, f in enumerate(self.figures)
            if f.name is not None and not f.person and f.gender in ("", "n") and any(at - _REACH < p < at for p in f.places)
        ]
        last = self.figures[self.last] if self.last is not None else None
        if last is not None and last.gender == "n" and last.name is not None and not last.placed:
            return self.last
        return -max(bodies)[1] if bodies else None

    def _alike(self, a: str, b: str) -> bool:
        if a == b or word_match(a, b, self.lex):
            return True
        if self.lex.lang in _NOUN_LAST and min(len(a), len(b)) >= 6 and 0 < (at := b.rfind(a[:-2])) >= len(b) - len(a) - 1:
            return True  # "direktoratet" of the "energidirektorat"
        shared = next((k for k in range(min(len(a), len(b))) if a[k] != b[k]), min(len(a), len(b)))
        return shared >= 4 and shared >= 0.7 * max(len(a), len(b))

    def _complete(self, figure: Figure, tokens: Tokens) -> None:
        """Takes the words around a one-word name into its label: "Autoridad" of "la Autoridad Portuaria" or "Observatoire du
        bâti"."""
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
        while first < last - 1 and tokens.lows[first] in self.lex["function"] and tokens.lows[first] not in _INDEFINITE:
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

"""Makes the figures of an article from its names and what stands beside them."""

import re
from collections.abc import Sequence

from service.extract.entities import Name, Names, word_match
from service.extract.figures import OF, Figure, gender_hint, gender_of, heads_of
from service.extract.speech import Tokens, lexicon, tokenize
from service.records import Span

PLACED = frozenset(
    """in at near from i på nær nära ved fra från aus bei nach te naar à en dans a ad da em no na w we z do v ve u в во из на
    у до під із""".split()
)
"""Words before a name that is a place there."""
_AGE = re.compile(r"(?:, | \()\d{2}(?=[,)]| ?(?:år|Jahre|ans|años|anni|anos|lat|let|лет|років)\b)")
"""An age behind a name: it is a person's."""


_KEY = 3
"""First letters that two forms of one name share."""


class Register:
    """The figures of one article, made from its names and what stands beside them."""

    def __init__(self, text: str, paragraphs: Sequence[Span], lang: str) -> None:
        self.text, self.lex = text, lexicon(lang)
        self.names = Names(text, paragraphs, lang)
        self.figures: list[Figure] = []
        self._by_span: dict[Span, int] = {}
        self._by_key: dict[str, list[int]] = {}
        self.bare: dict[Span, Span] = {}
        """Where each run of capitals begins to be a name, past its titles."""
        for name in sorted(self.names.all, key=lambda n: (-len(n.words), n.span)):
            self._place(name)
        for figure in self.figures:
            figure.places.sort()

    def index_of(self, name: Name) -> int | None:
        """The figure that bears the name."""
        found = self._by_span.get(name.span)
        if found is None:
            words = [w for w in name.words if len(w) > 2]
            found = next(iter(self._bearers(words)), None)
        return found

    def _bearers(self, words: Sequence[str]) -> list[int]:
        """The figures whose name holds all the words, the earliest first."""
        if not words:
            return []
        near = {*self._by_key.get(words[0][:_KEY], ()), *self._by_key.get(words[0], ())}
        return [i for i in sorted(near) if self._same(words, self.figures[i])]

    def alias(self, text: str, index: int) -> None:
        """Makes a figure the bearer of every name that reads so: "… energidirektorat (NVE)"."""
        for name in self.names.all:
            if name.text == text:
                self._by_span[name.span] = index

    def _place(self, name: Name) -> None:
        inner, bare = self._parted(name)
        self.bare[name.span] = bare.span
        words = [w for w in bare.words if len(w) > 1]
        if not words:
            return
        options = self._bearers(words)
        index = self._best(options, bare, inner)
        if index is None:
            if not name.sure and len(words) == 1:
                return
            self.figures.append(Figure(bare.text, bare, guess=gender_hint(bare, self.lex.lang)))
            index = len(self.figures) - 1
            for key in {w[:_KEY] for w in bare.words} | {"".join(w[0] for w in bare.words)}:
                self._by_key.setdefault(key, []).append(index)
        figure = self.figures[index]
        if figure.name and len(bare.text) < len(figure.name.text) and len(bare.words) == len(figure.name.words):
            figure.name, figure.label = bare, bare.text  # "Nationalbanken", not "Nationalbankens"
        figure.words.update(words)
        figure.places.append(bare.span[0])
        self._by_span[bare.span] = self._by_span[name.span] = index
        if len(options) < 2:
            self._beside(figure, bare, inner)

    def _parted(self, name: Name) -> tuple[tuple[str, ...], Name]:
        """The titles and roles that open a run of capitals ("Foreign Minister"), and the name without them."""
        tokens = tokenize(self.text, self.lex.lang, start=name.span[0], end=name.span[1])
        cut = self._office(name, tokens)
        for i in range(len(tokens) - 1):
            if tokens.lows[i] in self.lex["titles"] or tokens.lows[i] in self.lex["persons"]:
                cut = i + 1
        while 0 < cut < len(tokens) and not tokens.is_word(cut):
            cut += 1
        if not 0 < cut < len(tokens) or not tokens.capital(cut):
            return (), name
        start, end = tokens.starts[cut], name.span[1]
        words = tuple(w for w in tokens.lows[cut:] if w[0].isalnum())
        return tokens.lows[:cut], Name(self.text[start:end], (start, end), words, name.sure)

    def _office(self, name: Name, tokens: Tokens) -> int:
        """How many words at the start belong to an office or a place before them: "Minister for Finance Colm Daverin"."""
        line = self.text.rfind("\n", 0, name.span[0]) + 1
        before = tokenize(self.text, self.lex.lang, start=max(line, name.span[0] - 40), end=name.span[0])
        if len(tokens) < 3 or len(before) < 2:
            return 0
        slavic = self.lex.lang in ("ru", "uk", "pl", "cs") and before.lows[-1] in self.lex["persons"]
        patronymic = tokens.lows[-2].endswith(("вич", "вна", "ича", "вны", "ичу", "вну", "ич"))
        if (slavic and not patronymic) or (before.lows[-1] in OF and before.lows[-2] in self.lex["persons"]):
            return len(tokens) - 2
        return 0

    def _same(self, words: Sequence[str], figure: Figure) -> bool:
        have = figure.name.words if figure.name else ()
        initials = "".join(w[0] for w in have)
        if len(words) == 1 and 2 <= len(have) <= 6 and initials == words[0]:
            return True  # "RSF" of the Rapid Support Forces
        return all(any(word_match(w, h, self.lex) for h in have) for w in words)

    def _best(self, options: Sequence[int], name: Name, inner: Sequence[str]) -> int | None:
        if len(options) < 2:
            return options[0] if options else None
        gender = gender_of(inner, self.lex)

        def rank(i: int) -> tuple[bool, bool, int]:
            figure = self.figures[i]
            known = figure.gender or figure.guess
            before = [name.span[0] - p for p in figure.places if p <= name.span[0]]
            return (
                bool(gender and known and gender != known),
                not any(r in figure.roles for r in inner),
                min(before, default=10**9),
            )

        return min(options, key=rank)

    # what stands beside a name

    def _beside(self, figure: Figure, name: Name, inner: Sequence[str]) -> None:
        start, end = name.span
        line = self.text.rfind("\n", 0, start) + 1
        before = tokenize(self.text, self.lex.lang, start=max(line, start - 90), end=start)
        stop = self.text.find("\n", end, end + 110)
        after = tokenize(self.text, self.lex.lang, start=end, end=stop if stop >= 0 else min(len(self.text), end + 110))
        if before and before.lows[-1] in PLACED and not inner:
            figure.placed += 1
        phrases: list[tuple[str, ...]] = [tuple(inner)] if inner else []
        for tokens, span in ((before, self._before(before)), (after, self._after(after))):
            if span:
                phrases.append(tokens.lows[span[0] : span[1]])
                figure.role = figure.role or self.text[tokens.starts[span[0]] : tokens.ends[span[1] - 1]]
        figure.role = figure.role or (" ".join(inner) or None)
        figure.roles.update(self._modifiers(before))
        for phrase in phrases:
            figure.roles.update(w for w in phrase if w not in self.lex["function"] and w[0].isalpha())
            figure.heads.update(heads_of(phrase, self.lex))
        words = [w for phrase in phrases for w in phrase]
        figure.gender = figure.gender or gender_of([*words[:6], *figure.heads], self.lex)
        figure.person = figure.person or any(h in self.lex["persons"] or h in self.lex["titles"] for h in figure.heads)
        figure.person = figure.person or any(w in self.lex["persons"] for w in name.words[:1])
        figure.person = figure.person or bool(_AGE.match(self.text, end))
        body = any(w in self.lex["groups"] for w in (*name.words, *figure.heads))
        if body and not figure.person and not figure.gender:
            figure.gender = "n"
            figure.heads.update(w for w in name.words if w in self.lex["groups"])

    def _modifiers(self, tokens: Tokens) -> list[str]:
        """Lower-case words between a determiner and the name: "the paramilitary Rapid Support Forces"."""
        found: list[str] = []
        for k in range(len(tokens) - 1, max(-1, len(tokens) - 4), -1):
            if not tokens.is_word(k) or tokens.capital(k):
                return []
            if tokens.lows[k] in self.lex["function"]:
                return found
            found.append(tokens.lows[k])
        return []

    def _before(self, tokens: Tokens) -> Span | None:
        """The words just before a name that name a role: "army spokesman", "Ukraine's foreign ministry spokesman"."""
        last = len(tokens)
        comma = bool(last) and tokens.lows[last - 1] == ","
        last -= comma
        first = last
        while first > 0 and last - first < 9 and (tokens.is_word(first - 1) or tokens.lows[first - 1] in ("'s", "’s")):
            low = tokens.lows[first - 1]
            if low in self.lex["finite"] or low in self.lex["comp"] or self.lex["say"].at(tokens.lows, first - 1):
                break
            first -= 1
        for k in range(last - 1, first - 1, -1):
            low = tokens.lows[k]
            if self.lex.lang == "en" and low.endswith("s") and low in self.lex["persons"]:
                return None  # "told reporters Ukraine had recognised"
            if (
                low in self.lex["persons"]
                or low in self.lex["titles"]
                or (low in self.lex["groups"] and k == last - 1 and not comma)
            ):
                if k < last - 1 and (not comma or tokens.lows[k + 1] not in OF):
                    return None
                return self._role_start(tokens, first, k), last
            if not comma and last - k > 6:
                return None
        return None

    def _role_start(self, tokens: Tokens, first: int, k: int) -> int:
        while k > first and tokens.lows[k - 1] not in self.lex["function"] and tokens.lows[k - 1] not in self.lex["and"]:
            k -= 1
        return k

    def _after(self, tokens: Tokens) -> Span | None:
        """The words after a name and a comma that name a role: ", a spokesman for Ukraine's ministry"."""
        if len(tokens) < 2 or tokens.lows[0] not in (",", "(", "–", "—"):
            return None
        end = 1
        while end < len(tokens) and (tokens.is_word(end) or tokens.lows[end] in ("'s", "’s")) and end < 12:
            if self.lex["say"].at(tokens.lows, end) or (tokens.lows[end] in self.lex["finite"] and end > 3):
                break
            end += 1
        role = next((k for k in range(1, end) if tokens.lows[k] in self.lex["persons"]), None)
        if role is None or role > 5:
            return None
        other = any(
            tokens.capital(k) and tokens.capital(k + 1) and tokens.lows[k - 1] not in OF for k in range(role + 1, end - 1)
        )
        return None if other else (1, end)

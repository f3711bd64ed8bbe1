"""Who says what, by rules: cuts paragraphs into stretches of content, each with its speaker's words, cue, stance and form.

Works without any model, and fills in where the tagger names no source. `read` sees all paragraphs of an article at once,
since quotes run on over paragraphs ("He wrote: “…", then paragraphs that open with a quotation mark) and a second quote keeps
its speaker.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from service.extract import quotes, sentences
from service.extract.clauses import QUOTE
from service.extract.frames import OF, Frame, Reader
from service.extract.quotes import Quote
from service.extract.speech import Lexicon, Tokens, lexicon, tokenize
from service.records import QuoteForm, Span, Stance

_TRIM = " \t\n\u00a0\u202f,;:–—―-…"
_SUBJUNCTIVE = frozenset(
    """sei seien habe werde könne müsse solle wolle dürfe gebe gehe komme bleibe stehe liege hätten wären würden""".split()
)
_MAX_HEAD = 10
"""Words of a mention before its first comma; in the annotated articles 2 of 425 are longer than eight words in all."""
_MAX_LEAD = 9
"""Words of a "Phnom Penh:" that may stand before a colon as the speaker."""


@dataclass(frozen=True, slots=True)
class Source:
    """Who says it, as the text puts it here; offsets into the text."""

    mention: Span | None
    cue: Span | None
    denies: bool = False
    stretch: Span | None = None
    """The whole attribution with its adverbs: "she told reporters on Monday"."""


@dataclass(frozen=True, slots=True)
class Said:
    """A stretch of content; `source` None: the outlet itself says it."""

    span: Span
    source: Source | None
    form: QuoteForm
    sentence: Span
    inherited: bool = False
    """The source stands in another sentence."""

    @property
    def stance(self) -> Stance:
        """Denies where the cue denies."""
        return "denies" if self.source and self.source.denies and not self.inherited else "asserts"


@dataclass(slots=True)
class _State:
    """What carries over from one sentence and paragraph to the next."""

    last: Source | None = None
    open_quote: bool = False
    colon: bool = False


def read(text: str, paragraphs: Sequence[Span], lang: str) -> list[list[Said]]:
    """For each paragraph, its stretches of content in order; they do not overlap."""
    lex = lexicon(lang)
    state = _State()
    found = [_Paragraph(text, span, lex, state).read() for span in paragraphs]
    return [[said if _believable(text, said.source, lex) else replace(said, source=None) for said in some] for some in found]


def _believable(text: str, source: Source | None, lex: Lexicon) -> bool:
    """Whether the words of a mention can stand for a speaker: up to their first comma they are few, with no finite verb."""
    if source is None or source.mention is None:
        return True
    lows = tokenize(text, lex.lang, start=source.mention[0], end=source.mention[1]).lows
    head = lows[: lows.index(",")] if "," in lows[1:] else lows
    return len(head) <= _MAX_HEAD and not any(word in lex["finite"] for word in head)


class _Paragraph:
    def __init__(self, text: str, span: Span, lex: Lexicon, state: _State) -> None:
        self.text, self.lex, self.state = text, lex, state
        self.start, self.end = span
        dash = quotes.opens_with_dash(text, self.start, self.end)
        self.dashed = bool(dash)
        self.quotes = quotes.find(text, self.start, self.end)
        self.said: list[Said] = []
        self.by_quote: dict[Quote, Source] = {}
        self.speaking = False

    def read(self) -> list[Said]:
        follows = self.state.open_quote or self.state.colon
        for sentence in sentences.split(self.text, self.lex.lang, start=self.start, end=self.end):
            self.sentence(sentence)
        self.settle(follows)
        self.state.open_quote = bool(self.quotes and not self.quotes[-1].closed)
        self.state.colon = self.text[self.start : self.end].rstrip().endswith(":")
        return self.said

    # one sentence

    def sentence(self, span: Span) -> None:
        start, end = span
        dash = quotes.opens_with_dash(self.text, start, end) if self.dashed else 0
        if dash:
            self.speaking, start = True, start + dash
        inside = [q for q in self.quotes if q.outer[0] < end and q.outer[1] > start]
        tokens = self._tokens(start, end, inside)
        frames = Reader(tokens, self.lex).frames()
        if not frames and (frame := self._lead(tokens)):
            frames = [frame]
        if not frames and inside and (inset := self._inset(start, end)):
            tokens, frames = inset
        if self.speaking and not frames and self.dashed and (inset := self._inset(start, end)):
            tokens, frames = inset
        self._emit(span, start, end, tokens, frames, inside)
        if self.dashed and frames and frames[-1].side != "right":
            self.speaking = frames[-1].side == "both"

    def _tokens(self, start: int, end: int, inside: Sequence[Quote]) -> Tokens:
        """The tokens of the sentence with every quote as one."""
        texts: list[str] = []
        lows: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        position = start
        for stop, quote in [*((q.outer[0], q) for q in inside), (end, None)]:
            plain = tokenize(self.text, self.lex.lang, start=position, end=max(position, stop))
            texts += plain.texts
            lows += plain.lows
            starts += plain.starts
            ends += plain.ends
            if quote is not None:
                texts.append(QUOTE)
                lows.append(QUOTE)
                starts.append(max(start, quote.outer[0]))
                ends.append(min(end, quote.outer[1]))
                position = max(position, quote.outer[1])
        return Tokens(tuple(texts), tuple(lows), tuple(starts), tuple(ends))

    def _lead(self, tokens: Tokens) -> Frame | None:
        """As in "Phnom Penh: ‘We …’" and "Minister Kravets: «…»": a short name before a colon and a quote."""
        if ":" not in tokens.lows:
            return None
        colon = tokens.lows.index(":")
        quoted = colon + 1 < len(tokens) and tokens.lows[colon + 1] == QUOTE
        if not 0 < colon <= _MAX_LEAD or not quoted or not tokens.capital(0):
            return None
        words = range(colon)
        if any(tokens.lows[k] in self.lex["finite"] for k in words) or not any(tokens.capital(k) for k in words):
            return None
        return Frame(0, colon + 1, "right", (colon, colon + 1), (0, colon))

    def _inset(self, start: int, end: int) -> tuple[Tokens, list[Frame]] | None:
        """A frame within a quote: "«…, — сказав X. — …»", "« …, dit-il, … »"."""
        tokens = tokenize(self.text, self.lex.lang, start=start, end=end)
        say = self.lex["say"]
        for i in range(2, len(tokens)):
            if tokens.lows[i - 1] not in ("—", "–", ",") or not say.at(tokens.lows, i):
                continue
            dashed = tokens.lows[i - 1] != ","
            pronoun = i + 1 < len(tokens) and any(tokens.lows[i + 1] in self.lex[x] for x in ("he", "she", "they"))
            if not dashed and not pronoun:
                continue
            reader = Reader(tokens, self.lex)
            frame = reader._tail(i, i, i + say.at(tokens.lows, i), reader.chunk(i)[1], None)
            if frame is not None:
                return tokens, [frame]
        return None

    def _emit(self, sentence: Span, start: int, end: int, tokens: Tokens, frames: list[Frame], inside: Sequence[Quote]) -> None:
        """Adds the content that the frames leave, each stretch with its frame."""
        sources = [self._source(frame, tokens) for frame in frames]
        merged = any(f.side == "both" for f in frames) and not inside and not self.dashed and len(frames) == 1
        if merged:
            self._add(sentence, (start, end), sources[0], inside)
        else:
            position, left = start, None
            for k, (frame, source) in enumerate(zip(frames, sources, strict=True)):
                first = tokens.starts[frame.first] if frame.first < len(tokens) else end
                own = source if frame.side in ("left", "both") else left
                if k or frame.side != "right" or not self._circumstance(tokens, frame.first):
                    self._add(sentence, (position, first), own, inside)
                position = tokens.starts[frame.last] if frame.last < len(tokens) else end
                left = source if frame.side in ("right", "both") else None
                if k + 1 == len(frames):
                    self._add(sentence, (position, end), left or self._beside(source, position, end, inside), inside)
            if not frames:
                self._add(sentence, (start, end), None, inside)
        if sources:
            self.state.last = sources[-1]

    def _circumstance(self, tokens: Tokens, last: int) -> bool:
        """Whether what stands before a frame tells no more than when, where or why: "In Port Sudan,", "Asked if …,"."""
        first = next((k for k in range(last) if tokens.is_word(k)), last)
        if first == last or QUOTE in tokens.lows[:last]:
            return first == last
        low = tokens.lows[first]
        finite = any(w in self.lex["finite"] for w in tokens.lows[first:last])
        return not finite or low in OF or (self.lex.lang == "en" and low.endswith(("ing", "ed")))

    def _beside(self, source: Source, start: int, end: int, inside: Sequence[Quote]) -> Source | None:
        return source if any(q.outer[0] >= start and q.outer[1] <= end + 1 for q in inside) else None

    def _source(self, frame: Frame, tokens: Tokens) -> Source:
        def span(part: Span | None) -> Span | None:
            if part is None or part[0] >= part[1]:
                return None
            return tokens.starts[part[0]], tokens.ends[part[1] - 1]

        return Source(span(frame.mention), span(frame.cue), frame.denies, span((frame.first, frame.last)))

    def _add(self, sentence: Span, span: Span, source: Source | None, inside: Sequence[Quote]) -> None:
        content = self._trimmed(*span)
        if content is None:
            return
        quote = next((q for q in inside if q.inner[0] <= content[0] and content[1] <= q.outer[1]), None)
        form: QuoteForm = "none"
        if quote is not None or self.speaking:
            form = "direct"
        elif source is not None:
            form = "mixed" if any(q.outer[0] < content[1] and q.outer[1] > content[0] for q in inside) else "indirect"
        if quote is not None and source is not None:
            self.by_quote[quote] = source
        self.said.append(Said(content, source, form, sentence))

    def _trimmed(self, start: int, end: int) -> Span | None:
        text = self.text
        while start < end and (text[start] in _TRIM or text[start] in '”’»").' or text[start].isspace()):
            start += 1
        while start < end and (
            text[end - 1] in _TRIM or text[end - 1].isspace() or (text[end - 1] == "." and text[end - 2] in '”“»«"')
        ):
            end -= 1
        span = _unquoted(text, start, end)
        return span if sum(c.isalnum() for c in text[span[0] : span[1]]) >= 2 else None

    # what the frames left open

    def settle(self, follows: bool) -> None:
        """Gives quotes without a frame their speaker: of the same quote, of the paragraph, or of the one before."""
        whole = bool(self.said) and all(s.form == "direct" and s.source is None for s in self.said)
        carried = self.state.last
        first_source = next((s.source for s in self.said if s.source and s.form == "direct"), None)
        current: Source | None = None
        for i, said in enumerate(self.said):
            if said.source is not None:
                current = said.source
                continue
            if said.form == "direct" and self._speech(said):
                source = self._of_quote(said) or current or first_source or (carried if whole or follows or carried else None)
            elif self.lex.lang == "de" and current is not None and self._subjunctive(said):
                source = current
            else:
                continue
            if source is not None:
                form: QuoteForm = said.form if said.form != "none" else "indirect"
                self.said[i] = replace(said, source=source, form=form, inherited=True)

    def _speech(self, said: Said) -> bool:
        """Whether a quoted stretch is a saying and no borrowed word: it is most of its sentence, or stands behind a dash."""
        size = said.span[1] - said.span[0]
        return size >= 0.6 * (said.sentence[1] - said.sentence[0]) or self.dashed

    def _of_quote(self, said: Said) -> Source | None:
        return next((s for q, s in self.by_quote.items() if q.inner[0] <= said.span[0] and said.span[1] <= q.outer[1]), None)

    def _subjunctive(self, said: Said) -> bool:
        return any(w in _SUBJUNCTIVE for w in tokenize(self.text, "de", start=said.span[0], end=said.span[1]).lows)


_PARTNERS = {"“": "”", "„": "“”", "«": "»", "»": "«", '"': '"', "‘": "’", "”": "“„”"}


def _unquoted(text: str, start: int, end: int) -> Span:
    """The span without a pair of marks around all of it, and without a mark whose partner lies outside."""
    while end - start > 1:
        first, last = text[start], text[end - 1]
        inner = text[start + 1 : end - 1]
        if first in "“„«‘\"»'”" and last in "”“»’\"«'" and not any(c in inner for c in '“”„«»"'):
            start, end = start + 1, end - 1
        elif first in '“„«"‘' and not any(c in text[start + 1 : end] for c in _PARTNERS[first]):
            start += 1
        elif last in '”»"«“' and not any(last in _PARTNERS.get(c, "") for c in text[start : end - 1]):
            end -= 1
        else:
            break
        while start < end and text[start].isspace():
            start += 1
        while end > start and (text[end - 1].isspace() or text[end - 1] == ","):
            end -= 1
    return start, end

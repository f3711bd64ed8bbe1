"""Attribution frames within one sentence: "X said that …", "…, according to X", "… , sier X", "X dementiert, dass …".

A frame is the stretch of a sentence that says who speaks; what lies before it, after it or on both sides is what was said.
The rules work on the words outside quotation marks, a quote standing as one token, and know nothing of grammar beyond the
word lists of the language (lexicons/speech): which words report, which deny, which open a clause, which are finite verbs.
"""

from dataclasses import dataclass
from typing import Literal

from service.extract.clauses import BOUNDARY, QUOTE, WHO, Clauses
from service.extract.speech import Lexicon, Tokens
from service.records import Span

Side = Literal["right", "left", "both"]
MAX_TOKENS = 400
"""Words of a sentence above which it is no sentence, and no frame is looked for."""
_BARE = frozenset({"en", "no", "sv", "da"})
"""Languages that report without a conjunction: "she said the ship had sailed"."""
_INFINITIVES = {
    "fr": ("er", "ir", "re", "oir"),
    "es": ("ar", "er", "ir"),
    "pt": ("ar", "er", "ir"),
    "it": ("are", "ere", "ire"),
}
_ARTICLES = frozenset(
    "the a an le la les l' un une el los las il lo i gli o os as der die das ein eine de het een den det en et".split()
)
OF = frozenset(
    """in on at by for from with after before during to as i på ved til fra hos under för från till vid av efter in im am an
    auf bei nach vor aus op bij naar uit
    tijdens en dans sur à au aux chez par pour lors de del en con durante ante tras em no na nos nas durante w na po podczas
    przed v ve na po při во в на по перед під у""".split()
)
"""Prepositions of circumstance, which open no speaker."""


@dataclass(frozen=True, slots=True)
class Frame:
    """Who says it: token indices [first, last) of the whole stretch, of the words for the speaker and of the cue."""

    first: int
    last: int
    side: Side
    cue: Span
    mention: Span | None = None
    denies: bool = False


class Reader(Clauses):
    """Reads the frames of one sentence."""

    def __init__(self, tokens: Tokens, lex: Lexicon) -> None:
        super().__init__(tokens, lex)
        self.say, self.deny, self.comp = lex["say"], lex["deny"], lex["comp"]
        self.and_, self.adverbs = lex["and"], lex["adverbs"]
        self.bare = lex.lang in _BARE

    def frames(self) -> list[Frame]:
        """The frames of the sentence in order, without overlaps."""
        found: list[Frame] = []
        i = 0 if self.n <= MAX_TOKENS else self.n
        while i < self.n:
            frame = self._at(i, found)
            if frame is None:
                i += 1
                continue
            if found and frame.first < found[-1].last:
                i = max(i + 1, frame.last)
                continue
            found.append(frame)
            i = max(frame.last, i + 1)
        return found

    # the frames

    def _at(self, i: int, found: list[Frame]) -> Frame | None:
        if self.boundary(i):
            return None
        if (size := self.lex["pre"].at(self.low, i)) and (frame := self._according(i, size)):
            return frame
        if frame := self._split_according(i):
            return frame
        if self.low[i] in self.lex["post"] and (frame := self._postposition(i)):
            return frame
        denies = self.deny.at(self.low, i)
        size = denies or self.say.at(self.low, i)
        if not size or self._noun(i, size):
            return None
        return self._verb(i, i + size, bool(denies), found)

    def _noun(self, i: int, size: int) -> bool:
        """Whether the word is a noun here: "a warning from officials", "Reports suggest"."""
        if self.lex.lang != "en":
            return False
        article = i > 0 and self.low[i - 1] in ("a", "an", "the")
        return article or (
            i + size < self.n and self.t.capital(i) and self.boundary(i - 1) and self.say.at(self.low, i + size) > 0
        )

    def _according(self, i: int, size: int) -> Frame | None:
        """As in "according to X": a speaker up to the next boundary, or up to the verb where the verb comes second."""
        first, last = self.chunk(i)
        begin = i + size
        if i > first and self.pronoun(i - 1) and begin >= last - 1:
            return Frame(i - 1, begin, "both" if self.content_before(i - 1) else "right", (i, begin), (i - 1, i))
        if begin >= last:
            return None
        if self.low[i] in ("so", "conforme", "aldus", "per", "para") and not self.boundary(i - 1):
            return None
        if self.low[first] in ("skal", "skulle", "ska") and any(self.say.at(self.low, k) for k in range(begin, last)):
            return None  # "skal Lavrov ifølge NTB ha sagt": the verb has its own speaker
        end = self._noun_phrase_end(begin, last)
        opening = i == first and self.opens(i)
        if end < last or (opening and end < self.n):
            side: Side = "right" if i <= first + 1 and not self.content_before(first) else "both"
        else:
            side = "left" if self.content_before(i) else "right"
        if side == "left" and not opening and end < self.n - 1 and self.low[min(end, self.n - 1)] == ",":
            side = "both"
        return Frame(i, end, side, (i, i + size), (begin, end))

    def _split_according(self, i: int) -> Frame | None:
        """Reads "по её словам", "за його даними": the pronoun stands within the phrase."""
        if i + 2 >= self.n or not self.pronoun(i + 1):
            return None
        if self.lex["pre"].at((self.low[i], self.low[i + 2]), 0) != 2:
            return None
        side: Side = "both" if self.content_before(i) else "right"
        return Frame(i, i + 3, side, (i, i + 3), (i + 1, i + 2))

    def _noun_phrase_end(self, begin: int, last: int) -> int:
        """Where the noun phrase that starts at `begin` ends: at the boundary, or before the first finite verb."""
        function, verbs = self.lex["function"], self.lex["finite"]
        k = begin
        seen_head = False
        while k < last:
            low = self.low[k]
            if seen_head and (low in verbs or self.say.at(self.low, k) or self.deny.at(self.low, k)):
                return k
            if seen_head and not self.t.capital(k) and low not in function and not self.t.is_word(k - 1):
                return k
            if self.t.capital(k) or low not in function:
                after_name = seen_head and self.t.capital(k - 1) and not self.t.capital(k) and low not in function
                possessed = self.low[k - 1].endswith("s") or low in self.lex["persons"] or low in self.lex["groups"]
                second = self.lex.lang == "de" or (self.lex.lang in ("no", "sv", "da", "nl") and self.opens(begin - 1))
                if after_name and not possessed and second:
                    return k  # the verb
                seen_head = True
            k += 1
        return last

    def _postposition(self, i: int) -> Frame | None:
        """As in "X mukaan", "X zufolge": the speaker stands before."""
        first, last = self.chunk(i)
        begin = first
        if i - first > 6 and last == i + 1 and first > 0:
            begin = i - 2
        while begin < i - 1 and self.low[begin] in self.lex["function"] and self.low[begin] not in self.lex["he"]:
            begin += 1
        if begin == i:
            return None
        side: Side = "right" if last > i + 1 or not self.content_before(begin) else "left"
        return Frame(begin, i + 1, side, (i, i + 1), (begin, i))

    def _verb(self, v: int, w: int, denies: bool, found: list[Frame]) -> Frame | None:
        first, last = self.chunk(v)
        joined = bool(found) and self.low[v - 1] in self.and_
        subject = None if joined else self._subject(first, v)
        opener = self._content_start(w, last, denies)
        if opener is not None and self._may_head(first, v, subject, found):
            head = self._head(first, v, w, subject, opener, denies, found)
            if head is not None:
                return head
        if denies or not self.content_before(first):
            return None
        if any(f.side == "right" for f in found) and not self.after_quote(first):
            return None
        return self._tail(first, v, w, last, subject)

    def _subject(self, first: int, v: int) -> Span | None:
        """The words for the speaker before the verb at `v`, without what leads in and without auxiliaries."""
        function, verbs = self.lex["function"], self.lex["finite"]
        last = v
        while last > first and (self.low[last - 1] in verbs or self.low[last - 1] in self.adverbs):
            last -= 1
        begin = first
        if first < last and self.low[first] in verbs:  # "skal Lavrov ifølge NTB ha sagt"
            last = next((k for k in range(first + 1, last) if self.lex["pre"].at(self.low, k)), last)
        while begin < last - 1 and self.low[begin] in verbs:
            begin += 1
        while begin < last and (self.low[begin] in self.and_ or (self.low[begin] in function and self._lead(begin, last))):
            begin += 1
        if begin >= last:
            return None
        if self.pronoun(last - 1) or self.low[last - 1] in self.lex["it"]:
            return last - 1, last  # "In a message to correspondents he"
        if self.low[begin] in OF:
            later = [k for k in range(begin + 2, last) if self.low[k] in _ARTICLES and self.low[k - 1] not in OF]
            begin = later[-1] if later else begin
        return begin, last

    def _lead(self, i: int, last: int) -> bool:
        """Whether the function word at `i` leads in and is no part of the speaker."""
        low = self.low[i]
        pronoun = any(low in self.lex[name] for name in ("he", "she", "it", "they", "we", "i"))
        return not pronoun and (last - i > 1) and low in self.lex["asking"]

    def _content_start(self, w: int, last: int, denies: bool) -> int | None:
        """First token of what is said after a verb that ends at `w`, or None where nothing of the kind follows."""
        k = w
        if k < last and self.low[k] in self.comp and not (self.lex.lang == "en" and self.low[k] in ("how", "whether")):
            return k + 1
        for k in range(w, min(last, w + 9)):  # an object in between: "told reporters on Monday that"
            if self.low[k] in self.comp and self.low[k] not in (
                "how",
                "whether",
                "wie",
                "om",
                "hvor",
                "se",
                "si",
                "jak",
                "как",
                "як",
                "by",
            ):
                return k + 1
        if last < self.n:
            sign = self.low[last]
            if sign == QUOTE and last - w <= 8:
                return last
            if sign == ":" and last - w <= 14:
                return last + 1
            if sign == "," and last + 1 < self.n:
                if self.low[last + 1] in self.comp:
                    return last + 2
                if self.low[last + 1] == QUOTE:
                    return last + 1
                if self.lex.lang in ("de", "nl") and last - w <= 7 and self.finite(last + 1, self.chunk(last + 1)[1]):
                    return last + 1
        if w >= last:
            return None
        endings = _INFINITIVES.get(self.lex.lang)
        if endings and any(self.low[k].endswith(endings) and len(self.low[k]) > 3 for k in range(w, min(last, w + 4))):
            return w
        if denies or self.lex["charge"].at(self.low, w - 1):
            return w
        if self.bare and self._clause(w, last):
            return self._past_object(w, last)
        return None

    def _clause(self, w: int, last: int) -> bool:
        return self.finite(w + 1, last) or (last - w >= 5 and any(self.low[k].endswith("ed") for k in range(w + 1, last)))

    def _past_object(self, w: int, last: int) -> int:
        """Past the person told: "told parliament the bill would pass"."""
        if self.low[w - 1] not in self.lex["object"]:
            return w
        k = w
        if self.low[k] in self.lex["function"] and k + 1 < last:
            k += 1
        k += 1
        while k < last and self.t.capital(k) and self.t.capital(k - 1):
            k += 1
        return min(k, last)

    def _may_head(self, first: int, v: int, subject: Span | None, found: list[Frame]) -> bool:
        if not found:
            return True
        previous = found[-1]
        if previous.side in ("left", "both"):
            return subject is not None or (v + 1 < self.n and self.low[v + 1] in self.comp)
        return self.low[first] in self.and_ or self.low[v - 1] in self.and_ or self.low[first - 1] == ";"

    def _head(
        self, first: int, v: int, w: int, subject: Span | None, opener: int, denies: bool, found: list[Frame]
    ) -> Frame | None:
        mention, begin = subject, first
        if mention is None and first > 0 and self.low[first - 1] == "," and not found:
            begin = 0  # "Samira Abdelgadir, a nurse at the hospital, said"
            if any(self.low[k] == QUOTE for k in range(first)) or (self.finite(0, first - 1) and not self.relative(first)):
                return None
            mention = (self._strip_lead(0, first - 1), first - 1)
        elif mention is None and w < opener and not self.bare:
            k = w  # "сказав журналістам голова Остап, що": the speaker stands after the verb
            end = min(opener, self.n)
            while end > k and (self.low[end - 1] in self.comp or self.low[end - 1] in BOUNDARY):
                end -= 1
            mention = (k, end) if end > k else None
        elif mention is None and self.bare and w < opener - 1:
            mention = (w, opener - 1)
        if found and self.low[v - 1] in self.and_:  # "denied that … and accused …"
            mention, begin = found[-1].mention, v - 1
        elif found and mention is None:  # "…, Mr Scholz tweeted, adding that …"
            mention = found[-1].mention
        if found and begin < found[-1].last:
            return None
        return Frame(begin, opener, "right", (v, w), mention, denies)

    def _strip_lead(self, first: int, last: int) -> int:
        while first < last - 1 and (self.low[first] in self.and_ or self.low[first] in BOUNDARY):
            first += 1
        return first

    def _tail(self, first: int, v: int, w: int, last: int, subject: Span | None) -> Frame | None:
        """As in "…, said X on Monday" and "…, he told reporters": the chunk is short and holds nothing else."""
        if self.low[first - 1] in (":", "(") and not self.after_quote(first):
            return None
        if v == first and self.bare and (subject := self._subject_before(first, w, last)):
            return Frame(subject[0], last, "left", (v, w), subject)
        inverted = v == first or (v == first + 1 and self.low[first] in self.adverbs)
        if w < last and self.low[w] in self.comp:
            return None
        if last - first > (30 if self.after_quote(first) else 18) or self.finite(w, min(last, w + 5)):
            return None
        if inverted:
            if w < last:
                mention: Span | None = (w, w + 1) if self.pronoun(w) else (w, last)
            elif last < self.n and self.low[last] == ",":
                return None
            else:
                mention = None
        elif subject is None or subject[1] - subject[0] > 9:
            return None
        else:
            mention = subject
            loose = w < last and self.low[w] in self.lex["function"] and (self.low[w] != "to" or self.after_quote(first))
            if last - w > (24 if loose and self.after_quote(first) else 12 if loose else 7):
                return None
            if w < last and self.low[w] == "to" and not loose:
                return None
        end, rest = self._apposition(last, inverted, mention)
        more = any(self.low[k] == QUOTE for k in range(rest, self.n)) or (rest == last and self.finite(rest, self.n))
        grown = (mention[0], end) if mention and inverted and end > last else mention
        return Frame(first, end, "both" if more else "left", (v, w), grown)

    def _subject_before(self, first: int, w: int, last: int) -> Span | None:
        """The speaker before a verb that a comma parts from it: "…, the justice minister, Ana Sorel, told this paper"."""
        loose = w == last or self.low[w] in OF or self.low[w - 1] in self.lex["object"]
        if first < 2 or self.low[first - 1] != "," or not loose:
            return None
        begin = end = first - 1
        for _ in range(2):
            start = self.chunk(begin - 1)[0] if begin > 1 and not self.boundary(begin - 1) else begin
            if start == begin or (self.finite(start, begin) and not self.relative(begin)) or not self.content_before(start):
                break
            begin = start
            if start == 0 or self.low[start - 1] != "," or self.low[start - 2] == QUOTE:
                break
            begin_next = start - 1
            if any(self.t.capital(k) for k in range(start, end)) and self.low[start] in _ARTICLES:
                break
            begin = begin_next
        begin += self.low[begin] == ","
        named = any(self.t.capital(k) or self.low[k] in self.lex["persons"] for k in range(begin, end))
        return (begin, end) if begin < end and named and self.content_before(begin) else None

    def _apposition(self, last: int, inverted: bool, mention: Span | None) -> Span:
        """(end of the frame, where more content may start) past "…, who heads the cell," after an inverted frame."""
        if not (inverted and mention and last < self.n and self.low[last] == ","):
            return last, last
        first, end = self.chunk(last + 1) if last + 1 < self.n and not self.boundary(last + 1) else (last, last)
        if end > first and (self.low[first] in WHO or not self.finite(first, end)):
            return end, end
        return last, last

"""A claim readable alone: attribution taken off, dates put in full, bare names and safe pronouns resolved; the meaning stays.

Only what is sure is changed. Words of the first person stay as they were said, behind the speaker's name ("Phnom Penh: we
have not used rockets"): who "we" are is known, how the sentence would run in the third person is not.
"""

from collections.abc import Sequence

from service.extract import subjects
from service.extract.changes import OUTLET, Change, Said
from service.extract.figures import Figure
from service.extract.speakers import Cast
from service.extract.speech import Lexicon, Tokens, tokenize
from service.records import Span

_EDGE = " \t\n\u00a0\u202f,;:–—―-"
_LOOSE = '"“”„«»'


def make(
    text: str,
    span: Span,
    cast: Cast,
    *,
    said: Said = OUTLET,
    sentence: Span | None = None,
    dates: Sequence[Change] = (),
    cut: Span | None = None,
) -> str:
    """The claim at `span`, readable alone; ends with a full stop.

    `sentence` is the one the claim stands in, `dates` holds dates in full for those that hang on the day of publication,
    `cut` an attribution that stands within the claim.
    """
    lex = cast.lex
    tokens = tokenize(text, lex.lang, start=span[0], end=span[1])
    changes = [c for c in dates if span[0] <= c.span[0] and c.span[1] <= span[1]]
    if cut is not None and span[0] < cut[0] and cut[1] < span[1]:
        changes.append(Change(_wider(text, cut, span), ""))
    first_person = said.direct and _first_person(tokens, lex)
    changes += _names(span, cast, changes)
    start = _lead(tokens, span, lex)
    if not first_person:
        changes += subjects.opening(text, tokens, start, cast, said, sentence)
    out = _tidy(_applied(text, start, span[1], changes))
    if first_person and said.speaker:
        return f"{said.speaker}: {out}"
    return out


def _wider(text: str, cut: Span, span: Span) -> Span:
    """The attribution with the signs that set it off; one sign stays out of two."""
    start, end = cut
    while start > span[0] and text[start - 1] in _EDGE:
        start -= 1
    while end < span[1] and text[end] in _EDGE:
        end += 1
    return start, end


def _lead(tokens: Tokens, span: Span, lex: Lexicon) -> int:
    """Where the claim begins past an opening "and" or "but"."""
    k = 0
    while (
        k < min(2, len(tokens) - 2)
        and (tokens.lows[k] in lex["and"] or tokens.lows[k] in lex["comp"] or not tokens.is_word(k))
        and tokens.texts[k] not in '([“„«"‘'
    ):
        k += 1
    return tokens.starts[k] if k and tokens.is_word(k) else span[0]


def _applied(text: str, start: int, end: int, changes: Sequence[Change]) -> str:
    pieces, position = [], start
    for change in sorted(changes, key=lambda c: c.span):
        if change.span[0] < position:
            continue
        pieces += [text[position : change.span[0]], change.text or " "]
        position = change.span[1]
    pieces.append(text[position:end])
    return "".join(pieces)


def _tidy(out: str) -> str:
    if sum(c in "“„«" for c in out) != sum(c in "”»" for c in out) or out.count('"') % 2:
        out = "".join(c for c in out if c not in _LOOSE)
    out = " ".join(out.split()).strip(" ,;:–—-")
    out = out[:1].upper() + out[1:]
    return out if out.endswith((".", "!", "?", "…")) else out + "."


def _first_person(tokens: Tokens, lex: Lexicon) -> bool:
    return any(w in lex["we"] or w in lex["i"] for w in tokens.lows)


def _names(span: Span, cast: Cast, taken: Sequence[Change]) -> list[Change]:
    """Bare surnames and first acronyms put in full, once each: "Lavrov" becomes "Sergei Lavrov"."""
    changes: list[Change] = []
    done: set[int] = set()
    for name in cast.names.within(span):
        index = cast.register.index_of(name)
        if index is None or index in done or any(c.span[0] < name.span[1] and name.span[0] < c.span[1] for c in taken):
            continue
        done.add(index)
        figure = cast.figures[index]
        full = figure.name
        if full is None or len(name.words) >= len(full.words) or not name.text.isalpha():
            continue
        if (full.text.split()[-1] == name.text and figure.person) or (
            name.text.isupper() and 2 <= len(name.text) <= 6 and len(full.words) == len(name.text)
        ):
            changes.append(Change(name.span, figure.label))
    return changes


def figure_words(figure: Figure) -> tuple[str, ...]:
    """The words that name a figure, for the linker's anchors."""
    return (figure.label,) if figure.name is not None else ()

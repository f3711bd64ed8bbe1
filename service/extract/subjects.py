"""The opening of a claim put so that it can stand alone: "it has mobilised" by Beijing becomes "Beijing has mobilised".

Only the first words are touched, where they are a pronoun or a class word that one figure alone can be meant by, or where the
claim begins with its verb.
"""

from service.extract.changes import Change, Said
from service.extract.figures import Figure
from service.extract.speakers import Cast
from service.extract.speech import Lexicon, Tokens, tokenize
from service.records import Span

_SUBJECTS = frozenset(
    """he she it they han hun ho hon den det er sie es hij zij ze het il elle él ella lui lei ele ela el ea on ona ono он она
    оно вони він вона воно hän se""".split()
)
_POSSESSIVES = frozenset({"his", "her", "its", "their"})
_ARTICLES = frozenset("the le la l' el il lo o a der die das de het".split())
_MAX_SUBJECT = 8


def opening(text: str, tokens: Tokens, start: int, cast: Cast, said: Said, sentence: Span | None) -> list[Change]:
    """The change of the first words of a claim that begins at offset `start`; none where nothing is sure."""
    first = next((k for k in range(len(tokens)) if tokens.starts[k] >= start and tokens.is_word(k)), None)
    if first is None or first > 3 or first + 1 >= len(tokens):
        return []
    lex, low = cast.lex, tokens.lows[first]
    place = (tokens.starts[first], tokens.ends[first])
    if low in _SUBJECTS or (lex.lang == "en" and low in _POSSESSIVES):
        name = _bearer(low, tokens, first, cast, said)
        if name is None:
            return []
        possessive = lex.lang == "en" and low in _POSSESSIVES and not (low == "her" and _object(tokens, first, lex))
        return [Change(place, f"{name}'s" if possessive else name)]
    if low in _ARTICLES and tokens.lows[first + 1] in lex["classes"]:
        body = cast.stands_for_class(tokens.lows[first + 1], tokens.starts[first])
        follows = tokens.lows[first + 2] if first + 2 < len(tokens) else ""
        if body is not None and follows in lex["finite"]:
            return [Change((tokens.starts[first], tokens.ends[first + 1]), body.label)]
    if lex.lang == "en" and low in lex["finite"] and sentence is not None:
        subject = _elided(text, tokens.starts[first], sentence, lex)
        if subject:
            return [Change((place[0], place[0]), f"{subject} ")]
    return []


def _bearer(low: str, tokens: Tokens, k: int, cast: Cast, said: Said) -> str | None:
    """The name that a pronoun at the opening stands for: the speaker's in reported speech, else the person last spoken of."""
    lex = cast.lex
    reported = said.speaker is not None and not said.direct and tokens.texts[k][0].islower()
    kinds = [kind for kind, name in (("m", "he"), ("f", "she"), ("n", "it"), ("p", "they")) if low in lex[name]]
    if not kinds:
        return None
    if reported and said.figure is not None and _agrees(said.figure, kinds):
        return _full(said)
    if len(kinds) > 1 or kinds[0] not in "mf" or (lex.lang == "fr" and low == "lui"):
        return None
    figure = cast.stands_for(low, tokens.starts[k])
    return figure.label if figure is not None else None


def _agrees(figure: Figure, kinds: list[str]) -> bool:
    if figure.many:
        return "p" in kinds
    if figure.person or figure.gender in ("m", "f"):
        return ("m" in kinds or "f" in kinds) and (not figure.gender or figure.gender in kinds)
    return "n" in kinds and not (figure.guess and figure.name is not None)


def _full(said: Said) -> str | None:
    """The speaker's name, or the words for one without a name."""
    if said.figure is not None and said.figure.name is not None:
        return said.speaker
    words = said.mention or ""
    if not words or len(words.split()) > _MAX_SUBJECT or words.split()[0].lower() in _SUBJECTS:
        return None
    return words[0].lower() + words[1:] if words.split()[0].lower() in _ARTICLES else words


def _object(tokens: Tokens, k: int, lex: Lexicon) -> bool:
    """Whether "her" is no possessive here."""
    return tokens.lows[k + 1] in lex["finite"] or tokens.lows[k + 1] in lex["function"]


def _elided(text: str, start: int, sentence: Span, lex: Lexicon) -> str | None:
    """The subject of a claim that begins with its verb: what stands before the first verb of the sentence."""
    tokens = tokenize(text, lex.lang, start=sentence[0], end=start)
    verb = next(
        (
            k
            for k in range(len(tokens))
            if tokens.lows[k] in lex["finite"] or lex["say"].at(tokens.lows, k) or lex["deny"].at(tokens.lows, k)
        ),
        None,
    )
    if not verb or verb > _MAX_SUBJECT or any(not tokens.is_word(k) for k in range(verb)) or tokens.lows[0] in lex["and"]:
        return None
    if any(tokens.lows[k] in lex["function"] and tokens.lows[k] not in _ARTICLES and k == 0 for k in range(verb)):
        return None
    return text[tokens.starts[0] : tokens.ends[verb - 1]]

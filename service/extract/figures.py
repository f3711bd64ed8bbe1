"""The persons and bodies an article speaks of: their names, the words for their roles, and what is known of their gender."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass, field

from service.extract.entities import Name
from service.extract.speech import Lexicon, Tokens

OF = frozenset(
    """of for from at in with to by des der von vom bei beim av for fra frå i på hos af voor van bij de du del della dello
    delle degli dei di da do dos das d' à au aux chez
    para per z ze od dla v ve na из от у для в во з від pentru din""".split()
)
"""Words after which a name or a noun only qualifies what stands before."""


@dataclass(slots=True)
class Figure:
    """A person or body, with all that the article calls it."""

    label: str
    """The fullest name, or the words of the role where no name is given."""
    name: Name | None = None
    words: set[str] = field(default_factory=set)
    """The words of its names."""
    roles: set[str] = field(default_factory=set)
    """The words that stand beside its names."""
    heads: set[str] = field(default_factory=set)
    """Those of them that say what it is: "spokesman", "ministry"."""
    role: str | None = None
    places: list[int] = field(default_factory=list)
    gender: str = ""
    """ "m", "f", "n" for a body, "" where unknown."""
    guess: str = ""
    """What the form of the name hints at, where `gender` is unknown."""
    placed: int = 0
    """How often it follows a word of place."""
    person: bool = False
    """Whether a title, a role or a pronoun shows it to be a person."""
    many: bool = False
    """Whether it stands for more than one: "two officials"."""
    speaks: bool = False
    """Whether the text has it say something."""

    def before(self, at: int) -> int:
        """The last place before offset `at` where it is spoken of, or -1."""
        k = bisect_left(self.places, at)
        return self.places[k - 1] if k else -1

    def within(self, start: int, end: int) -> list[int]:
        """The places from offset `start` to before `end`."""
        return self.places[bisect_left(self.places, start) : bisect_left(self.places, end)]

    def speak_of(self, at: int) -> None:
        """Notes that it is spoken of at offset `at`."""
        insort(self.places, at)


def content_words(tokens: Tokens, lex: Lexicon) -> list[str]:
    """The words that carry meaning, in order."""
    return [w for w in tokens.lows if w[0].isalpha() and w not in lex["function"]]


def heads_of(lows: Sequence[str], lex: Lexicon) -> list[str]:
    """The words of a role that name the role itself: the last person or body before the first "of"."""
    cut = next((k for k in range(1, len(lows)) if lows[k] in OF), len(lows))
    known = [w for w in lows[:cut] if w in lex["persons"] or w in lex["titles"] or w in lex["groups"]]
    if not known:
        known = [w for w in lows if w in lex["persons"] or w in lex["groups"]][:1]
    return known[-1:]


def gender_of(words: Sequence[str], lex: Lexicon) -> str:
    """What titles and roles say of the gender: "m", "f" or ""."""
    for key, gender in (("women", "f"), ("men", "m")):
        if any(word in lex[key] for word in words):
            return gender
    return ""


def gender_hint(name: Name, lang: str) -> str:
    """What the endings of a name of two words or more hint at: "f", "m" or ""."""
    if len(name.words) < 2:
        return ""
    first, last = name.words[0], name.words[-1]
    if lang in ("ru", "uk", "cs", "pl"):
        if last.endswith(("ова", "ева", "ина", "ская", "ська", "ová", "ska", "cka")):
            return "f"
        if last.endswith(("ов", "ев", "ин", "ский", "ський", "енко") if first[-1] not in "ая" else ("\0",)) or last.endswith(
            ("ski", "cki")
        ):
            return "m"
    if first.endswith(("a", "а", "я", "ie", "ine", "ette")) and first not in (
        "luca",
        "andrea",
        "nikita",
        "joshua",
        "mika",
        "pekka",
        "никита",
        "илья",
        "микола",
        "jukka",
        "ilkka",
    ):
        return "f"
    return "m" if first.endswith(("o", "r", "d", "n", "k", "s", "р", "н", "й", "л", "м")) and lang not in ("en", "nl") else ""

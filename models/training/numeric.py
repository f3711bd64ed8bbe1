"""Makes numeric pairs from ordinary sentences: the same sentence with two ways of giving its count, labelled by interval logic.

Sentences come from the premises of any NLI file (their licence holds for what is made of them); the phrases and the logic are
ours. Equal and compatible numbers come out as entailment or neutral, so that two different figures alone mean nothing. A pair
whose sentences differ in another word (place, day, object) is neutral whatever the figures say.
"""

import math
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_COUNT = re.compile(
    r"(?<![\w.,$€£%/–-])(\d{1,3}(?:,\d{3})+|\d{1,6})(?= [a-z]{3,})"
    r"(?! (?:percent|per|am|pm|years? old|and|to|or|st|th|x)\b)"
)
_QUALIFIED = re.compile(
    r"(?:at least|more than|over|fewer than|less than|up to|at most|about|around|some|nearly|almost|between|only|exactly|than"
    r"|no|of|in|by|since|until|age|aged|number|no\.|chapter|section|page|title|day|days|for) $",
    re.IGNORECASE,
)
_SWAPS = (
    ("Monday", "Thursday"), ("Tuesday", "Friday"), ("January", "August"), ("March", "November"), ("north", "south"),
    ("east", "west"),
    ("men", "women"), ("boys", "girls"), ("first", "second"), ("two", "three"), ("last year", "two years ago"),
    ("home", "away"),
)  # fmt: skip
_WORDS = dict(
    zip(
        range(2, 21),
        "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
        "nineteen twenty".split(),
        strict=True,
    )
)


@dataclass(frozen=True, slots=True)
class Figure:
    """A way of giving a count: the words, and the whole numbers for which they are true."""

    words: str
    low: float
    high: float


def pairs(sentences: Iterable[str], *, rows: int, seed: int) -> Iterator[dict[str, str]]:
    """Up to `rows` rows with premise, hypothesis, label (premise to hypothesis) and reverse (hypothesis to premise)."""
    rng = random.Random(seed)
    made = 0
    for sentence in sentences:
        match = _COUNT.search(sentence)
        if not match or not 20 <= len(sentence) <= 220 or _QUALIFIED.search(sentence[: match.start()]):
            continue
        count = int(match[1].replace(",", ""))
        named = re.search(r"\b[A-Z]\w* $", sentence[: match.start()])  # "Highway 90", "Week 2"
        if named or count < 2 or 1800 <= count <= 2100:
            continue
        yield _pair(sentence, match.span(1), count, rng)
        made += 1
        if made >= rows:
            return


def label(premise: Figure, hypothesis: Figure) -> str:
    """Entailment where the premise's numbers lie within the hypothesis's, contradiction where none is shared, else neutral."""
    if premise.low >= hypothesis.low and premise.high <= hypothesis.high:
        return "entailment"
    if premise.high < hypothesis.low or premise.low > hypothesis.high:
        return "contradiction"
    return "neutral"


def figure(n: int, rng: random.Random) -> Figure:
    """A random way of giving about n."""
    text = _written(n, rng)
    step = 10 ** max(0, len(str(n)) - 2)
    forms = [
        Figure(text, n, n), Figure(text, n, n), Figure(text, n, n), Figure(f"exactly {text}", n, n),
        Figure(f"at least {text}", n, math.inf), Figure(f"more than {text}", n + 1, math.inf),
        Figure(f"over {text}", n + 1, math.inf),
        Figure(f"fewer than {text}", 0, n - 1), Figure(f"less than {text}", 0, n - 1), Figure(f"up to {text}", 0, n),
        Figure(f"no more than {text}", 0, n), Figure(f"between {text} and {_written(n + 2 * step, rng)}", n, n + 2 * step),
    ]  # fmt: skip
    if n >= 10:  # nobody says "about 3" of a count
        forms += [Figure(f"{word} {text}", n * 0.93, n * 1.07) for word in ("about", "around", "some")]
        forms.append(Figure(f"nearly {text}", n * 0.88, n - 1))
    return rng.choice(forms)


def _pair(sentence: str, span: tuple[int, int], count: int, rng: random.Random) -> dict[str, str]:
    other = count if rng.random() < 0.35 else _near(count, rng)
    first, second = figure(count, rng), figure(other, rng)
    a = sentence[: span[0]] + first.words + sentence[span[1] :]
    changed = _swap(sentence, span, rng) if rng.random() < 0.25 else None
    if changed:
        return {"premise": a, "hypothesis": changed[0] + second.words + changed[1], "label": "neutral", "reverse": "neutral"}
    b = sentence[: span[0]] + second.words + sentence[span[1] :]
    return {"premise": a, "hypothesis": b, "label": label(first, second), "reverse": label(second, first)}


def _swap(sentence: str, span: tuple[int, int], rng: random.Random) -> tuple[str, str] | None:
    before, after = sentence[: span[0]], sentence[span[1] :]
    options = []
    for old, new in (*_SWAPS, *((b, a) for a, b in _SWAPS)):
        pattern = rf"\b{old}\b"
        if re.search(pattern, after):
            options.append((before, re.sub(pattern, new, after, count=1)))
        elif re.search(pattern, before):
            options.append((re.sub(pattern, new, before, count=1), after))
    return rng.choice(options) if options else None


def _near(n: int, rng: random.Random) -> int:
    factor = rng.choice((0.5, 0.7, 0.8, 0.9, 1.1, 1.25, 1.5, 2.0))
    return max(2, round(n * factor)) if n > 6 else max(2, n + rng.choice((-3, -2, -1, 1, 2, 3, 5)))


def _written(n: int, rng: random.Random) -> str:
    if n in _WORDS and rng.random() < 0.4:
        return _WORDS[n]
    return f"{n:,}" if n >= 1000 and rng.random() < 0.8 else str(n)

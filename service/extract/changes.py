"""What a claim's standalone form is made from: words that are put otherwise, and who says it."""

from dataclasses import dataclass

from service.extract.figures import Figure
from service.records import Span


@dataclass(frozen=True, slots=True)
class Change:
    """The words at `span` and what stands for them; an empty span adds, an empty text takes away."""

    span: Span
    text: str


@dataclass(frozen=True, slots=True)
class Said:
    """What is known of who says a claim."""

    speaker: str | None = None
    figure: Figure | None = None
    mention: str | None = None
    """The words for the speaker here."""
    direct: bool = False
    """In the speaker's own words, at least in part."""


OUTLET = Said()

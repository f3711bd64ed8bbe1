"""Words of a text that are put otherwise in a claim's standalone form."""

from dataclasses import dataclass

from service.records import Span


@dataclass(frozen=True, slots=True)
class Change:
    """The words at `span` and what stands for them; an empty span adds, an empty text takes away."""

    span: Span
    text: str

"""What a reader found in one container, before the caller's own knowledge and the fallbacks come in."""

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Found:
    """An article as far as its container tells; None for what it does not say."""

    text: str
    publisher: str | None = None
    published_at: str | None = None
    """ISO 8601, a day alone or with a time."""
    lang: str | None = None
    title: str | None = None
    url: str | None = None
    external_id: str | None = None

    def overridden(self, **fields: str | None) -> "Found":
        """The same with those fields that are given in place of what was found."""
        return replace(self, **{name: value for name, value in fields.items() if value is not None})

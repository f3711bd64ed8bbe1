"""Short ways to make records for tests."""

from datetime import UTC, datetime
from typing import Any

from service.records import Attribution, Claim, ClaimContext, Quantity


def quantity(text: str, low: float | None, high: float | None, *, unit: str = "troops", approx: bool = False) -> Quantity:
    return Quantity((0, len(text)), text, low, high, approx, unit, thing=unit)


def context(
    text: str,
    *,
    id: str = "clm_1",  # noqa: A002
    article: str = "art_1",
    speaker: str | None = None,
    stance: Any = "asserts",
    publisher: str = "Harbour Post",
    day: str = "2024-03-01",
    as_of: str | None = None,
    group: str | None = None,
    lang: str = "en",
    modality: Any = "fact",
    quantities: tuple[Quantity, ...] = (),
    entities: tuple[str, ...] = (),
) -> ClaimContext:
    claim = Claim(
        id=id, article_id=article, span=(0, len(text)), text=text, standalone=text, lang=lang,
        attribution=Attribution(speaker=speaker, stance=stance), modality=modality, quantities=quantities,
        as_of=as_of, entities=entities,
    )  # fmt: skip
    published = datetime.fromisoformat(day).replace(tzinfo=UTC)
    return ClaimContext(claim, publisher, published, group or article, external_id=article)

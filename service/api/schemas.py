"""What the HTTP API takes: bodies and query parameters, checked before a route sees them."""

from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from service.records import ArticleState, Kind, Relation, Stance, Status
from service.store.base import words_of
from service.store.ids import PREFIXES, check_id
from service.store.push_types import DeliveryState, WatchKind

EARLIEST, LATEST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)


def _utc(value: datetime) -> datetime:
    # A day from either end of the calendar, since another zone could lie beyond it.
    if not EARLIEST <= value <= LATEST:
        raise ValueError("lies outside the years 1 to 9999")
    return value.astimezone(UTC)


def _written(value: object) -> object:
    if isinstance(value, datetime) or (isinstance(value, str) and "-" in value):
        return value  # pydantic would take bare numbers as seconds since 1970
    raise ValueError("write a time as RFC 3339, for example 2022-02-14T18:40:00Z")


def _no_nul(value: str) -> str:
    if "\0" in value:
        raise ValueError(f"holds a NUL character at position {value.index(chr(0))}; take it out")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty or white space")
    return value


def _has_word(value: str) -> str:
    words_of(value, "value")
    return value


def _shape(prefix: str) -> WithJsonSchema:
    pattern = f"^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$"
    return WithJsonSchema({"type": "string", "pattern": pattern, "description": f"Id of a {PREFIXES[prefix]}."})


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_utc)]
Words = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(_no_nul)]
Text = Annotated[str, Field(min_length=1, max_length=100_000), AfterValidator(_not_blank)]
Lang = Annotated[str, Field(pattern="^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$", max_length=35)]
Limit = Annotated[int, Field(ge=1, le=200, description="Items on one page.")]
Cursor = Annotated[str | None, Field(max_length=300, description="`next_cursor` of the page before.")]

ArticleId = Annotated[str, AfterValidator(partial(check_id, prefix="art")), _shape("art")]
ClaimId = Annotated[str, AfterValidator(partial(check_id, prefix="clm")), _shape("clm")]
ContradictionId = Annotated[str, AfterValidator(partial(check_id, prefix="con")), _shape("con")]
ThreadId = Annotated[str, AfterValidator(partial(check_id, prefix="thr")), _shape("thr")]
WebhookId = Annotated[str, AfterValidator(partial(check_id, prefix="whk")), _shape("whk")]
DeliveryId = Annotated[str, AfterValidator(partial(check_id, prefix="dlv")), _shape("dlv")]
WatchId = Annotated[str, AfterValidator(partial(check_id, prefix="wch")), _shape("wch")]
KeyId = Annotated[str, AfterValidator(partial(check_id, prefix="key")), _shape("key")]


_ARTICLE: JsonDict = {
    "external_id": "coast-herald-0214",
    "publisher": "Coast Herald",
    "published_at": "2022-02-14T18:40:00Z",
    "lang": "en",
    "title": "More troops at the border",
    "text": "More than 130,000 troops now stand near the border, Foreign Minister Ana Holt said on Monday.",
}


class Input(BaseModel):
    """Something a client sends; a name that is not here is an error, not a typo that goes unseen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Paged(Input):
    """A page of a list."""

    limit: Limit = 50
    cursor: Cursor = None


class Between(Paged):
    """A page of what was published in a stretch of time."""

    since: Moment | None = Field(None, description="Published at this moment or later.")
    until: Moment | None = Field(None, description="Published before this moment.")


class ArticleQuery(Between):
    """Which articles."""

    state: ArticleState | None = None
    publisher: Words | None = None
    lang: Lang | None = None
    wire_group: Words | None = None
    external_id: Words | None = None


class ClaimQuery(Between):
    """Which claims."""

    article: ArticleId | None = None
    publisher: Words | None = None
    speaker: Words | None = Field(None, description="Words of the speaker's name, in any order.")
    stance: Stance | None = None
    lang: Lang | None = None
    q: Words | None = Field(None, description="Claims with all of these words, or near to them in meaning.")
    withdrawn: bool = Field(False, description="Those that their articles no longer make, instead of those that they do.")


class ContradictionQuery(Between):
    """Which contradictions. A filter that may be given several times takes any of its values."""

    status: list[Status] = Field([], max_length=4)
    relation: list[Relation] = Field([], max_length=6)
    kind: list[Kind] = Field([], max_length=6)
    min_probability: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    publisher: Words | None = Field(None, description="On either side.")
    speaker: Words | None = Field(None, description="Words of the speaker's name, on either side.")
    thread: ThreadId | None = None
    article: ArticleId | None = Field(None, description="On either side.")
    watched: bool = Field(False, description="Only those that an entry of the watchlist is about.")
    order: Literal["newest", "strongest"] = "newest"


class WaitQuery(Input):
    """Whether to wait for what comes of an article."""

    wait: float = Field(0, ge=0, le=60, allow_inf_nan=False, description="Seconds to wait until the article is processed.")


EventType = Literal["article.processed", "article.failed", "contradiction.created", "contradiction.updated"]


class EventQuery(Input):
    """Which events."""

    types: list[EventType] = Field([], max_length=4, description="All, where none is named.")


class ExportQuery(Input):
    """How to write an export."""

    format: Literal["jsonl", "csv", "parquet", "jsonld"] = "jsonl"


class ReviewIn(Input):
    """An editor's word on a contradiction."""

    status: Status
    note: Annotated[str, Field(max_length=10_000), AfterValidator(_no_nul)] = ""
    reviewer: Words | None = Field(None, description="Who says so; without it, the name of the API key.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"status": "confirmed", "note": "Both figures are for 14 February.", "reviewer": "Kari"}]
        }
    )


class ArticleIn(Input):
    """One article: who published it when, and one of `text`, `html`, `ninjs` or `fetch_url`.

    A page or a ninjs item may name its publisher and time itself; what is given here is stronger.
    """

    external_id: Words | None = Field(None, description="Your own key; new text under a known key becomes a new version.")
    publisher: Words | None = Field(None, description="The outlet. Required with `text`.")
    published_at: Moment | None = Field(None, description="Required with `text`.")
    lang: Lang | None = Field(None, description="BCP 47; found from the text where it is not given.")
    title: Annotated[str, Field(max_length=2_000), AfterValidator(_no_nul)] | None = None
    url: Annotated[str, Field(max_length=2_000), AfterValidator(_no_nul)] | None = None
    text: str | None = Field(None, description="The text as it stands; spans are offsets into it.")
    html: str | None = Field(None, description="A page; the article is taken out of it.")
    ninjs: dict[str, Any] | None = Field(None, description="A ninjs item.")
    fetch_url: Annotated[str, Field(max_length=2_000), AfterValidator(_no_nul)] | None = Field(
        None, description="A page to fetch; private addresses are refused."
    )

    model_config = ConfigDict(json_schema_extra={"examples": [_ARTICLE]})


class CheckIn(Input):
    """A draft, or single claims, to compare with the ledger."""

    text: str | None = Field(None, description="The draft.")
    claims: list[Text] | None = Field(None, min_length=1, max_length=100, description="Single claims instead of a draft.")
    publisher: Words = Field("draft", description="The outlet that the draft is for.")
    published_at: Moment | None = Field(None, description="Now, where it is not given.")
    lang: Lang | None = None
    title: Annotated[str, Field(max_length=2_000), AfterValidator(_no_nul)] | None = None

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"text": "Fewer than 100,000 troops are near the border, the minister said."}]}
    )


class PairIn(Input):
    """One pair for the NLI model; the order matters."""

    premise: Text
    hypothesis: Text


class NliIn(Input):
    """Pairs for the NLI model."""

    pairs: list[PairIn] = Field(min_length=1)
    model: Words = Field("bundled", description="The loaded model's name, or `bundled`.")

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"pairs": [{"premise": "Some 130,000 troops were there.", "hypothesis": "Fewer than 100,000 were there."}]}
            ]
        }
    )


class EmbeddingsIn(Input):
    """Texts to embed, as OpenAI's API takes them."""

    input: Text | Annotated[list[Text], Field(min_length=1, max_length=2048)]
    model: Words = Field("bundled", description="The loaded model's name, or `bundled`.")
    encoding_format: Literal["float", "base64"] = Field("float", description="base64: float32, little-endian.")
    dimensions: int | None = Field(None, ge=1, le=100_000, description="Only the model's own number of dimensions.")
    user: Words | None = Field(None, description="Taken and not used.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"input": ["Troops left the border."], "model": "bundled"}]})


class KeyIn(Input):
    """An API key to make."""

    name: Words
    scopes: list[Literal["read", "write", "review", "admin"]] = Field(min_length=1, max_length=4)

    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "newsdesk plug-in", "scopes": ["read", "write"]}]})


class WatchIn(Input):
    """Something to follow: a name, words of a topic, or a thread."""

    kind: WatchKind
    value: Words = Field(description="A name; words that must all stand in one claim; or the id of a thread.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"kind": "name", "value": "Ana Holt"}]})


class WebhookFilters(Input):
    """Which contradictions are sent. `publisher` and `watched` narrow the events of articles as well."""

    status: list[Status] = Field([], max_length=4)
    relation: list[Relation] = Field([], max_length=6)
    kind: list[Kind] = Field([], max_length=6)
    min_probability: float | None = Field(None, ge=0, le=1, allow_inf_nan=False)
    publisher: Words | None = Field(None, description="On either side.")
    speaker: Annotated[Words, AfterValidator(_has_word)] | None = Field(None, description="Words of the name, on either side.")
    thread: ThreadId | None = None
    watched: bool = Field(False, description="Only what an entry of the watchlist is about.")


class WebhookIn(Input):
    """Where to send what happens."""

    url: Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_no_nul)] = Field(
        description="http or https, on the open internet unless the server allows private addresses; no redirect is followed."
    )
    types: list[EventType] = Field([], max_length=4, description="All, where none is named.")
    filters: WebhookFilters = Field(default_factory=lambda: WebhookFilters.model_validate({}))
    description: Annotated[str, Field(max_length=500), AfterValidator(_no_nul)] = ""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "url": "https://chat.example/counterclaim",
                    "types": ["contradiction.created"],
                    "filters": {"min_probability": 0.8, "watched": True},
                    "description": "the desk's chat",
                }
            ]
        }
    )


class WebhookChange(Input):
    """Whether a webhook is sent anything."""

    disabled: bool = Field(description="False also for one that was disabled because its receiver answered 410.")

    model_config = ConfigDict(json_schema_extra={"examples": [{"disabled": False}]})


class DeliveryQuery(Paged):
    """Which deliveries."""

    state: DeliveryState | None = Field(None, description="`dead` is the dead-letter list.")

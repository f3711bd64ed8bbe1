"""Settings: one set of values, from the command line, the environment or a TOML file, in that order of strength.

`load_settings(db="sqlite:///x.db")` beats `COUNTERCLAIM_DB`, which beats `db = "…"` in the file. That file is
`counterclaim.toml` in the working directory, or the one that `COUNTERCLAIM_CONFIG` names. Fields of a section are written with
two underscores in the environment (`COUNTERCLAIM_LIMITS__MAX_BODY_BYTES`) and as a table in the file (`[limits]`).
"""

import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict
from pydantic_settings.exceptions import SettingsError

from service.errors import InputError

PREFIX = "COUNTERCLAIM_"
CONFIG_VARIABLE = "COUNTERCLAIM_CONFIG"
CONFIG_FILE = "counterclaim.toml"

Share = Annotated[float, Field(ge=0.0, le=1.0)]


def _check_db(url: str) -> str:
    if url.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
        return url
    raise ValueError("a ledger lives in sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME")


class Section(BaseModel):
    """A group of settings."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Limits(Section):
    """How much is taken in at once."""

    max_body_bytes: int = Field(
        default=10_000_000, ge=1_000, description="Bytes of one HTTP request body; more is answered with 413."
    )
    max_text_chars: int = Field(default=1_000_000, ge=1_000, description="Code points of one article's text.")
    max_batch_items: int = Field(default=10_000, ge=1, description="Articles in one batch request.")
    max_queue: int = Field(
        default=10_000, ge=1, description="Articles that may wait for processing; more are answered with 429."
    )
    max_pairs: int = Field(default=1_024, ge=1, description="Pairs in one call of /v1/nli.")
    request_timeout_s: float = Field(default=60.0, gt=0, description="Seconds that one HTTP request may take.")


class Thresholds(Section):
    """What counts as near, and what is shown."""

    min_link: Share | None = Field(
        default=None, description="Probability of one question from which two claims are judged; none takes the fitted one."
    )
    min_probability: Share = Field(default=0.5, description="Calibrated probability from which a contradiction is shown.")
    window_days: int = Field(default=365, ge=1, description="Claims of articles further apart than this are not linked.")
    neighbours: int = Field(default=32, ge=1, le=200, description="Nearest claims that are considered for each new claim.")


class Settings(BaseSettings):
    """All settings of a run; make them with `load_settings`, which gives clear errors."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True)

    db: Annotated[str, AfterValidator(_check_db)] = Field(
        default="sqlite:///ledger.db",
        description="SQLAlchemy URL of the ledger; a relative SQLite path is of the working directory.",
    )
    embedder: str = Field(default="bundled", min_length=1, description='"bundled", a Hugging Face id, or a directory.')
    nli: str = Field(default="bundled", min_length=1, description='"bundled", a Hugging Face id, or a directory.')
    tagger: str = Field(
        default="bundled", min_length=1, description='"none" (rules alone find the claims), "bundled", or a directory.'
    )
    host: str = Field(
        default="127.0.0.1", min_length=1, description="Address that `serve` binds to; loopback only while there is no API key."
    )
    port: int = Field(default=8321, ge=0, le=65_535, description="TCP port of `serve`; 0 takes a free one.")
    threads: int = Field(default=0, ge=0, description="Threads for inference; 0 uses every core.")
    allow_private_urls: bool = Field(
        default=False, description="Let `fetch_url` and webhooks reach private and loopback addresses."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severe message that is logged."
    )
    log_format: Literal["json", "text"] = Field(default="json", description="How the server and the worker log.")
    limits: Limits = Field(default_factory=Limits, description="How much is taken in at once.")
    thresholds: Thresholds = Field(default_factory=Thresholds, description="What counts as near, and what is shown.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Return the sources, strongest first."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, _File(settings_cls)


class _File(PydanticBaseSettingsSource):
    """The TOML file, if there is one."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ANN401, ARG002
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        return _read_file()


def load_settings(**overrides: Any) -> Settings:  # noqa: ANN401
    """Return the settings; `overrides` are the strongest, and None among them means "not given".

    Raises InputError that names each wrong value and where it came from.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = "; ".join(_explain(problem, given) for problem in error.errors(include_url=False))
        raise InputError(problems, loc=tuple(error.errors()[0]["loc"])) from error
    except SettingsError as error:
        raise InputError(f"{error}; write a section as {PREFIX}SECTION__FIELD") from error


def config_file() -> Path | None:
    """Return the TOML file in use, or None; InputError if `COUNTERCLAIM_CONFIG` names none."""
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise InputError(f"{CONFIG_VARIABLE} is {named}, but there is no such file", loc=(CONFIG_VARIABLE,))
        return Path(named)
    here = Path(CONFIG_FILE)
    return here if here.is_file() else None


def _read_file() -> dict[str, Any]:
    path = config_file()
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path} is not valid TOML: {error}", loc=(CONFIG_VARIABLE,)) from error


def _explain(problem: Any, given: dict[str, Any]) -> str:  # noqa: ANN401
    """Return what was wrong, with the name under which the user set it."""
    loc = [str(part) for part in problem["loc"]]
    variable = PREFIX + "__".join(loc).upper()
    if loc and loc[0] in given:
        source = ".".join(loc)
    elif any(name.upper() == variable for name in os.environ):
        source = variable
    else:
        source = f"{'.'.join(loc)} in {config_file() or 'the settings'}"
    if problem["type"] == "extra_forbidden":
        return f"{source}: there is no such setting"
    reason = problem["msg"].removeprefix("Value error, ")
    if isinstance(problem["input"], dict):
        return f"{source}: {reason}"
    shown = re.sub(r"://[^/@]*@", "://***@", repr(problem["input"]))  # a database URL may hold a password
    return f"{source} is {shown}: {reason[:1].lower()}{reason[1:]}"

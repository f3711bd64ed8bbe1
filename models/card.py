"""What stands in `model.json` beside the weights of a bundled model: what it is, how to feed it, how good it measured."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import FilesChanged, ModelNotFound

CARD = "model.json"
WEIGHTS = Path(__file__).parent / "weights"
"""Where the bundled models stand, one directory each."""


@dataclass(frozen=True, slots=True)
class Card:
    """A bundled model as its directory describes it."""

    directory: Path
    name: str
    kind: str
    """"nli", "embedder" or "tagger"."""
    version: str
    """First digits of the sha256 over the weights."""
    max_tokens: int
    width: int
    """Values of one word embedding."""
    words: Path | None
    """The shared table of word embeddings, or None where the model holds its own."""
    tokenizer: Path
    pad_id: int
    labels: tuple[str, ...] = ()
    prefixes: Mapping[str, str] | None = None
    languages: tuple[str, ...] = ()
    files: Mapping[str, str] | None = None
    """sha256 of each file, by its path relative to the directory."""
    figures: Mapping[str, float] | None = None
    """What it measured, by name of the measure."""
    licence: str = ""
    base: str = ""


def read_card(directory: Path) -> Card:
    """The card of a bundled model's directory; raises ModelNotFound where there is none."""
    path = directory / CARD
    if not path.is_file():
        raise ModelNotFound(f"{directory} holds no {CARD}: name a bundled model, a Hugging Face id or a local directory")
    raw: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    words = raw.pop("words", None)
    return Card(
        directory=directory,
        words=(directory / words).resolve() if words else None,
        tokenizer=(directory / raw.pop("tokenizer")).resolve(),
        labels=tuple(raw.pop("labels", ())),
        languages=tuple(raw.pop("languages", ())),
        **raw,
    )


def digest(path: Path) -> str:
    """The sha256 of a file in hex."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def verify(card: Card) -> None:
    """Raises FilesChanged where a file of the card is missing or has another sha256."""
    for name, expected in (card.files or {}).items():
        path = card.directory / name
        if not path.is_file():
            raise FilesChanged(f"{path} is missing: restore it from the repository")
        found = digest(path)
        if found != expected:
            raise FilesChanged(f"{path} has sha256 {found}, its card says {expected}: restore it from the repository")

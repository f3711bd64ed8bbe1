"""Every word that the pages say, one TOML file for each language; `en.toml` is the model for the others."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

DEFAULT = "en"


class Catalogue:
    """The words of one language, found by keys such as "inbox.title".

    An entry is a text with {names} to fill in, or a table of `one` and `other`, chosen by `count`.
    """

    def __init__(self, entries: Mapping[str, Any]) -> None:
        self._entries = entries

    @classmethod
    def load(cls, lang: str = DEFAULT) -> "Catalogue":
        """Return the catalogue of a language."""
        path = Path(__file__).with_name(f"{lang}.toml")
        return cls(tomllib.loads(path.read_text(encoding="utf-8")))

    def section(self, key: str) -> dict[str, str]:
        """Return all texts under a key, for the scripts of a page."""
        return dict(self._find(key))

    def __call__(self, key: str, **values: object) -> str:
        """Return the text under a key with its {names} filled in; raises KeyError for a key that is not there."""
        entry = self._find(key)
        if isinstance(entry, Mapping):
            entry = entry["one" if values.get("count") == 1 else "other"]
        return str(entry).format(**values) if values else str(entry)

    def __contains__(self, key: str) -> bool:
        try:
            self._find(key)
        except KeyError:
            return False
        return True

    def _find(self, key: str) -> Any:  # noqa: ANN401 - a text or a table
        found: Any = self._entries
        for part in key.split("."):
            found = found[part]
        return found

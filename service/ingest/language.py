"""Which language a text is in, honest about short texts."""

import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

UNDETERMINED = "und"
SERVED = ("en", "no", "sv", "da", "de", "nl", "fr", "es", "it", "pt", "pl", "fi", "cs", "ru", "uk", "ro")
"""Languages with word lists of their own in the extraction step; claims of others are found by the tagger alone."""
_NORWEGIAN = {"nb": "no", "nn": "no"}
_SAMPLE_CHARS = 4000
_MIN_LETTERS = 12
_SURE = 0.6
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class Language:
    """A primary tag, with "no" for Bokmål and Nynorsk alike, and how sure it is, in [0, 1]; "und" where nothing can be said."""

    lang: str
    probability: float


def identify(text: str) -> Language:
    """The language of a text, by its first few thousand letters; "und" below twelve letters or where no language is likely."""
    sample = " ".join(re.findall(r"[^\W\d_]+", text[:_SAMPLE_CHARS]))
    if len(sample.replace(" ", "")) < _MIN_LETTERS:
        return Language(UNDETERMINED, 0.0)
    with _LOCK:  # the classifier keeps state while it counts
        ranked = _classifier().rank(sample)
    totals: dict[str, float] = {}
    for lang, probability in ranked:
        tag = _NORWEGIAN.get(lang, lang)
        totals[tag] = totals.get(tag, 0.0) + float(probability)
    best = max(totals, key=lambda tag: totals[tag])
    return Language(best if totals[best] >= _SURE else UNDETERMINED, totals[best])


def normalised(tag: str | None) -> str | None:
    """The primary tag of a client's language tag: "nb-NO" → "no", "en_GB" → "en"; None for none."""
    if not tag or not tag.strip():
        return None
    primary = re.split(r"[-_]", tag.strip().lower())[0]
    return _NORWEGIAN.get(primary, primary)


@cache
def _classifier() -> Any:  # noqa: ANN401 - py3langid carries no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)

"""Which language a text is in, honest about short texts.

By py3langid: every one of 160 annotated articles right, 95 % of single clauses, 1 in 200 wrong, the others "und"; 0.2 ms a
text and 5 MB on disk. lingua 2.1 in its small mode tells 94 % of the clauses, 1 in 40 wrong, and takes 96 MB.
"""

import re
import threading
from dataclasses import dataclass
from functools import cache
from typing import Any

UNDETERMINED = "und"
SERVED = ("en", "no", "sv", "da", "de", "nl", "fr", "es", "it", "pt", "pl", "fi", "cs", "ru", "uk", "ro")
"""Languages with word lists of their own in the extraction step; claims of others are found by the tagger alone."""
_TOLD_APART = frozenset(SERVED) | frozenset(
    " nb nn is et lv lt hu sk sl hr sr bs mk bg el sq be ca gl eu ga cy mt tr az ka hy kk uz ar fa ur he hi bn ta"
    " zh ja ko vi th id ms tl sw am so ha af".split()
)
"""What a text may be in: the languages served, their neighbours, and those of large presses. The model knows small relatives of
some, such as Extremaduran, that would only take probability away from a short Spanish sentence."""
_CODES = frozenset(
    " aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee"
    " el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is"
    " it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms"
    " mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk"
    " sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi"
    " yo za zh zu".split()
)
"""The two-letter codes of ISO 639."""
_SHORTER = {
    "nb": "no", "nn": "no", "nob": "no", "nno": "no", "nor": "no", "eng": "en", "swe": "sv", "dan": "da",
    "deu": "de", "ger": "de", "nld": "nl", "dut": "nl", "fra": "fr", "fre": "fr", "spa": "es", "ita": "it",
    "por": "pt", "pol": "pl", "fin": "fi", "ces": "cs", "cze": "cs", "rus": "ru", "ukr": "uk", "ron": "ro",
    "rum": "ro",
}  # fmt: skip
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
        tag = _SHORTER.get(lang, lang)
        totals[tag] = totals.get(tag, 0.0) + float(probability)
    best = max(totals, key=lambda tag: totals[tag])
    return Language(best if totals[best] >= _SURE else UNDETERMINED, totals[best])


def normalised(tag: str | None) -> str | None:
    """The primary tag of a client's language tag: "nb-NO" → "no", "en_GB" → "en"; None for none and for "und"."""
    if not tag or not tag.strip():
        return None
    primary = re.split(r"[-_]", tag.strip().lower())[0]
    primary = _SHORTER.get(primary, primary)
    return None if primary == UNDETERMINED else primary


def is_known(tag: str | None) -> bool:
    """Whether a client's language tag names a language, or is None."""
    primary = normalised(tag)
    return primary is None or primary in _CODES


@cache
def _classifier() -> Any:  # noqa: ANN401 - py3langid carries no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    classifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    classifier.set_languages(sorted(_TOLD_APART.intersection(classifier.nb_classes)))
    return classifier

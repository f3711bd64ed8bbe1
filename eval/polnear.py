"""PolNeAR: attributions in English news, sources, cues and contents as brat spans.

The set is https://github.com/networkdynamics/PolNeAR. Measured are the content spans (overlap of at least half of the longer,
one to one, F1) and, where a content matches, whether the source shares its head: the last name or noun of it that both hold.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from models.types import ClaimTagger
from service.extract import attribution
from service.records import Span

_HEAD = re.compile(r"[^\W\d_]{3,}")


@dataclass(slots=True)
class Attributed:
    """One attribution of the gold."""

    contents: list[Span] = field(default_factory=list)
    sources: list[Span] = field(default_factory=list)


def score(folder: Path, tagger: ClaimTagger | None, *, limit: int | None = None) -> dict[str, float]:
    """Precision, recall and F1 of the content spans, and the share of matched ones whose source is right."""
    del tagger  # the rules find whole contents; the tagger cuts them into claims
    found = gold = hits = sourced = right = 0
    for number, (text, attributions) in enumerate(_documents(folder)):
        if limit is not None and number >= limit:
            break
        paragraphs = [m.span() for m in re.finditer(r"\S[^\n]*", text)]
        predicted = _contents(text, attribution.read(text, paragraphs, "en"))
        wanted = [(c, a.sources) for a in attributions for c in a.contents]
        found, gold = found + len(predicted), gold + len(wanted)
        for got, sources in _matches(predicted, wanted):
            hits += 1
            if sources:
                sourced += 1
                right += bool(got[1] is not None and _words(text, [got[1]]) & _words(text, sources))
    precision, recall = hits / max(1, found), hits / max(1, gold)
    f1 = 2 * precision * recall / max(1e-9, precision + recall)
    return {"content precision": precision, "content recall": recall, "content F1": f1, "source right": right / max(1, sourced)}


def _documents(folder: Path) -> Iterator[tuple[str, list[Attributed]]]:
    for path in sorted((folder / "text").glob("*.txt")):
        annotated = next(iter((folder / "attributions").glob(f"{path.stem}*.ann")), None)
        if annotated is not None:
            yield path.read_text(encoding="utf-8"), _gold(annotated.read_text(encoding="utf-8"))


def _gold(raw: str) -> list[Attributed]:
    spans: dict[str, Span] = {}
    out = []
    for line in raw.splitlines():
        key, _, rest = line.partition("\t")
        if key.startswith("T"):
            numbers = [int(x) for x in re.findall(r"\d+", rest.split("\t")[0])]
            spans[key] = (numbers[0], numbers[-1])
        elif key.startswith("E"):
            item = Attributed()
            for part in rest.split():
                role, _, target = part.partition(":")
                if role.startswith("Content") and target in spans:
                    item.contents.append(spans[target])
                elif role.startswith("Source") and target in spans:
                    item.sources.append(spans[target])
            out.append(item)
    return out


def _contents(text: str, said: list[list[attribution.Said]]) -> list[tuple[Span, Span | None]]:
    """The stretches with a source, those of one quote that follow each other made one."""
    out: list[tuple[Span, Span | None]] = []
    for paragraph in said:
        joins = False
        for item in paragraph:
            if item.source is None:
                joins = False
                continue
            mention = item.source.mention
            if joins and out and item.form == "direct" and len(text[out[-1][0][1] : item.span[0]]) <= 3:
                out[-1] = ((out[-1][0][0], item.span[1]), mention or out[-1][1])
            else:
                out.append((item.span, mention))
            joins = item.form == "direct"
    return out


def _matches(
    predicted: list[tuple[Span, Span | None]], wanted: list[tuple[Span, list[Span]]]
) -> Iterator[tuple[tuple[Span, Span | None], list[Span]]]:
    taken: set[int] = set()
    for got in predicted:
        for j, (span, sources) in enumerate(wanted):
            overlap = min(got[0][1], span[1]) - max(got[0][0], span[0])
            if j not in taken and overlap >= 0.5 * max(got[0][1] - got[0][0], span[1] - span[0]):
                taken.add(j)
                yield got, sources
                break


def _words(text: str, spans: list[Span]) -> set[str]:
    return {w.lower() for s in spans for w in _HEAD.findall(text[slice(*s)])[-1:]} | {
        w.lower() for s in spans for w in _HEAD.findall(text[slice(*s)]) if w[0].isupper()
    }

"""Scores claims against annotated articles (eval/data/articles).

A claim matches a gold claim where they overlap by at least half of the longer of the two, one to one ("strict"); "loose"
takes half of the shorter. Speaker, stance, quantities and as_of are scored on loosely matched claims.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = dict[str, Any]
Rates = dict[str, float | None]

RATES: tuple[tuple[str, str, str], ...] = (
    ("claims precision (strict)", "strict", "found"),
    ("claims recall (strict)", "strict", "gold"),
    ("claims recall (loose)", "loose", "gold"),
    ("noise kept out", "noise_out", "noise"),
    ("opinions and questions kept out", "not_claims_out", "not_claims"),
    ("speaker right", "speaker_ok", "speaker"),
    ("speaker right, attributed", "attributed_ok", "attributed"),
    ("own voice left alone", "own_voice_ok", "own_voice"),
    ("stance right", "stance_ok", "stance"),
    ("denials seen", "denials_ok", "denials"),
    ("as_of right", "as_of_ok", "as_of"),
    ("quantity precision", "q_ok", "q_found"),
    ("quantity recall", "q_ok", "q_gold"),
    ("modality right", "modality_ok", "modality"),
    ("standalone complete", "standalone_ok", "standalone"),
)
"""Name of each rate with the counts it divides."""


@dataclass(slots=True)
class ArticleReport:
    """Counts over all articles and by language, and a line for each thing that went wrong."""

    total: Counter[str] = field(default_factory=Counter)
    by_lang: dict[str, Counter[str]] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    def rates(self, lang: str | None = None) -> Rates:
        """The rates, of all articles or of one language; None where there was nothing to count."""
        counts = self.total if lang is None else self.by_lang[lang]
        return {name: counts[part] / counts[whole] if counts[whole] else None for name, part, whole in RATES}


def score(articles: Iterable[Row], claims: Mapping[str, Sequence[Row]]) -> ArticleReport:
    """The report for annotated articles against the claims exported for each of their ids."""
    report = ArticleReport()
    for article in articles:
        counts = Counter[str]()
        _score_article(article, list(claims.get(article["id"], ())), counts, report.lines)
        report.total.update(counts)
        report.by_lang.setdefault(article["lang"], Counter()).update(counts)
    return report


def table(report: ArticleReport) -> str:
    """The report as text: a line for each rate, all languages first."""
    langs = sorted(report.by_lang)
    by_lang = {lang: report.rates(lang) for lang in langs}
    out = []
    for name, value in report.rates().items():
        cells = " ".join(f"{lang} {'-' if (v := by_lang[lang][name]) is None else format(v, '.2f')}" for lang in langs)
        out.append(f"{name:34} {'-' if value is None else format(value, '.3f')}   {cells}")
    return "\n".join(out)


def share(s: Sequence[int], t: Sequence[int], of: Callable[[int, int], int]) -> float:
    """The overlap of two spans as a share of the longer (`of` max) or the shorter (`of` min)."""
    return max(0, min(s[1], t[1]) - max(s[0], t[0])) / max(1, of(s[1] - s[0], t[1] - t[0]))


def names(speaker: str | None) -> set[str]:
    """The words of a speaker's name that count, in lower case."""
    return {w.strip(".,’'\"«»“”„").lower() for w in (speaker or "").split() if len(w) > 2}


def matching(found: Sequence[Row], gold: Sequence[Row], of: Callable[[int, int], int]) -> list[tuple[Row, Row]]:
    """One-to-one pairs of claims that overlap by half, the best first."""
    pairs = sorted(
        ((share(f["span"], g["span"], of), i, j) for i, f in enumerate(found) for j, g in enumerate(gold)), reverse=True
    )
    out, left, right = [], set[int](), set[int]()
    for overlap, i, j in pairs:
        if overlap < 0.5:
            break
        if i not in left and j not in right:
            left.add(i)
            right.add(j)
            out.append((found[i], gold[j]))
    return out


def _score_article(article: Row, found: list[Row], n: Counter[str], lines: list[str]) -> None:
    text, name = article["text"], article["id"]
    gold = [{**c, "span": _span(text, c["quote"])} for c in article["claims"]]
    loose = matching(found, gold, min)
    n.update(found=len(found), gold=len(gold), strict=len(matching(found, gold, max)), loose=len(loose))
    matched = {id(g) for _, g in loose}
    lines += [f"MISSED   {name} {g['quote']!r}" for g in gold if id(g) not in matched]
    for quote in article["noise"]:
        hit = _hit(found, _span(text, quote))
        n.update(noise=1, noise_out=not hit)
        if hit:
            lines.append(f"NOISE    {name} {quote!r}")
    for item in article["not_claims"]:
        hit = _hit(found, _span(text, item["quote"]))
        n.update(not_claims=1, not_claims_out=not hit)
        if hit:
            lines.append(f"NOCLAIM  {name} {item['why']} {item['quote']!r}")
    for f, g in loose:
        _score_pair(f, g, name, n, lines)


def _span(text: str, quote: str) -> tuple[int, int]:
    at = text.find(quote)
    return at, at + len(quote)


def _hit(found: Sequence[Row], span: tuple[int, int]) -> bool:
    return any(share(f["span"], span, min) >= 0.5 for f in found)


def _score_pair(f: Row, g: Row, name: str, n: Counter[str], lines: list[str]) -> None:
    said = f.get("speaker")
    right = bool(names(said) & names(g["speaker"])) if g["speaker"] else not said
    kind = "attributed" if g["speaker"] else "own_voice"
    stance = f.get("stance") == g["stance"]
    n.update({"speaker": 1, "speaker_ok": right, "stance": 1, "stance_ok": stance, kind: 1, f"{kind}_ok": right})
    if not right:
        lines.append(f"SPEAKER  {name} want {g['speaker']!r} ({g['mention']!r}) got {said!r} for {g['quote']!r}")
    if g["stance"] == "denies":
        n.update(denials=1, denials_ok=f.get("stance") == "denies")
    if not stance:
        lines.append(f"STANCE   {name} want {g['stance']} got {f.get('stance')} for {g['quote']!r}")
    same = f.get("modality") == g["modality"]
    n.update(modality=1, modality_ok=same)
    if not same:
        lines.append(f"MODALITY {name} want {g['modality']} got {f.get('modality')} for {g['quote']!r}")
    if g["as_of"]:
        right = str(f.get("as_of") or "").startswith(g["as_of"])
        n.update(as_of=1, as_of_ok=right)
        if not right:
            lines.append(f"AS_OF    {name} want {g['as_of']} got {f.get('as_of')} for {g['quote']!r}")
    _score_quantities(f, g, name, n, lines)
    complete = missing(f.get("standalone") or "", g["standalone"])
    n.update(standalone=1, standalone_ok=not complete)
    if complete:
        lines.append(f"ALONE    {name} lacks {sorted(complete)} in {f.get('standalone')!r} against {g['standalone']!r}")


def _score_quantities(f: Row, g: Row, name: str, n: Counter[str], lines: list[str]) -> None:
    left = list(f.get("quantities") or [])
    n.update(q_gold=len(g["quantities"]), q_found=len(left))
    for q in g["quantities"]:
        same = next((x for x in left if _close(x.get("low"), q["low"]) and _close(x.get("high"), q["high"])), None)
        if same is None:
            got = [(x.get("low"), x.get("high")) for x in left]
            lines.append(f"QUANTITY {name} want {q} got {got} in {g['quote']!r}")
        else:
            left.remove(same)
            n["q_ok"] += 1


def _close(x: float | None, y: float | None) -> bool:
    return (x is None) == (y is None) and (x is None or y is None or abs(x - y) <= 0.005 * max(1e-9, abs(y)))


def missing(alone: str, gold: str) -> set[str]:
    """The names and figures of the gold standalone that this one lacks: capitalised words past its first, and numbers."""
    words = re.findall(r"[^\W_]+(?:[-'’.][^\W_]+)*", gold)
    wanted = {w.strip(".").lower() for k, w in enumerate(words) if w[0].isdigit() or (k and w[0].isupper())}
    have = {w.strip(".").lower() for w in re.findall(r"[^\W_]+(?:[-'’.][^\W_]+)*", alone)}
    return {w for w in wanted if w not in have and w.removesuffix("'s").removesuffix("’s") not in have}

"""`python -m eval.tagger [FILE…]`: the claim tagger alone on annotated articles, before any rule and any cleaning.

The tagger reads every paragraph of the raw text, noise and all. A claim is matched as in `eval.scoring_articles`; of those that
match loosely it is counted whether they are rightly taken for somebody's words or the outlet's own, whether the words pointed
at stand for the right speaker, and stance, modality and form.
"""

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from eval.scoring_articles import matching, names, share
from models.registry import load_tagger
from models.tagspans import FORMS, MODALITIES
from models.training.articles import GoldArticle, GoldClaim, paragraph_spans, read_article
from models.types import ClaimTagger, TaggedParagraph

ARTICLES = Path(__file__).parent / "data" / "articles" / "dev.jsonl"
RATES = (
    ("claims precision (strict)", "strict", "found"),
    ("claims recall (strict)", "strict", "gold"),
    ("claims recall (loose)", "loose", "gold"),
    ("noise kept out", "noise_out", "noise"),
    ("not claims kept out", "not_claims_out", "not_claims"),
    ("attributed seen", "attributed_ok", "attributed"),
    ("own voice left alone", "own_ok", "own"),
    ("speaker pointed at", "source_ok", "source"),
    ("speaker of quotes that go on", "carried_ok", "carried"),
    ("denials seen", "denies_ok", "denies"),
    ("denials precise", "denies_ok", "denies_found"),
    ("modality right", "modality_ok", "loose"),
    ("form right", "form_ok", "loose"),
)
"""Name of each rate with the counts it divides."""


def found_claims(
    tagged: Sequence[TaggedParagraph], spans: Sequence[tuple[int, int]], *, least: float, noise: float
) -> list[dict[str, Any]]:
    """The claims with offsets into the article, those of noisy paragraphs and below `least` left out."""
    out = []
    for (start, _), paragraph in zip(spans, tagged, strict=True):
        for claim in paragraph.claims:
            if claim.probability < least or paragraph.noise >= noise:
                continue
            source = claim.source and (start + claim.source[0], start + claim.source[1])
            if claim.elsewhere:
                number, first, last = claim.elsewhere
                source = (spans[number][0] + first, spans[number][0] + last)
            out.append(
                {
                    "span": [start + claim.span[0], start + claim.span[1]],
                    "source": source,
                    "attributed": claim.attributed >= 0.5,
                    "denies": claim.stance == "denies",
                    "modality": claim.modality,
                    "form": claim.form,
                }
            )
    return out


def score(raw: dict[str, Any], article: GoldArticle, found: list[dict[str, Any]], lines: list[str]) -> Counter[str]:
    """Counts of one article; appends a line for each thing that went wrong."""
    gold = [{"span": list(c.span), "claim": c, "raw": r} for c, r in zip(article.claims, raw["claims"], strict=True)]
    strict, loose = matching(found, gold, max), matching(found, gold, min)
    n = Counter[str](found=len(found), gold=len(gold), strict=len(strict), loose=len(loose))

    def hit(span: tuple[int, int]) -> bool:
        return any(share(f["span"], span, min) >= 0.5 for f in found)

    for name, spans in (("noise", article.noise), ("not_claims", article.not_claims)):
        wrong = [s for s in spans if hit(s)]
        n.update({name: len(spans), f"{name}_out": len(spans) - len(wrong)})
        lines += [f"{name.upper()} {article.id} {article.text[slice(*s)]!r}" for s in wrong]
    right = {id(f) for f, _ in strict}
    lines += [f"EXTRA {article.id} {article.text[slice(*f['span'])]!r}" for f in found if id(f) not in right]
    got = {id(g) for _, g in strict}
    lines += [f"MISSED {article.id} {g['raw']['quote']!r}" for g in gold if id(g) not in got]
    for f, g in loose:
        n.update(_pair(f, g["claim"], g["raw"], article.text))
    return n


def _pair(f: dict[str, Any], claim: GoldClaim, raw: dict[str, Any], text: str) -> Counter[str]:
    n = Counter[str](denies=claim.denies, denies_found=f["denies"], denies_ok=claim.denies and f["denies"])
    n.update(modality_ok=f["modality"] == MODALITIES[claim.modality], form_ok=f["form"] == FORMS[claim.form])
    kind = "attributed" if claim.attributed else "own"
    n.update({kind: 1, f"{kind}_ok": f["attributed"] == claim.attributed})
    if claim.attributed:
        said = text[slice(*f["source"])] if f["source"] else ""
        same = bool(f["source"] and claim.source and share(f["source"], claim.source, min) > 0)
        ok = same or said.lower() == (raw["mention"] or "").lower() != "" or bool(names(said) & names(raw["speaker"]))
        n.update(source=1, source_ok=ok)
        if not raw["mention"]:
            n.update(carried=1, carried_ok=ok)
    return n


def measure(
    raws: Iterable[dict[str, Any]], tagger: ClaimTagger, *, least: float, noise: float
) -> tuple[dict[str, Counter[str]], list[str], float]:
    """Counts by language ("all" among them), a line for each thing that went wrong, and seconds spent in the tagger."""
    counts: dict[str, Counter[str]] = {"all": Counter()}
    lines: list[str] = []
    spent = 0.0
    for raw in raws:
        article = read_article(raw)
        spans = paragraph_spans(article.text)
        start = time.perf_counter()
        tagged = tagger.tag([article.text[slice(*s)] for s in spans], lang=article.lang)
        spent += time.perf_counter() - start
        n = score(raw, article, found_claims(tagged, spans, least=least, noise=noise), lines)
        for lang in ("all", article.lang):
            counts.setdefault(lang, Counter()).update(n)
    return counts, lines, spent


def rates(counts: Counter[str]) -> dict[str, float | None]:
    """The rates of some counts; None where there was nothing to count."""
    return {name: counts[part] / counts[whole] if counts[whole] else None for name, part, whole in RATES}


def main(argv: Sequence[str] | None = None) -> int:
    """Prints the rates over all articles and by language."""
    parser = argparse.ArgumentParser(prog="python -m eval.tagger", description=__doc__.split("\n\n")[0])
    parser.add_argument("files", nargs="*", type=Path, default=[ARTICLES], metavar="FILE")
    parser.add_argument("--model", default="bundled", help='"bundled" or a directory')
    parser.add_argument("--min-probability", type=float, default=0.5)
    parser.add_argument("--max-noise", type=float, default=0.5)
    parser.add_argument("--only", nargs="+", metavar="ID", help="only these articles")
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument("--json", type=Path, metavar="OUT")
    options = parser.parse_args(argv)
    tagger = load_tagger(options.model)
    tagger.tag(["Warm."], lang="en")
    rows = [json.loads(line) for path in options.files for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if not options.only or row["id"] in options.only]
    counts, lines, spent = measure(rows, tagger, least=options.min_probability, noise=options.max_noise)
    table = {lang: rates(n) for lang, n in counts.items()}
    for name, *_ in RATES:
        cells = " ".join(
            f"{x} {'-' if v is None else format(v, '.2f')}" for x in sorted(table) if x != "all" for v in [table[x][name]]
        )
        value = table["all"][name]
        sys.stdout.write(f"{name:30} {'-' if value is None else format(value, '.3f')}   {cells}\n")
    sys.stdout.write(f"{'seconds':30} {spent:.2f}\n" + "".join(f"{line}\n" for line in lines if options.errors))
    if options.json:
        options.json.write_text(json.dumps(table, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

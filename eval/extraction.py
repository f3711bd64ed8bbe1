"""`python -m eval.extraction`: annotated articles and story clusters through cleaning and extraction alone, scored.

Needs neither the embedder nor the judge nor a ledger. `--no-tagger` measures the rules by themselves, the baseline of the
tagger.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from eval import polnear, scoring_articles, stories
from models.types import ClaimTagger
from service.extract import claims as claim_step
from service.extract import sentences
from service.ingest import clean
from service.records import Article, Claim

Row = dict[str, Any]
ARTICLES = Path(__file__).parent / "data" / "articles" / "dev.jsonl"


def to_article(raw: Row, *, external_id: str) -> Article:
    """The article as the pipeline would hold it, from a row of an annotated set or a story."""
    return Article(
        id=f"art_{external_id}",
        external_id=external_id,
        publisher=raw["publisher"],
        published_at=datetime.fromisoformat(raw["published_at"]),
        lang=raw["lang"],
        text=raw["text"],
        title=raw.get("title"),
    )


def extracted(article: Article, tagger: ClaimTagger | None, *, min_probability: float) -> list[Claim]:
    """The claims of one article, cleaned first."""
    blocks = clean.blocks(article.text, title=article.title, lang=article.lang)
    return claim_step.extract(article, blocks=blocks, tagger=tagger, min_probability=min_probability)


def row_of(claim: Claim, external_id: str) -> Row:
    """The line of the claims export that scoring reads."""
    return {
        "external_id": external_id,
        "span": list(claim.span),
        "text": claim.text,
        "standalone": claim.standalone,
        "speaker": claim.attribution.speaker,
        "mention": claim.attribution.mention,
        "cue": claim.attribution.cue,
        "form": claim.attribution.form,
        "stance": claim.attribution.stance,
        "modality": claim.modality,
        "as_of": claim.as_of,
        "lang": claim.lang,
        "probability": claim.probability,
        "quantities": [asdict(q) for q in claim.quantities],
    }


def run(
    articles: Iterable[Article], tagger: ClaimTagger | None, *, min_probability: float
) -> tuple[dict[str, list[Row]], float]:
    """(rows by external id, sentences a second over cleaning and extraction)."""
    rows: dict[str, list[Row]] = {}
    spent, read = 0.0, 0
    for article in articles:
        start = time.perf_counter()
        found = extracted(article, tagger, min_probability=min_probability)
        spent += time.perf_counter() - start
        read += len(sentences.split(article.text, article.lang))
        rows[article.external_id] = [row_of(claim, article.external_id) for claim in found]
    return rows, read / max(spent, 1e-9)


def load(path: Path) -> list[Row]:
    """The rows of a JSON Lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def main(argv: Sequence[str] | None = None) -> int:
    """Scores what the options name and prints it; 0 where all went well."""
    parser = argparse.ArgumentParser(prog="python -m eval.extraction", description=__doc__.split("\n\n")[0])
    parser.add_argument("--articles", nargs="+", type=Path, default=[ARTICLES], metavar="FILE")
    parser.add_argument("--stories", type=Path, metavar="DIR")
    parser.add_argument("--polnear", type=Path, metavar="DIR", help="the dev or train folder of PolNeAR")
    parser.add_argument("--no-tagger", action="store_true", help="rules alone")
    parser.add_argument("--tagger", default="bundled", help="which tagger")
    parser.add_argument("--min-probability", type=float, default=claim_step.MIN_PROBABILITY)
    parser.add_argument("--errors", action="store_true", help="list what went wrong")
    parser.add_argument("--json", type=Path, metavar="OUT")
    parser.add_argument("--claims", type=Path, metavar="OUT", help="write the claims as the export would")
    options = parser.parse_args(argv)
    tagger = None if options.no_tagger else _tagger(options.tagger)
    raws = [raw for path in options.articles for raw in load(path)]
    if tagger is not None:
        tagger.tag(["Warm."], lang="en")
    rows, speed = run((to_article(r, external_id=r["id"]) for r in raws), tagger, min_probability=options.min_probability)
    report = scoring_articles.score(raws, rows)
    out: Row = {
        "articles": report.rates() | {"sentences a second": speed},
        "languages": {lang: report.rates(lang) for lang in sorted(report.by_lang)},
    }
    lines = report.lines
    _print(scoring_articles.table(report), f"{'sentences a second':34} {speed:.1f}")
    if options.stories:
        rates, more = _stories(options.stories, tagger, options.min_probability)
        out["stories"] = rates
        lines = lines + more
        _print(*(f"stories: {name:25} {value:.3f}" for name, value in rates.items()))
    if options.polnear:
        out["polnear"] = polnear.score(options.polnear, tagger)
        _print(*(f"PolNeAR: {name:25} {value:.3f}" for name, value in out["polnear"].items()))
    if options.errors:
        _print(*lines)
    if options.claims:
        options.claims.write_text(
            "".join(json.dumps(r, ensure_ascii=False) + "\n" for found in rows.values() for r in found), "utf-8"
        )
    if options.json:
        options.json.write_text(json.dumps(out, indent=1), encoding="utf-8")
    return 0


def _tagger(name: str) -> ClaimTagger:
    from models import registry

    tagger: ClaimTagger = registry.load_tagger(name)
    return tagger


def _stories(folder: Path, tagger: ClaimTagger | None, min_probability: float) -> tuple[dict[str, float], list[str]]:
    raws = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    articles = [to_article(a, external_id=f"{raw['id']}/{a['id']}") for raw in raws for a in raw["articles"]]
    rows, _ = run(articles, tagger, min_probability=min_probability)
    report = stories.score(raws, articles=[], claims=[r for found in rows.values() for r in found], contradictions=[])
    wanted = ("claims covered", "noise kept out", "speaker right", "stance right")
    shown = [line for line in report.lines if line.startswith(("SPEAKER", "UNCOVERED", "NOISE"))]
    return {name: report.rates[name] for name in wanted}, shown


def _print(*lines: str) -> None:
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    sys.exit(main())

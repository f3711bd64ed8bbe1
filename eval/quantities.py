"""Measures quantities and dates against annotated articles: `python -m eval.quantities FILE… [--errors]`.

Quantities are read from each gold claim's quote and are right where both interval ends are equal within half a percent. `as_of`
is found for the gold claims of an article together, with their gold modality, and is right where it starts with the gold
date; "null kept" is the share of claims without a gold date for which none is found; "alone" is what the quote alone gives.
"""

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from service.extract import quantities, times

CLOSE = 0.005


def close(x: float | None, y: float | None) -> bool:
    """Whether two interval ends are equal within half a percent, or both open."""
    if x is None or y is None:
        return x is y
    return abs(x - y) <= CLOSE * max(1e-9, abs(y))


def score_quantities(article: dict[str, Any], counts: Counter[str]) -> Iterator[str]:
    """Adds one article's quantities to `gold`, `found` and `ok`; yields a line for each that is missed or too many."""
    for claim in article["claims"]:
        found = list(quantities.find(claim["quote"], lang=article["lang"]))
        counts.update(gold=len(claim["quantities"]), found=len(found))
        for gold in claim["quantities"]:
            hit = next((q for q in found if close(q.low, gold["low"]) and close(q.high, gold["high"])), None)
            if hit:
                found.remove(hit)
                counts["ok"] += 1
            else:
                yield f"{article['lang']} MISSED {gold['text']!r} {gold['low']} {gold['high']} in {claim['quote']!r}"
        for extra in found:
            yield f"{article['lang']} EXTRA {extra.text!r} {extra.low} {extra.high} {extra.unit} in {claim['quote']!r}"


def score_dates(article: dict[str, Any], counts: Counter[str]) -> Iterator[str]:
    """Adds one article's dates to `dated`, `right`, `alone`, `undated` and `kept`; yields a line for each wrong one."""
    text, lang = article["text"], article["lang"]
    published = datetime.fromisoformat(article["published_at"].replace("Z", "+00:00"))
    claims = sorted(article["claims"], key=lambda claim: text.find(claim["quote"]))
    spans = [(text.find(c["quote"]), text.find(c["quote"]) + len(c["quote"])) for c in claims]
    found = times.as_of_all(
        text, [(span, claim["modality"]) for span, claim in zip(spans, claims, strict=True)], lang=lang, published_at=published
    )
    for claim, iso in zip(claims, found, strict=True):
        gold = claim["as_of"]
        if gold is None:
            counts.update(undated=1, kept=iso is None)
            continue
        alone = times.as_of(claim["quote"], lang=lang, published_at=published, modality=claim["modality"])
        right = bool(iso and iso.startswith(gold))
        counts.update(dated=1, right=right, alone=bool(alone and alone.startswith(gold)))
        if not right:
            yield f"{lang} AS_OF want {gold} got {iso} for {claim['quote']!r}"


def report(lang: str, counts: Counter[str]) -> str:
    """One line of rates."""

    def rate(part: str, whole: str) -> str:
        return f"{counts[part] / counts[whole]:.3f}" if counts[whole] else "-"

    return (
        f"{lang:4} quantities precision {rate('ok', 'found')} recall {rate('ok', 'gold')} of {counts['gold']}   "
        f"as_of {rate('right', 'dated')} of {counts['dated']}, alone {rate('alone', 'dated')}, "
        f"null kept {rate('kept', 'undated')}\n"
    )


def main(argv: list[str] | None = None) -> int:
    """Prints the rates for each language and for all, and the processor time a claim took; 0."""
    parser = argparse.ArgumentParser(prog="python -m eval.quantities")
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args(argv)
    by_lang: dict[str, Counter[str]] = defaultdict(Counter)
    errors: list[str] = []
    claims, spent = 0, [0.0, 0.0]
    for path in options.files:
        for line in path.read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            claims += len(article["claims"])
            for i, score in enumerate((score_quantities, score_dates)):
                started = time.process_time()
                errors += score(article, by_lang[article["lang"]])
                spent[i] += time.process_time() - started
    total: Counter[str] = Counter()
    for counts in by_lang.values():
        total.update(counts)
    for lang, counts in [("all", total), *sorted(by_lang.items())]:
        sys.stdout.write(report(lang, counts))
    sys.stdout.write(
        f"{1000 * spent[0] / claims:.2f} ms a claim for quantities, {1000 * spent[1] / claims:.2f} ms for dates (twice)\n"
    )
    if options.errors:
        sys.stdout.write("\n".join(sorted(errors)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

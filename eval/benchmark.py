"""Checks our own sets and counts what is in them: `python -m eval benchmark [--write]`.

Checked are the formats that `eval/data/README.md` describes. `--write` puts the counts into that datasheet; without it, 1 is
returned where the datasheet says something else, or where a file breaks a rule.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from eval.places import ROOT
from models.types import RELATIONS

DATASHEET = ROOT / "eval/data/README.md"
PARTS = {"development": ROOT / "eval/data", "training": ROOT / "models/training/data"}
KINDS = ("numeric", "negation", "antonym", "identity", "place_time", "attributed_dispute")
FORMS, STANCES = ("direct", "indirect", "mixed", "none"), ("asserts", "denies")
MODALITIES = ("fact", "forecast", "plan", "condition", "possibility")
CLAIM = {"quote", "speaker", "mention", "cue", "form", "stance", "modality", "standalone", "quantities", "as_of"}
BEGIN, END = "<!-- counts -->", "<!-- /counts -->"
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?$")

Raw = Mapping[str, Any]


def group_problems(topic: Raw) -> Iterator[str]:
    """What is wrong with a topic of claims."""
    claims = topic["claims"]
    if not 7 <= len(claims) <= 14:
        yield f"{len(claims)} claims, expected are 7 to 14"
    for k, claim in enumerate(claims):
        if missing := {"text", "lang", "speaker", "stance", "outlet", "said_at", "as_of"} - claim.keys():
            yield f"claim {k} lacks {', '.join(sorted(missing))}"
            continue
        if claim["stance"] not in STANCES:
            yield f"claim {k}: stance {claim['stance']!r}"
        for key in ("said_at", "as_of"):
            if claim[key] is not None and not _DATE.match(claim[key]):
                yield f"claim {k}: {key} {claim[key]!r} is no date"
    if len({claim.get("text") for claim in claims}) < len(claims):
        yield "a claim text stands twice"
    seen: set[tuple[int, int]] = set()
    for pair in topic["pairs"]:
        yield from _pair_problems(pair, len(claims), seen)


def _pair_problems(pair: Sequence[Any], count: int, seen: set[tuple[int, int]]) -> Iterator[str]:
    if len(pair) != 6:
        yield f"pair {pair[:2]} has {len(pair)} fields, expected are 6"
        return
    i, j, ahead, back, relation, why = pair
    if not 0 <= i < j < count or (i, j) in seen:
        yield f"pair {i}, {j} is out of order, out of range or stands twice"
    seen.add((i, j))
    if ahead not in tuple("enc") or back not in tuple("enc") or relation not in RELATIONS or not isinstance(why, list):
        yield f"pair {i}, {j}: {ahead!r} {back!r} {relation!r} {why!r}"
    if (ahead == "c") != (back == "c"):
        yield f"pair {i}, {j}: contradiction one way only"
    if relation in ("contradiction", "dispute") and ahead != "c":
        yield f"pair {i}, {j}: {relation} without contradiction in content"
    if relation in ("repeat", "support") and "c" in (ahead, back):
        yield f"pair {i}, {j}: {relation} with contradiction in content"


def article_problems(article: Raw) -> Iterator[str]:
    """What is wrong with an annotated article."""
    text = article["text"]
    datetime.fromisoformat(article["published_at"])
    for claim in article["claims"]:
        if claim.keys() != CLAIM:
            yield f"claim keys differ by {', '.join(sorted(claim.keys() ^ CLAIM))}"
            continue
        where = f"claim {claim['quote'][:40]!r}"
        yield from _quoted(claim["quote"], text, where)
        if claim["form"] not in FORMS or claim["stance"] not in STANCES or claim["modality"] not in MODALITIES:
            yield f"{where}: form {claim['form']!r}, stance {claim['stance']!r}, modality {claim['modality']!r}"
        if (claim["form"] == "none") != (claim["speaker"] is None):
            yield f"{where}: form none goes with no speaker"
        if claim["mention"] is not None and claim["mention"] not in text:
            yield f"{where}: mention {claim['mention']!r} is not in the text"
        for quantity in claim["quantities"]:
            low, high = quantity["low"], quantity["high"]
            if quantity["text"] not in claim["quote"] or (low is not None and high is not None and low > high):
                yield f"{where}: quantity {quantity!r}"
    for quote in [*(n["quote"] for n in article["not_claims"]), *article["noise"]]:
        yield from _quoted(quote, text, "not a claim, or noise")


def story_problems(story: Raw) -> Iterator[str]:
    """What is wrong with a story cluster."""
    texts = {a["id"]: a["text"] for a in story["articles"]}
    if len(texts) < len(story["articles"]):
        yield "an article id stands twice"
    for article in story["articles"]:
        datetime.fromisoformat(article["published_at"])
    for key in ("contradictions", "agreements", "hard_negatives"):
        for k, pair in enumerate(story[key]):
            for side in "ab":
                yield from _quoted(pair[side]["quote"], texts.get(pair[side]["article"], ""), f"{key}[{k}].{side}")
    for k, pair in enumerate(story["contradictions"]):
        if pair["kind"] not in KINDS or pair["relation"] not in ("contradiction", "update"):
            yield f"contradictions[{k}]: kind {pair['kind']!r}, relation {pair['relation']!r}"
    for key in ("attributions", "not_claims"):
        for k, row in enumerate(story[key]):
            yield from _quoted(row["quote"], texts.get(row["article"], ""), f"{key}[{k}]")
    for group in story["syndicated"]:
        if unknown := set(group) - texts.keys():
            yield f"syndicated names {', '.join(sorted(unknown))}, which are no articles"


def _quoted(quote: str, text: str, where: str) -> Iterator[str]:
    if not quote.strip() or text.count(quote) != 1:
        yield f"{where}: stands {text.count(quote)} times in the text: {quote[:60]!r}"


def entries(folder: Path, kind: str) -> Iterator[tuple[str, Raw | str]]:
    """(file and line, the entry, or why it cannot be read) of all files of a kind in a folder."""
    for path in sorted([*(folder / kind).glob("*.jsonl"), *(folder / kind).glob("*.json")]):
        text = path.read_text(encoding="utf-8")
        lines = enumerate(text.splitlines(), 1) if path.suffix == ".jsonl" else [(1, text)]
        for number, line in lines:
            try:
                yield f"{path.name}:{number}", json.loads(line)
            except ValueError as error:
                yield f"{path.name}:{number}", f"no JSON: {error}"


CHECKS: dict[str, Callable[[Raw], Iterator[str]]] = {
    "groups": group_problems,
    "articles": article_problems,
    "stories": story_problems,
}


def check(folder: Path) -> list[str]:
    """A line for each rule that a file of a folder breaks, with file and line."""
    lines = []
    for kind, problems in CHECKS.items():
        for place, entry in entries(folder, kind):
            if isinstance(entry, str):
                lines.append(f"{kind}/{place}: {entry}")
                continue
            try:
                lines += [f"{kind}/{place}: {problem}" for problem in problems(entry)]
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                lines.append(f"{kind}/{place}: {type(error).__name__} {error}")
    return lines


def count(folder: Path) -> dict[str, Counter[str]]:
    """What is in the files of a folder, by kind; languages as "lang en"."""
    out: dict[str, Counter[str]] = {kind: Counter() for kind in CHECKS}
    for _, topic in entries(folder, "groups"):
        if not isinstance(topic, str):
            claims, n = topic["claims"], len(topic["claims"])
            out["groups"].update({"topics": 1, "claims": n, "pairs": n * (n - 1) // 2, "listed": len(topic["pairs"])})
            out["groups"].update([f"lang {c['lang']}" for c in claims] + [f"relation {p[4]}" for p in topic["pairs"]])
            out["groups"].update(f"phenomenon {name}" for p in topic["pairs"] for name in p[5])
    for _, article in entries(folder, "articles"):
        if not isinstance(article, str):
            claims = article["claims"]
            out["articles"].update({"articles": 1, "claims": len(claims), f"lang {article['lang']}": 1})
            out["articles"].update({"not_claims": len(article["not_claims"]), "noise": len(article["noise"])})
            out["articles"].update({"quantities": sum(len(c["quantities"]) for c in claims)})
            out["articles"].update(attributed=sum(c["speaker"] is not None for c in claims))
    for _, story in entries(folder, "stories"):
        if not isinstance(story, str):
            out["stories"].update({"stories": 1, "articles": len(story["articles"])})
            for key in ("contradictions", "agreements", "hard_negatives", "attributions"):
                out["stories"][key] += len(story[key])
            out["stories"].update([f"lang {a['lang']}" for a in story["articles"]])
            out["stories"].update([f"kind {c['kind']}" for c in story["contradictions"]])
    return out


def table(counts: Mapping[str, Mapping[str, Counter[str]]]) -> str:
    """The counts as the Markdown that stands in the datasheet."""
    kinds = {
        "groups": ("`groups/`: claim groups", ("topics", "claims", "pairs")),
        "articles": ("`articles/`: annotated articles", ("articles", "claims")),
        "stories": ("`stories/`: story clusters", ("stories", "articles", "contradictions")),
    }
    lines = ["| set | development | training |", "|---|---|---|"]
    for kind, (title, names) in kinds.items():
        cells = [", ".join(f"{found[kind][n]:,} {n}" for n in names if found[kind][n]) or "none" for found in counts.values()]
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    for part, found in counts.items():
        lines.append("")
        lines.append(f"In the {part} part, by language and by what makes a pair what it is:")
        lines.append("")
        lines += [f"- {kind}, {what}: {_list(found[kind], what)}" for kind in kinds for what in _whats(found[kind])]
    return "\n".join(lines)


def _whats(found: Counter[str]) -> list[str]:
    return [what for what in ("lang", "relation", "kind", "phenomenon") if any(key.startswith(f"{what} ") for key in found)]


def _list(found: Counter[str], what: str, *, most: int = 24) -> str:
    named = [(key.split(" ", 1)[1], n) for key, n in found.most_common() if key.startswith(f"{what} ")]
    rest = sum(n for _, n in named[most:])
    return ", ".join([f"{name} {n:,}" for name, n in named[:most]] + ([f"others {rest:,}"] if rest else []))


def main(argv: Sequence[str]) -> int:
    """Prints what is wrong; 0 where nothing is."""
    parser = argparse.ArgumentParser(prog="python -m eval benchmark", description=__doc__.split("\n\n")[0])
    parser.add_argument("--write", action="store_true", help="put the counts into the datasheet")
    parser.add_argument("folders", nargs="*", type=Path, help="folders to check instead of our own")
    options = parser.parse_args(argv)
    lines = [line for folder in options.folders or PARTS.values() for line in check(folder)]
    if not options.folders:
        counted = table({part: count(folder) for part, folder in PARTS.items()})
        before, _, rest = DATASHEET.read_text(encoding="utf-8").partition(BEGIN)
        written, end, after = rest.partition(END)
        if not end:
            lines.append(f"{DATASHEET.name}: no place for the counts between {BEGIN} and {END}")
        elif options.write:
            DATASHEET.write_text(f"{before}{BEGIN}\n{counted}\n{END}{after}", encoding="utf-8")
        elif written.strip() != counted:
            lines.append(f"{DATASHEET.name}: the counts are not those of the files; --write puts them right")
    sys.stdout.write("".join(f"{line}\n" for line in lines) or "all sets keep to their formats\n")
    return int(bool(lines))

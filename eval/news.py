"""Ordinary news from the open sets, as plain articles: FNC-1's bodies, PolNeAR and ECB+, one at a time."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from eval.places import unpacked
from service.records import Submission

ARCHIVES = {
    "fnc1": ("news", "fnc1_train.tar.gz"),
    "polnear": ("quotes", "polnear.tar.gz"),
    "ecbplus": ("linking", "ecbplus.tar.gz"),
}
"""Set → where its archive lies among the open sets."""
UNDATED = {"fnc1": datetime(2014, 10, 1, tzinfo=UTC), "ecbplus": datetime(2010, 1, 1, tzinfo=UTC)}
"""FNC-1 and ECB+ give no dates: every article of theirs gets one day, about the middle of what they hold."""
_NO_SPACE_BEFORE = re.compile(r" (?=[.,;:!?%)\]}]|n't\b|'(?:s|re|ve|ll|d|m)\b|''|”|’)")
_NO_SPACE_AFTER = re.compile(r"(?<=[(\[{$“]) ")


@dataclass(frozen=True, slots=True)
class Text:
    """One article as a set holds it."""

    id: str
    publisher: str
    published_at: datetime
    text: str

    def submission(self) -> Submission:
        """The article as it would be submitted."""
        return Submission(
            text=self.text, publisher=self.publisher, published_at=self.published_at, lang="en", external_id=self.id
        )


def texts(name: str, *, limit: int | None = None) -> Iterator[Text]:
    """The articles of a set of `ARCHIVES`, `limit` of them at most; NoData where the set is not on this machine."""
    with unpacked(*ARCHIVES[name]) as folder:
        for number, text in enumerate(READERS[name](folder)):
            if limit is not None and number >= limit:
                return
            yield text


def _fnc1(folder: Path) -> Iterator[Text]:
    """Bodies; which outlet wrote them is not known, so that each has one of its own."""
    with (folder / "bodies_train.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            raw = json.loads(line)
            yield Text(f"fnc1/{raw['body_id']}", f"FNC-1 outlet {raw['body_id']}", UNDATED["fnc1"], raw["body"])


def _polnear(folder: Path) -> Iterator[Text]:
    """Articles of seven outlets, with the outlet and the day in the file's name."""
    for path in sorted(folder.glob("*/text/*.txt")):
        outlet, day, *_ = path.stem.split("_")
        moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
        yield Text(f"polnear/{path.stem}", outlet, moment, path.read_text(encoding="utf-8"))


def _ecbplus(folder: Path) -> Iterator[Text]:
    """The sentences of each document that carry annotation, joined."""
    for path in sorted(folder.glob("*_corpus.txt")):
        for document, sentences in documents(path):
            yield Text(f"ecbplus/{document}", f"ECB+ {document}", UNDATED["ecbplus"], " ".join(sentences.values()))


READERS = {"fnc1": _fnc1, "polnear": _polnear, "ecbplus": _ecbplus}


def documents(path: Path) -> Iterator[tuple[str, dict[int, str]]]:
    """(document, its sentences by number) of an ECB+ corpus file, whose lines are document, sentence, token, word, chain."""
    current, found = "", dict[int, list[str]]()
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            fields = line.rstrip("\n").split("\t")
            if len(fields) < 4:
                continue
            if fields[0] != current and current:
                yield current, {k: joined(words) for k, words in found.items()}
                found = {}
            current = fields[0]
            found.setdefault(int(fields[1]), []).append(fields[3])
    if current:
        yield current, {k: joined(words) for k, words in found.items()}


def joined(words: list[str]) -> str:
    """Tokens as a sentence, without the spaces that tokenizing put before punctuation."""
    return _NO_SPACE_AFTER.sub("", _NO_SPACE_BEFORE.sub("", " ".join(words)))

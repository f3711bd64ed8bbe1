"""NLI models: probabilities of entailment, neutral and contradiction for pairs of texts, and the relation of two claims.

A pair too long for the model is not cut: the premise is read in chunks of at most 350 tokens that end with a sentence, as in
AlignScore (Zha et al. 2023, "AlignScore: Evaluating factual consistency with a unified alignment function"), each with the
whole hypothesis, and the chunk that speaks most clearly (largest probability of entailment or contradiction) answers for the
premise, as the maximum does in SummaC (Laban et al. 2022). A hypothesis too long for that is read in parts of at most 128
tokens: a part that is contradicted answers for the whole, and failing that the part that is least entailed.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.labels import LabelOrder
from models.runtime import Session, run
from models.tokens import TextEncoder, Tokens, clean
from models.types import NLI_LABELS, RELATIONS, FloatArray, ModelInfo, NliModel, Pair, PairScores

PREMISE_TOKENS = 350
HYPOTHESIS_TOKENS = 128
SLACK = 8
"""Tokens by which a chunk may grow when it is read alone."""
ENTAILMENT, NEUTRAL, CONTRADICTION = range(3)
UNRELATED = RELATIONS.index("unrelated")


class PairModel:
    """One network that reads both texts together."""

    def __init__(self, session: Session, encoder: TextEncoder, order: LabelOrder, info: ModelInfo) -> None:
        self._session, self._encoder, self._order, self.info = session, encoder, order, info

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Probabilities (n, 3) in the order of `NLI_LABELS`. A pair with an empty side is neutral: nothing is said."""
        if self._order.backward is None:
            return self._read(_cleaned(pairs)).forward
        return self.judge(pairs).forward

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        """Both directions of each pair, and its relation where the model has a head for it.

        A model with heads for both directions reads the longer text first whichever way a pair is given, as premises mostly
        were in training, and both directions share one probability of a contradiction: so the order of a pair does not matter.
        """
        cleaned = _cleaned(pairs)
        if self._order.backward is None:
            both = self._read([*cleaned, *((b, a) for a, b in cleaned)])
            n = len(cleaned)
            relation = None if both.relation is None else both.relation[:n]
            return PairScores(both.forward[:n], both.forward[n:], relation)
        turned = [i for i, (a, b) in enumerate(cleaned) if (len(a), a) < (len(b), b)]
        ordered = list(cleaned)
        for i in turned:
            ordered[i] = (cleaned[i][1], cleaned[i][0])
        scores = self._read(ordered)
        long = [i for i, tokens in enumerate(self._encoder.pairs(ordered)) if len(tokens.ids) > self._encoder.max_tokens]
        if long:  # chunks of a premise say nothing of the other direction
            scores.backward[long] = self._read([(ordered[i][1], ordered[i][0]) for i in long]).forward
        scores.forward[turned], scores.backward[turned] = scores.backward[turned], scores.forward[turned]
        _share_contradiction(scores)
        return scores

    def _read(self, pairs: Sequence[Pair]) -> PairScores:
        """The heads of the network for each pair; of the chunk that answers where a pair is long."""
        longest = self._encoder.max_tokens
        flat: list[Tokens] = []
        parts: list[list[int]] = []
        for pair, tokens in zip(pairs, self._encoder.pairs(pairs), strict=True):
            chunks = [(0, tokens)] if len(tokens.ids) <= longest else self._split(*pair)
            flat += [chunk for _, chunk in chunks]
            parts.append([part for part, _ in chunks])
        logits = run(self._session, flat, width=self._order.count, pad_id=self._encoder.pad_id)
        forward, backward, relation = self._heads(logits)
        starts = np.cumsum([0, *(len(p) for p in parts)])[:-1]
        chosen = np.array([s + _answering(forward[s : s + len(p)], p) for s, p in zip(starts, parts, strict=True)], np.int64)
        scores = PairScores(forward[chosen], backward[chosen], None if relation is None else relation[chosen])
        _silence(scores, pairs)
        return scores

    def _split(self, premise: str, hypothesis: str) -> list[tuple[int, Tokens]]:
        """What is read instead of a long pair: chunks of the premise with parts of the hypothesis, and which part."""
        room = self._encoder.max_tokens - self._encoder.special_in_pair - SLACK
        chunk = min(PREMISE_TOKENS, room * 2 // 3)
        parts = self._encoder.chunks(hypothesis, max_tokens=room - chunk)
        if len(parts) > 1:
            parts = self._encoder.chunks(hypothesis, max_tokens=min(HYPOTHESIS_TOKENS, room - chunk))
        chunks = self._encoder.chunks(premise, max_tokens=chunk)
        numbered = [(k, (c, part)) for k, part in enumerate(parts) for c in chunks]
        return [
            (k, self._encoder.cut(t)) for (k, _), t in zip(numbered, self._encoder.pairs([p for _, p in numbered]), strict=True)
        ]

    def _heads(self, logits: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray | None]:
        forward = softmax(logits[:, self._order.forward])
        backward = forward if self._order.backward is None else softmax(logits[:, self._order.backward])
        relation = None if self._order.relation is None else softmax(logits[:, self._order.relation])
        return forward, backward, relation


DOUBTFUL_CONTRADICTION, DOUBTFUL_RELATION = 0.1, 0.4
"""Probabilities of a conflict from which the small judge's word is not enough and the English one is asked too."""


class BundledJudge:
    """The multilingual judge, which reads every pair, and the English one, which gives a second opinion.

    `judge` asks it of English pairs that may be in conflict, about one in ten; `predict`, of every English pair.
    """

    def __init__(self, multilingual: PairModel, english: PairModel | None = None, *, weight: float = 0.5) -> None:
        self._multilingual, self._english, self._weight = multilingual, english, weight
        if english is None:
            self.info = replace(multilingual.info, name="bundled")
        else:
            version = f"{multilingual.info.version}+{english.info.version}"
            self.info = replace(multilingual.info, name="bundled", version=version)

    def predict(self, pairs: Sequence[Pair]) -> FloatArray:
        """Probabilities (n, 3) in the order of `NLI_LABELS`."""
        return self._joined(self._multilingual.judge(pairs), pairs, range(len(pairs))).forward

    def judge(self, pairs: Sequence[Pair]) -> PairScores:
        """Both directions of each pair, and its relation."""
        out = self._multilingual.judge(pairs)
        return self._joined(out, pairs, _doubtful(out))

    def _joined(self, out: PairScores, pairs: Sequence[Pair], among: Sequence[int]) -> PairScores:
        """The first judge's scores with the second's mixed in where it can read the pair and is asked."""
        for english, chosen in self._second(pairs, among):
            more = english.judge([pairs[i] for i in chosen])
            out.forward[chosen] = self._mixed(out.forward[chosen], more.forward)
            out.backward[chosen] = self._mixed(out.backward[chosen], more.backward)
            if out.relation is not None and more.relation is not None:
                out.relation[chosen] = self._mixed(out.relation[chosen], more.relation)
        _share_contradiction(out)
        return out

    def _second(self, pairs: Sequence[Pair], among: Sequence[int]) -> list[tuple[PairModel, list[int]]]:
        if self._english is None:
            return []
        from models.english import is_english

        chosen = [i for i in among if all(map(is_english, pairs[i]))]
        return [(self._english, chosen)] if chosen else []

    def _mixed(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """The weighted geometric mean of two distributions, normalised: the mean of their logits."""
        logs = (1 - self._weight) * np.log(first + 1e-9) + self._weight * np.log(second + 1e-9)
        return softmax(logs)


def _doubtful(scores: PairScores) -> list[int]:
    """The pairs that may be in conflict."""
    doubtful = np.maximum(scores.forward[:, CONTRADICTION], scores.backward[:, CONTRADICTION]) >= DOUBTFUL_CONTRADICTION
    if scores.relation is not None:
        shown = [RELATIONS.index(x) for x in ("contradiction", "dispute", "update")]
        doubtful |= scores.relation[:, shown].sum(axis=1) >= DOUBTFUL_RELATION
    return [int(i) for i in np.flatnonzero(doubtful)]


def softmax(logits: FloatArray) -> FloatArray:
    """Probabilities along the last axis."""
    e = np.exp(logits - logits.max(-1, keepdims=True, initial=-np.inf))
    out: FloatArray = (e / e.sum(-1, keepdims=True)).astype(np.float32)
    return out


def _cleaned(pairs: Sequence[Pair]) -> list[Pair]:
    return [(clean(a, at=i), clean(b, at=i)) for i, (a, b) in enumerate(pairs)]


def _answering(forward: FloatArray, groups: Sequence[int]) -> int:
    """The row that answers for a pair: the clearest chunk of each part of the hypothesis, then the part that decides."""
    if len(groups) == 1:
        return 0
    clear = np.maximum(forward[:, ENTAILMENT], forward[:, CONTRADICTION])
    rows = np.arange(len(groups))
    of_part = np.array(groups)
    best = [int(rows[of_part == k][clear[of_part == k].argmax()]) for k in range(groups[-1] + 1)]
    against = max(best, key=lambda row: forward[row, CONTRADICTION])
    if forward[against].argmax() == CONTRADICTION:
        return against
    return min(best, key=lambda row: forward[row, ENTAILMENT])


def _share_contradiction(scores: PairScores) -> None:
    """Gives both directions their mean probability of a contradiction; entailment and neutral keep their proportion."""
    shared = (scores.forward[:, CONTRADICTION] + scores.backward[:, CONTRADICTION]) / 2
    for array in (scores.forward, scores.backward):
        rest = array[:, [ENTAILMENT, NEUTRAL]]
        array[:, [ENTAILMENT, NEUTRAL]] = rest * ((1 - shared) / np.maximum(rest.sum(axis=1), 1e-9))[:, None]
        array[:, CONTRADICTION] = shared


def _silence(scores: PairScores, pairs: Sequence[Pair]) -> None:
    """A text of white space says nothing: it entails nothing, contradicts nothing and is related to nothing."""
    empty = [i for i, (a, b) in enumerate(pairs) if not a.strip() or not b.strip()]
    if not empty:
        return
    for array, certain in ((scores.forward, NEUTRAL), (scores.backward, NEUTRAL), (scores.relation, UNRELATED)):
        if array is not None:
            array[empty] = 0.0
            array[empty, certain] = 1.0


GOLDEN: tuple[tuple[str, str, str], ...] = (
    ("A man is playing a guitar on the stage.", "A man is playing an instrument.", "entailment"),
    ("The parliament approved the new budget on Tuesday.", "The new budget was approved.", "entailment"),
    ("Three people were killed and ten were injured in the blast.", "People were injured in the blast.", "entailment"),
    ("The company will close its factory in Leeds next year.", "A factory in Leeds will be closed.", "entailment"),
    ("A man is playing a guitar on the stage.", "The man is thirty years old.", "neutral"),
    ("The parliament approved the new budget on Tuesday.", "The finance minister has two children.", "neutral"),
    ("Three people were killed in the blast.", "The hospital was built in 1987.", "neutral"),
    ("The company will close its factory in Leeds next year.", "The company was founded by two brothers.", "neutral"),
    ("A man is playing a guitar on the stage.", "Nobody is playing a guitar.", "contradiction"),
    ("The parliament approved the new budget on Tuesday.", "The parliament rejected the new budget.", "contradiction"),
    ("Nobody was hurt in the blast.", "Three people were killed in the blast.", "contradiction"),
    ("The company will close its factory in Leeds.", "The factory in Leeds will not be closed.", "contradiction"),
)
"""Pairs that any English or multilingual NLI model gets mostly right, written for this test."""


def golden_hits(model: NliModel) -> list[list[int]]:
    """How often the model gave each label (columns) to golden pairs of each label (rows), 3 by 3."""
    given = model.predict([(a, b) for a, b, _ in GOLDEN]).argmax(-1)
    counts = [[0] * len(NLI_LABELS) for _ in NLI_LABELS]
    for (_, _, label), answer in zip(GOLDEN, given, strict=True):
        counts[NLI_LABELS.index(label)][int(answer)] += 1
    return counts

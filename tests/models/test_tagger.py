"""The bundled claim tagger on plain prose."""

import numpy as np
import pytest

from models import registry

PROSE = [
    "The bridge at Varnes was closed on Monday after cracks were found in two pillars, the road agency said.",
    "“It will stay shut until the spring,” said Ana Ruiz, the agency's director.",
    "What a wonderful morning it was!",
]
NOISE = "Subscribe to our newsletter and never miss a story. Sign in | Register | Share on Facebook"


@pytest.fixture(scope="module")
def tagger():
    return registry.load_tagger()


def test_claims_are_found_where_they_stand(tagger):
    first, second, third = tagger.tag(PROSE, lang="en")
    assert any("closed on Monday" in PROSE[0][slice(*c.span)] for c in first.claims)
    assert any("stay shut until the spring" in PROSE[1][slice(*c.span)] for c in second.claims)
    assert max(p.noise for p in (first, second, third)) < 0.5


def test_noise_is_told_from_prose(tagger):
    tagged = tagger.tag([*PROSE, NOISE], lang="en")
    assert tagged[3].noise > max(p.noise for p in tagged[:3])


def test_each_token_has_a_probability_and_lies_in_its_paragraph(tagger):
    for text, paragraph in zip(PROSE, tagger.tag(PROSE, lang="en"), strict=True):
        assert paragraph.tokens
        assert all(0 <= start < end <= len(text) and 0 <= p <= 1 for start, end, p in paragraph.tokens)
        inside = [p for start, end, p in paragraph.tokens for c in paragraph.claims if c.span[0] <= start and end <= c.span[1]]
        assert not inside or np.mean(inside) > 0.3


def test_no_text_and_long_text_are_read(tagger):
    assert tagger.tag([], lang="en") == []
    [nothing] = tagger.tag([""], lang="en")
    assert nothing.claims == ()
    long = " ".join(PROSE[:2] * 120)
    [paragraph] = tagger.tag([long], lang="en")
    assert len(paragraph.claims) > 100
    assert max(c.span[1] for c in paragraph.claims) > len(long) - 200

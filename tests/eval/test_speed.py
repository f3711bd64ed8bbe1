import os
from itertools import islice

from eval import soak, speed
from eval.server import Server


def test_long_articles_are_long_enough_and_differ() -> None:
    articles = speed.long_articles()
    assert len(articles) > speed.REPEATS
    assert len({article["text"] for article in articles}) == len(articles)
    assert all(speed.WORDS <= len(article["text"].split()) < speed.WORDS + 150 for article in articles)


def test_a_measure_over_its_limit_does_not_pass() -> None:
    assert speed.Measure("x", 2.9, 3.0, "s").passed
    assert not speed.Measure("x", 3.0, 3.0, "s").passed


def test_installation_counts_this_environment() -> None:
    size = speed.installation()
    assert size.unit == "MB"
    assert size.value > 100


def test_resident_memory_is_that_of_the_process() -> None:
    server = Server(port=1, pid=os.getpid())
    before = server.resident_mb()
    block = bytearray(b"x") * 64_000_000
    assert server.resident_mb() - before > 40
    assert len(block) == 64_000_000


def test_soak_never_sends_the_same_text_twice() -> None:
    texts = [article["text"] for article in islice(soak.articles(), 400)]
    assert len(set(texts)) == len(texts)

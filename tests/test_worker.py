import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.errors import Unavailable
from service.pipeline import Models, Pipeline
from service.settings import Settings, load_settings
from service.store.ledger import Ledger
from service.worker import Worker
from tests import fakes
from tests.store import make


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return load_settings(db=f"sqlite:///{tmp_path / 'ledger.db'}")


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Ledger]:
    opened = Ledger.open(settings.db)
    yield opened
    opened.close()


@pytest.fixture
def begin() -> Iterator[Callable[[Pipeline], Worker]]:
    workers: list[Worker] = []

    def start(pipeline: Pipeline) -> Worker:
        worker = Worker(pipeline, poll_s=0.02, retry_s=0.02)
        workers.append(worker)
        worker.start()
        return worker

    yield start
    for worker in workers:
        assert worker.stop(timeout_s=20)


def until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1_000):
        if condition():
            return
        waiting.wait(0.02)
    raise AssertionError("it did not come to be")


def test_what_waits_is_processed_and_what_comes_later_too(
    ledger: Ledger, settings: Settings, begin: Callable[[Pipeline], Worker]
) -> None:
    ledger.add_article(make.submission("There are 100 boats in the harbour."))
    worker = begin(fakes.pipeline(ledger, settings))
    until(lambda: ledger.count_pending() == 0)
    ledger.add_article(make.submission("There are 200 boats in the harbour.", publisher="Herald"))
    worker.wake()
    until(lambda: ledger.count_pending() == 0)
    assert ledger.counts().contradictions == {("suggested", "numeric"): 1}
    assert worker.failure is None


def test_what_a_crash_left_half_done_is_done_at_the_next_start(
    ledger: Ledger, settings: Settings, begin: Callable[[Pipeline], Worker]
) -> None:
    ledger.add_article(make.submission("There are 100 boats."))
    [held] = ledger.lease_pending()  # by a process that then died
    assert ledger.lease_pending() == []
    begin(fakes.pipeline(ledger, settings))
    until(lambda: ledger.get_article(held.id).state == "processed")


def test_an_article_that_brings_the_process_down_is_given_up(ledger: Ledger) -> None:
    ledger.add_article(make.submission("There are 100 boats."))
    for _ in range(3):  # each time, the process dies at it and starts again
        assert len(ledger.lease_pending()) == 1
        assert ledger.end_leases() == 1
    assert ledger.lease_pending() == []
    assert ledger.counts().articles == {"failed": 1}


def test_an_article_that_cannot_be_processed_fails_alone(
    ledger: Ledger, settings: Settings, begin: Callable[[Pipeline], Worker]
) -> None:
    class Choosy(fakes.FakeTagger):
        def tag(self, paragraphs, *, lang):  # type: ignore[no-untyped-def]
            if "poison" in paragraphs[0]:
                raise ValueError("cannot read this")
            return super().tag(paragraphs, lang=lang)

    bad = ledger.add_article(make.submission("This is poison for a reader.")).article
    good = ledger.add_article(make.submission("There are 100 boats.")).article
    pipeline = fakes.pipeline(ledger, settings)
    pipeline.models._tagger = Choosy()
    begin(pipeline)
    until(lambda: ledger.count_pending() == 0)
    assert ledger.get_article(good.id).state == "processed"
    assert ledger.get_article(bad.id).failure == "ValueError: cannot read this"


def test_models_that_come_late_are_waited_for(ledger: Ledger, settings: Settings, begin: Callable[[Pipeline], Worker]) -> None:
    class Late(Models):
        tries = 0

        def load(self) -> None:
            self.tries += 1
            if self.tries < 3:
                raise Unavailable("the weights are being copied")

    article = ledger.add_article(make.submission("There are 100 boats.")).article
    pipeline = fakes.pipeline(ledger, settings)
    pipeline.models = Late(settings, embedder=fakes.FakeEmbedder(), nli=fakes.FakeNli(), tagger=fakes.FakeTagger())
    worker = begin(pipeline)
    until(lambda: ledger.get_article(article.id).state == "processed")
    until(lambda: worker.failure is None)


def test_the_end_waits_for_the_article_at_work(ledger: Ledger, settings: Settings) -> None:
    entered, gate = threading.Event(), threading.Event()

    class Slow(fakes.FakeTagger):
        def tag(self, paragraphs, *, lang):  # type: ignore[no-untyped-def]
            entered.set()
            gate.wait(20)
            return super().tag(paragraphs, lang=lang)

    first = ledger.add_article(make.submission("There are 100 boats.")).article
    second = ledger.add_article(make.submission("There are 300 cars.")).article
    pipeline = fakes.pipeline(ledger, settings)
    pipeline.models._tagger = Slow()
    worker = Worker(pipeline, poll_s=0.02)
    worker.start()
    assert entered.wait(20)
    assert not worker.stop(timeout_s=0.01)
    gate.set()
    assert worker.stop(timeout_s=20)
    assert [ledger.get_article(x.id).state for x in (first, second)] == ["processed", "received"]

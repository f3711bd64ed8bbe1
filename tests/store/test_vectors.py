import json
import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.types import ModelInfo
from service.errors import InputError, Unavailable
from service.store.index_rows import Batch, Within
from service.store.ledger import Ledger
from service.store.nearest import Nearest
from service.store.vectors import VectorIndex
from tests.store.make import DAY, DIMENSION, claim, processed, submission, unit_vectors

INFO = ModelInfo("small", "1", "embedder", "test", 8)
MANY = 200
TINY = 50  # an index of more vectors than this is a graph in these tests


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """Ten articles a day apart, every second one Norwegian, with 20 claims each."""
    vectors = unit_vectors(MANY)
    for n in range(10):
        lang = "no" if n % 2 else "en"
        article = ledger.add_article(submission(f"Text {n}.", lang=lang, published_at=DAY + timedelta(days=n))).article
        claims = [claim(article, f"Claim {n} {i}.") for i in range(20)]
        assert ledger.save_processed(processed(article, claims, vectors=vectors[20 * n : 20 * n + 20])).done
    return ledger


@pytest.fixture
def order(filled: Ledger) -> list[str]:
    return [row.claim_id for row in filled.vectors_after(0, model="small", version="1")]


def graph(ledger: Ledger) -> VectorIndex:
    return VectorIndex.open(ledger, INFO, DIMENSION, exact_below=TINY)


def exact(ledger: Ledger) -> VectorIndex:
    return VectorIndex.open(ledger, INFO, DIMENSION)


@pytest.mark.parametrize("make", [exact, graph])
def test_the_nearest_come_first_with_their_true_similarity(
    filled: Ledger, order: list[str], make: Callable[[Ledger], VectorIndex]
) -> None:
    index, vectors = make(filled), unit_vectors(MANY)
    assert (len(index), index.is_exact) == (MANY, make is exact)
    query = unit_vectors(1, seed=9)[0]
    similarities = vectors.astype(np.float16).astype(np.float32) @ query
    best = np.argsort(-similarities)[:5]
    found = index.search(query, 5)
    assert [claim_id for claim_id, _ in found] == [order[at] for at in best]
    assert [similarity for _, similarity in found] == pytest.approx(similarities[best].tolist(), abs=1e-6)
    both = index.search_many(np.stack([query, vectors[7]]), 5)
    assert [claim_id for claim_id, _ in both[0]] == [claim_id for claim_id, _ in found]
    assert both[1][0][0] == order[7]


@pytest.mark.parametrize("make", [exact, graph])
def test_a_search_is_confined_to_times_and_languages(
    filled: Ledger, order: list[str], make: Callable[[Ledger], VectorIndex]
) -> None:
    index, vectors = make(filled), unit_vectors(MANY)
    day_three = order[60:80]
    within = {"since": DAY + timedelta(days=3), "until": DAY + timedelta(days=4)}
    assert {name for name, _ in index.search(vectors[0], 50, **within)} == set(day_three)  # type: ignore[arg-type]
    assert index.search(vectors[0], 50, langs=("en",), **within) == []  # type: ignore[arg-type]
    norwegian = {name for n in range(1, 10, 2) for name in order[20 * n : 20 * n + 20]}
    assert {name for name, _ in index.search(vectors[0], MANY, langs=("no", "de"))} == norwegian
    assert index.search(vectors[0], 5, langs=()) == []


@pytest.mark.parametrize("make", [exact, graph])
def test_the_index_follows_the_ledger(filled: Ledger, make: Callable[[Ledger], VectorIndex]) -> None:
    index, vectors = make(filled), unit_vectors(MANY)
    gone = filled.get_claim(index.search(vectors[0], 1)[0][0]).claim.article_id
    filled.delete_article(gone)
    assert filled.contexts([name for name, _ in index.search(vectors[0], 50)]).keys() == {
        name for name, _ in index.search(vectors[0], 50)
    }
    assert len(index) == MANY - 20
    article = filled.add_article(submission("New.", external_id="k1")).article
    new = claim(article, "New claim.")
    filled.save_processed(processed(article, [new], vectors=vectors[:1]))
    assert index.search(vectors[0], 1)[0][0] == new.id
    second = filled.add_article(submission("Newer.", external_id="k1")).article
    filled.save_processed(processed(second, [claim(second, "New claim.")], vectors=vectors[1:2]))
    assert index.search(vectors[1], 1)[0][0] == new.id  # a kept claim, found by its newer vector
    assert new.id not in [name for name, _ in index.search(vectors[0], 1)]
    assert len(index) == MANY - 20 + 1


@pytest.mark.parametrize("make", [exact, graph])
def test_wrong_vectors_are_refused(filled: Ledger, make: Callable[[Ledger], VectorIndex]) -> None:
    index = make(filled)
    broken = unit_vectors(1)
    broken[0, 0] = np.inf
    for wrong, said in (
        (unit_vectors(1, dimension=9), r"shape \(1, 9\); this index takes \(n, 8\)"),
        (broken, "holds NaN or infinity"),
    ):
        with pytest.raises(InputError, match=said):
            index.search_many(wrong, 5)
    assert index.search_many(unit_vectors(0), 5) == []


def test_an_empty_ledger_finds_nothing(ledger: Ledger) -> None:
    assert exact(ledger).search(unit_vectors(1)[0], 5) == []


def test_another_model_is_detected(filled: Ledger) -> None:
    with pytest.raises(Unavailable, match="vectors were made by small 1, not by large 1; run `counterclaim reindex`"):
        VectorIndex.open(filled, ModelInfo("large", "1", "embedder", "test", 8), DIMENSION)
    with pytest.raises(InputError, match="small 1 makes vectors of 9 numbers, but those in the ledger have 8"):
        VectorIndex.open(filled, INFO, 9)


def test_a_ledger_moves_to_another_model(filled: Ledger) -> None:
    todo = filled.claims_without_vector(model="large", version="2", limit=1000)
    assert len(todo) == MANY
    ids = [c.claim.id for c in todo]
    filled.add_vectors(ids[:150], unit_vectors(150, dimension=16), model="large", version="2")
    assert [c.claim.id for c in filled.claims_without_vector(model="large", version="2", limit=1000)] == ids[150:]
    filled.add_vectors(ids[150:], unit_vectors(50, seed=2, dimension=16), model="large", version="2")
    assert {(m.model, m.version, m.dimension, m.count) for m in filled.vector_models()} == {
        ("small", "1", 8, MANY),
        ("large", "2", 16, MANY),
    }
    index = VectorIndex.open(filled, ModelInfo("large", "2", "embedder", "test", 8), 16)
    assert index.search(unit_vectors(150, dimension=16)[149], 1)[0][0] == ids[149]
    assert filled.drop_vectors(model="small", version="1") == MANY
    assert [m.model for m in filled.vector_models()] == ["large"]


class Files:
    """A ledger with a saved graph beside it."""

    def __init__(self, ledger: Ledger) -> None:
        assert ledger.path is not None
        self.ledger = ledger
        self.directory = ledger.path.with_name("ledger.db.index")
        self.expected = graph(ledger).search(unit_vectors(1, seed=9)[0], 5)

    @property
    def stamp(self) -> Path:
        return self.directory / "stamp.json"

    @property
    def graph(self) -> Path:
        return next(self.directory.glob("*.usearch"))

    @property
    def rows(self) -> Path:
        return next(self.directory.glob("*.npz"))

    def edit(self, **values: object) -> None:
        self.stamp.write_text(json.dumps(json.loads(self.stamp.read_text()) | values))


@pytest.fixture
def files(filled: Ledger) -> Iterator[Files]:
    if not filled.is_sqlite:
        pytest.skip("index files lie beside an SQLite ledger")
    return Files(filled)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)


def test_a_saved_index_is_read_and_brought_up_to_date(files: Files, caplog: pytest.LogCaptureFixture) -> None:
    stamp = files.stamp.read_text()
    article = files.ledger.add_article(submission("New.")).article
    new = claim(article, "New claim.")
    files.ledger.save_processed(processed(article, [new], vectors=unit_vectors(1, seed=9)))
    index = graph(files.ledger)
    assert index.search(unit_vectors(1, seed=9)[0], 5) == [(new.id, pytest.approx(1.0, abs=1e-3)), *files.expected[:4]]
    assert caplog.messages == []
    assert len(list(files.directory.iterdir())) == 3
    assert json.loads(stamp)["name"] != json.loads(files.stamp.read_text())["name"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda f: f.graph.unlink(), "usearch is missing"),
        (lambda f: f.rows.unlink(), "npz is missing"),
        (lambda f: flip_a_byte(f.graph), "usearch is damaged"),
        (lambda f: flip_a_byte(f.rows), "npz is damaged"),
        (lambda f: f.graph.write_bytes(b""), "usearch is damaged"),
        (lambda f: f.stamp.write_text("{"), "stamp.json cannot be read"),
        (lambda f: f.stamp.write_text('{"odd": 1}'), "stamp.json cannot be read"),
        (lambda f: f.edit(ledger="other"), "is for ledger other, not"),
        (lambda f: f.edit(version="0"), "is for version 0, not 1"),
        (lambda f: f.edit(format=99), "is for format 99, not 1"),
        (lambda f: f.edit(removal=10**6), None),
        (lambda f: f.ledger.delete_article(f.ledger.list_articles().items[0].id), None),
    ],
)
def test_files_that_do_not_fit_are_rebuilt_from_the_ledger(
    files: Files, caplog: pytest.LogCaptureFixture, spoil: Callable[[Files], None], said: str | None
) -> None:
    spoil(files)
    before = (files.ledger.counts(), files.ledger.vector_models())
    with caplog.at_level(logging.WARNING):
        index = graph(files.ledger)
    assert [said in message for message in caplog.messages] == ([] if said is None else [True])
    living = files.ledger.contexts([name for name, _ in files.expected])
    found = index.search(unit_vectors(1, seed=9)[0], 5)
    assert found[: len(living)] == [hit for hit in files.expected if hit[0] in living]
    assert (files.ledger.counts(), files.ledger.vector_models()) == before
    caplog.clear()
    assert graph(files.ledger).search(unit_vectors(1, seed=9)[0], 5) == found
    assert caplog.messages == []


def test_an_index_ahead_of_a_restored_ledger_is_rebuilt(files: Files, template: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The ledger was set back to a backup and went another way since: the same numbers now mean other claims."""
    backup = files.directory.with_name("backup.db")
    backup.write_bytes(template.read_bytes())
    other = Ledger.open(f"sqlite:///{backup}")
    article = other.add_article(submission("Other.")).article
    claims = [claim(article, f"Other {n}.") for n in range(MANY)]
    other.save_processed(processed(article, claims, vectors=unit_vectors(MANY, seed=5)))
    assert other.ledger_id() == files.ledger.ledger_id()
    index = VectorIndex.open(other, INFO, DIMENSION, exact_below=TINY, directory=files.directory)
    assert "vector index rebuilt" in caplog.text
    assert index.search(unit_vectors(MANY, seed=5)[3], 1)[0][0] == claims[3].id
    other.close()


def test_two_indexes_of_one_ledger_see_each_others_claims(files: Files) -> None:
    one, two = graph(files.ledger), graph(files.ledger)
    article = files.ledger.add_article(submission("New.")).article
    new = claim(article, "New claim.")
    files.ledger.save_processed(processed(article, [new], vectors=unit_vectors(1, seed=9)))
    query = unit_vectors(1, seed=9)[0]
    assert one.search(query, 1)[0][0] == two.search(query, 1)[0][0] == new.id
    one.save()
    two.save()
    assert len(graph(files.ledger)) == MANY + 1


def batch(start: int, vectors: np.ndarray) -> Batch:
    n = len(vectors)
    keys = np.arange(start, start + n)
    return Batch(keys, [f"clm_{key:026d}" for key in keys], vectors, ["en"] * n, [DAY] * n)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sizes=st.lists(st.integers(1, 40), min_size=1, max_size=6), removed=st.sets(st.integers(1, 120)), seed=st.integers(0, 9))
def test_a_graph_finds_what_comparing_with_each_finds(sizes: list[int], removed: set[int], seed: int) -> None:
    small, large = Nearest(16, exact_below=10_000), Nearest(16, exact_below=10)
    start = 1
    for n, size in enumerate(sizes):
        made = batch(start, unit_vectors(size, seed=100 * seed + n, dimension=16))
        small.add(made)
        large.add(made)
        start += size
    assert small.remove(sorted(removed)) == large.remove(sorted(removed)) == len([key for key in removed if key < start])
    assert len(small) == len(large)
    query = unit_vectors(2, seed=seed, dimension=16)
    for expected, found in zip(small.search(query, 5), large.search(query, 5), strict=True):
        assert [s for _, s in found] == pytest.approx([s for _, s in expected], abs=0.03)
        assert {name for name, _ in found}.isdisjoint({f"clm_{key:026d}" for key in removed})


def test_a_filter_that_lets_little_through_still_finds_all_of_it() -> None:
    nearest = Nearest(16, exact_below=10)
    made = batch(1, unit_vectors(3000, dimension=16))
    late = [DAY + timedelta(days=30) if n % 1000 == 0 else DAY for n in range(3000)]
    nearest.add(Batch(made.keys, made.ids, made.vectors, made.langs, late))
    found = nearest.search(-made.vectors[:1], 5, within=Within(since=DAY + timedelta(days=1)))[0]
    assert {name for name, _ in found} == {made.ids[0], made.ids[1000], made.ids[2000]}


def test_keys_must_rise() -> None:
    nearest = Nearest(16)
    nearest.add(batch(5, unit_vectors(3, dimension=16)))
    for start in (5, 7, 1):
        with pytest.raises(InputError, match="keys must rise; the index ends at 7"):
            nearest.add(batch(start, unit_vectors(1, dimension=16)))
    assert len(nearest) == 3


def test_an_article_has_a_vector_of_its_own_by_each_model(filled: Ledger) -> None:
    article = filled.add_article(submission("One more.")).article
    whole = unit_vectors(1, seed=5)[0]
    assert filled.save_processed(processed(article, [claim(article, "One more claim.")], article_vector=whole)).done
    found = filled.article_vectors([article.id, "art_unknown"], model="small", version="1")
    assert list(found) == [article.id]
    assert float(found[article.id] @ whole) == pytest.approx(1.0, abs=0.001)
    assert filled.article_vectors([article.id], model="large", version="1") == {}
    todo = filled.articles_without_vector(model="small", version="1")
    assert len(todo) == MANY // 20
    assert article.id not in todo
    assert all(len(texts) == 20 for texts in todo.values())
    filled.add_article_vectors(list(todo), unit_vectors(len(todo), seed=6), model="small", version="1")
    assert filled.articles_without_vector(model="small", version="1") == {}


def test_the_claims_of_some_articles_come_with_their_vectors(filled: Ledger) -> None:
    articles = [a.id for a in filled.iter_articles()][:2]
    found = filled.claims_with_vectors(articles, model="small", version="1")
    assert (len(found.claim_ids), set(found.article_ids), found.vectors.shape) == (40, set(articles), (40, DIMENSION))
    assert filled.claims_with_vectors([], model="small", version="1").claim_ids == ()

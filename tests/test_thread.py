from service.link import ordered_link
from service.records import Judgement
from service.thread import changes
from tests.builders import context


def judgement(a, b, relation="support"):
    sides = [context(f"claim {x}", id=f"clm_{x}", article=f"art_{x}") for x in (a, b)]
    return Judgement(ordered_link(*sides, 0.9), relation, None, 0.9, (1, 0, 0), (1, 0, 0), "m", "1")


def new_ids():
    numbers = iter(range(1, 100))
    return lambda: f"thr_{next(numbers):03}"


def test_linked_claims_become_one_thread():
    [change] = changes([judgement("a", "b"), judgement("b", "c", "update")], thread_of={}, new_id=new_ids())
    assert change.id == "thr_001"
    assert change.claim_ids == ("clm_a", "clm_b", "clm_c")
    assert change.merged == ()


def test_unrelated_claims_stay_apart():
    assert changes([judgement("a", "b", "unrelated")], thread_of={}, new_id=new_ids()) == []
    assert len(changes([judgement("a", "b"), judgement("c", "d")], thread_of={}, new_id=new_ids())) == 2


def test_a_claim_joins_the_thread_that_is_there():
    [change] = changes([judgement("a", "b")], thread_of={"clm_a": "thr_old"}, new_id=new_ids())
    assert change.id == "thr_old"
    assert "clm_b" in change.claim_ids


def test_the_oldest_thread_takes_over_the_others():
    known = {"clm_a": "thr_01", "clm_b": "thr_02"}
    [change] = changes([judgement("a", "c"), judgement("c", "b")], thread_of=known, new_id=new_ids())
    assert (change.id, change.merged) == ("thr_01", ("thr_02",))

import threading

import pytest

from service.errors import InputError
from service.store import ids


def test_ids_rise_within_a_process_even_when_the_clock_steps_back(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = iter([5_000_000_000, 5_000_000_000, 4_000_000_000, 6_000_000_000])
    monkeypatch.setattr(ids.time, "time_ns", lambda: next(moments) + 1_700_000_000_000_000_000)
    made = [ids.new_id("clm") for _ in range(4)]
    assert made == sorted(set(made))


def test_threads_never_get_the_same_id() -> None:
    made: list[str] = []
    workers = [threading.Thread(target=lambda: made.extend([ids.new_id("art") for _ in range(500)])) for _ in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(set(made)) == 4000


@pytest.mark.parametrize("prefix", ids.PREFIXES)
def test_a_new_id_has_the_shape_that_is_checked(prefix: str) -> None:
    made = ids.new_id(prefix)
    assert len(made) == 30
    assert ids.check_id(made, prefix) == made


@pytest.mark.parametrize(
    "wrong", ["", "clm_", "clm_" + "0" * 25, "CLM_" + "0" * 26, "clm_" + "u" * 26, "clm_" + "8" + "0" * 25, "x\0"]
)
def test_what_is_no_id_is_said_to_be_none(wrong: str) -> None:
    with pytest.raises(InputError, match="is not an id; one of the kind 'claim' is clm_"):
        ids.check_id(wrong, "clm")


def test_an_id_of_another_kind_is_named() -> None:
    with pytest.raises(InputError, match="is an id of the kind 'article'; this needs one of the kind 'claim'") as raised:
        ids.check_id(ids.new_id("art"), "clm", loc=("path", "claim_id"))
    assert raised.value.loc == ("path", "claim_id")

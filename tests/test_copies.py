from service import copies


def test_a_claim_that_copies_cut_a_little_otherwise_is_one_claim():
    first = "Moscow denies it has any plans to invade but has massed well over 130,000 troops near Ukraine"
    assert copies.repeats("has massed well over 130,000 troops near Ukraine", ["Nothing of it.", first])
    assert copies.repeats(first, [first])
    assert not copies.repeats("Some 350 extra troops are on their way to Lithuania", [first])
    assert not copies.repeats("…", [first, ""])

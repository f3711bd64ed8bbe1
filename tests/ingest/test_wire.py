from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from service.ingest import wire
from service.records import Block, WireCandidate

STORY = (
    "The harbour authority said on Monday that the ferry would stay in port until the engine had been looked at by divers. "
    "Two hundred passengers spent the night in a sports hall, where the Red Cross handed out blankets and soup. "
    "A spokesman for the shipping line said the fault had been found in a fuel pump that was replaced only last month. "
    "The next sailing is planned for Thursday, weather permitting, and tickets can be changed without a fee."
)
OTHER_WORDS = (
    "Passengers of the stranded ferry were put up in a gymnasium overnight after a pump failed, the company told reporters. "
    "It hopes to sail again later in the week. Aid workers brought hot food. Divers are to inspect the machinery "
    "before it leaves, according to port officials, who want to be sure that nothing else is broken on board the ship."
)


def signed(text, noise=""):
    whole = text + "\n\n" + noise
    blocks = [Block((0, len(text)), "prose")] + ([Block((len(text) + 2, len(whole)), "noise", "menu")] if noise else [])
    return wire.signature(whole, blocks)


def candidate(signature, *, id="art_1", group=None, day=1):  # noqa: A002
    return WireCandidate(id, "Post", datetime(2024, 3, day, tzinfo=UTC), group, signature.signature)


def test_a_trimmed_copy_with_other_furniture_meets_and_matches():
    whole, trimmed = (
        signed(STORY),
        signed(". ".join(STORY.split(". ")[:3]), noise="Sign in. Cookies. Read more about ferries here."),
    )
    assert set(whole.bands) & set(trimmed.bands)
    found = wire.match(trimmed, [candidate(whole)], article_id="art_2")
    assert (found.group, found.members) == ("art_1", ("art_1",))


def test_the_same_event_in_other_words_is_no_copy():
    found = wire.match(signed(OTHER_WORDS), [candidate(signed(STORY))], article_id="art_2")
    assert (found.group, found.members) == (None, ())


def test_a_group_that_is_known_is_joined_and_the_oldest_names_a_new_one():
    story = signed(STORY)
    known = wire.match(story, [candidate(story, group="art_0"), candidate(story, id="art_9")], article_id="art_2")
    assert (known.group, known.members) == ("art_0", ("art_9",))
    fresh = wire.match(story, [candidate(story, id="art_5", day=3), candidate(story, id="art_7", day=2)], article_id="art_2")
    assert fresh.group == "art_7"


def test_an_article_is_no_copy_of_itself_and_a_short_text_of_nobody():
    assert wire.match(signed(STORY), [candidate(signed(STORY))], article_id="art_1").group is None
    short = signed("The ferry stays in port.")
    assert short.bands == ()
    assert wire.containment(short.signature, short.signature) == 0.0


def test_a_signature_is_the_same_each_time_and_symmetric_in_comparison():
    a, b = signed(STORY), signed(OTHER_WORDS)
    assert a == replace(signed(STORY))
    assert wire.containment(a.signature, b.signature) == wire.containment(b.signature, a.signature)


def test_a_short_copy_of_a_very_long_text_is_found():
    sentences = [f"Ship number {n} of the fleet number {n * n} left the harbour {n % 31} on day {n * 7}." for n in range(900)]
    whole, part = signed(" ".join(sentences)), signed(" ".join(sentences[400:600]))
    assert len(whole.signature) == 4 * wire.MAX_SHINGLES
    assert wire.containment(whole.signature, part.signature) > 0.95


@given(st.permutations(range(4)))
def test_the_order_of_paragraphs_changes_little(order):
    sentences = STORY.split(". ")
    assert wire.containment(signed(STORY).signature, signed(". ".join(sentences[k] for k in order)).signature) > 0.7

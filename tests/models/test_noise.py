import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.noise import LineNoise, bundled
from models.training.noise import LabelledLines, fit, label_lines

PROSE = (
    "The harbour board said on Monday that the old ferry would be sold to a buyer in Malta before the summer.",
    "Statsråden sa mandag at 40 av 120 broer må stenges for tungtransport fra mai.",
    "Der Betreiber wies den Vorwurf zurück, er habe die Prüfung um drei Monate verschoben.",
)


def test_furniture_is_likelier_noise_than_prose():
    lines = [
        "Home | News | Sport",
        PROSE[0],
        "Photo: Ann Lee/NPX",
        PROSE[1],
        PROSE[2],
        "Del på Facebook",
        "© Harbour Post 2024",
    ]
    found = bundled().probabilities(lines)
    noise = [0, 2, 5, 6]
    assert found[noise].min() > 0.8
    assert np.delete(found, noise).max() < 0.5


@given(lines=st.lists(st.text(min_size=1).filter(str.strip).map(str.strip), max_size=8))
def test_any_lines_have_probabilities_and_the_same_each_time(lines):
    found = bundled().probabilities(lines)
    assert found.shape == (len(lines),)
    assert found.dtype == np.float32
    assert ((found >= 0) & (found <= 1)).all()
    assert (found == bundled().probabilities(lines)).all()


def test_figures_in_a_line_change_nothing_but_their_share():
    first, second = (bundled().probabilities([PROSE[0], f"Comments ({n})", PROSE[1]])[1] for n in (12, 97))
    assert first == second


def test_lines_are_labelled_by_what_most_of_their_letters_are():
    article = {
        "text": "Menu\n\nNine ships sank. What a day!\nUnlabelled line\n(NPX) Ten ships sank on Monday in the harbour.",
        "claims": [{"quote": "Nine ships sank"}, {"quote": "Ten ships sank on Monday in the harbour"}],
        "not_claims": [{"quote": "What a day!"}],
        "noise": ["Menu", "(NPX)"],
    }
    labelled = label_lines(article)
    assert labelled.labels == (1, 0, -1, 0)
    assert labelled.lines[0] == "Menu"


def test_a_fitted_model_is_saved_and_loaded_with_the_same_answers(tmp_path):
    articles = [
        LabelledLines((*PROSE, "Home | Sport", "Photo: A. Lee"), (0, 0, 0, 1, 1)),
        LabelledLines(("Menu", *PROSE), (1, 0, 0, 0)),
    ]
    fitted = fit(articles)
    fitted.save(tmp_path)
    lines = [*PROSE, "Photo: B. Berg", "Menu"]
    before, after = fitted.probabilities(lines), LineNoise.load(tmp_path).probabilities(lines)
    assert after == pytest.approx(before, abs=0.02)
    assert after[3:].min() > after[:3].max()
    with pytest.raises(OSError, match="weights"):
        LineNoise.load(tmp_path / "nowhere")

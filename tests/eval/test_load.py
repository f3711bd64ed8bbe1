"""The load test against a server with small models, for two seconds."""

from pathlib import Path

from eval import load
from service.settings import load_settings
from tests.api.conftest import empty  # noqa: F401 - fixture
from tests.api.test_server import serving
from tests.store import make


def test_a_mix_of_calls_loses_nothing(tmp_path: Path) -> None:
    settings = load_settings(db=f"sqlite:///{tmp_path / 'ledger.db'}")
    ledger = make.SharedLedger.open(settings.db)
    with serving(ledger, settings) as server:
        tally = load.drive(server.port, clients=6, seconds=2)
    assert all(ledger.get_article(article) for article in tally.accepted)
    ledger.close()
    assert tally.accepted
    assert len(tally.seconds["read"]) > 10
    assert tally.broken == 0
    assert not [status for status in tally.statuses if status >= 500 and status != 503]


def test_a_bad_run_is_called_bad() -> None:
    good = load.Tally(statuses=load.Counter({200: 3}))
    good.seconds["read"] = [0.01] * 3
    assert load.report(good, set(), before_mb=1, after_mb=1) is False
    assert load.report(good, {"art_1"}, before_mb=1, after_mb=1) is True
    good.statuses[500] = 1
    assert load.report(good, set(), before_mb=1, after_mb=1) is True
    slow = load.Tally()
    slow.seconds["read"] = [0.2]
    assert load.report(slow, set(), before_mb=1, after_mb=1) is True

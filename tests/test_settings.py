from pathlib import Path

import pytest

from service.errors import InputError
from service.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in [*Settings.model_fields, "config"]:
        monkeypatch.delenv(f"COUNTERCLAIM_{name.upper()}", raising=False)


def test_defaults() -> None:
    settings = load_settings()
    assert (settings.db, settings.host, settings.port) == ("sqlite:///ledger.db", "127.0.0.1", 8321)
    assert (settings.embedder, settings.nli, settings.tagger) == ("bundled", "bundled", "bundled")
    assert settings.limits.max_body_bytes == 10_000_000
    assert settings.thresholds.neighbours == 32
    assert settings.allow_private_urls is False


def test_option_beats_environment_beats_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "counterclaim.toml").write_text('db = "sqlite:///file.db"\nport = 1\nhost = "file"\n', encoding="utf-8")
    monkeypatch.setenv("COUNTERCLAIM_DB", "sqlite:///environment.db")
    monkeypatch.setenv("COUNTERCLAIM_PORT", "2")
    settings = load_settings(db="sqlite:///option.db", embedder=None)
    assert (settings.db, settings.port, settings.host) == ("sqlite:///option.db", 2, "file")
    assert settings.embedder == "bundled"


def test_sections_merge_field_by_field(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "counterclaim.toml").write_text("[limits]\nmax_queue = 7\nmax_batch_items = 8\n", encoding="utf-8")
    monkeypatch.setenv("COUNTERCLAIM_LIMITS__MAX_QUEUE", "9")
    limits = load_settings().limits
    assert (limits.max_queue, limits.max_batch_items, limits.max_body_bytes) == (9, 8, 10_000_000)


def test_config_variable_names_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "counterclaim.toml").write_text("port = 1\n", encoding="utf-8")
    other = tmp_path / "other.toml"
    other.write_text("port = 2\n", encoding="utf-8")
    monkeypatch.setenv("COUNTERCLAIM_CONFIG", str(other))
    assert load_settings().port == 2


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("COUNTERCLAIM_PORT", "eighty", "COUNTERCLAIM_PORT is 'eighty'"),
        ("COUNTERCLAIM_PORT", "70000", "less than or equal to 65535"),
        ("COUNTERCLAIM_DB", "ledger.db", "COUNTERCLAIM_DB is 'ledger.db': a ledger lives in sqlite:///FILE"),
        ("COUNTERCLAIM_DB", "mysql://me:secret@host/x", "COUNTERCLAIM_DB is 'mysql://***@host/x'"),
        ("COUNTERCLAIM_LOG_LEVEL", "loud", "'debug', 'info', 'warning' or 'error'"),
        ("COUNTERCLAIM_EMBEDDER", "", "COUNTERCLAIM_EMBEDDER is ''"),
        ("COUNTERCLAIM_LIMITS__MAX_BODY_BYTES", "5", "COUNTERCLAIM_LIMITS__MAX_BODY_BYTES is '5'"),
        ("COUNTERCLAIM_LIMITS__MAX_BODY", "5", "COUNTERCLAIM_LIMITS__MAX_BODY: there is no such setting"),
        ("COUNTERCLAIM_LIMITS", "5", "COUNTERCLAIM_LIMITS is 5"),
        ("COUNTERCLAIM_THRESHOLDS__MIN_LINK", "2", "COUNTERCLAIM_THRESHOLDS__MIN_LINK is '2'"),
        ("COUNTERCLAIM_THRESHOLDS__MIN_PROBABILITY", "nan", "COUNTERCLAIM_THRESHOLDS__MIN_PROBABILITY is 'nan'"),
        ("COUNTERCLAIM_CONFIG", "/nowhere.toml", "COUNTERCLAIM_CONFIG is /nowhere.toml, but there is no such file"),
    ],
)
def test_bad_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InputError) as raised:
        load_settings()
    assert said in raised.value.message


def test_bad_option_is_named_as_option(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COUNTERCLAIM_PORT", "80")
    with pytest.raises(InputError, match=r"^port is -1: "):
        load_settings(port=-1)


@pytest.mark.parametrize(
    ("text", "said"), [("port = ", "not valid TOML"), ("prot = 1", "prot in .*counterclaim.toml: there is no")]
)
def test_bad_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "counterclaim.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_settings()


def test_every_setting_is_described() -> None:
    fields = dict(Settings.model_fields)
    for section in ("limits", "thresholds"):
        fields |= {f"{section}.{name}": field for name, field in fields[section].annotation.model_fields.items()}  # type: ignore[union-attr]
    assert [name for name, field in fields.items() if not field.description] == []

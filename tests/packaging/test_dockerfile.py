"""Docker cannot run where the tests run, so the steps are read and walked through instead."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from service.settings import Settings

ROOT = Path(__file__).parents[2]
IGNORED = shutil.ignore_patterns("__pycache__", "*.db*")


def steps() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile as (name, arguments), continued lines joined."""
    text = re.sub(r"^#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    text = re.sub(r"\s*\\\n\s*", " ", text)
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in text.splitlines() if line)]


def values(name: str) -> list[str]:
    return [rest for step, rest in steps() if step == name]


def copied() -> list[str]:
    """What comes from the checkout."""
    return [source for rest in values("COPY") if not rest.startswith("--from") for source in rest.split()[:-1]]


def environment() -> dict[str, str]:
    return dict(pair.split("=", 1) for rest in values("ENV") for pair in rest.split())


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app as the builder sees it before anything is installed."""
    for source in copied():
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / source, ignore=IGNORED)
        else:
            shutil.copy2(ROOT / source, tmp_path / source)
    shutil.rmtree(tmp_path / "models" / "training" / "data")
    return tmp_path


def test_every_source_exists_and_reaches_the_builder() -> None:
    let_in = {line.removeprefix("!") for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    assert len(copied()) > 5
    assert [source for source in copied() if not (ROOT / source).exists()] == []
    assert set(copied()) == let_in


def test_bases_are_pinned() -> None:
    declared = dict(rest.split("=", 1) for rest in values("ARG"))
    bases = [re.sub(r"\$\{(\w+)\}", lambda match: declared[match[1]], rest.split()[0]) for rest in values("FROM")]
    assert len(bases) == 2
    assert len(set(bases)) == 1, "a virtual environment runs on the base that it was made on"
    for base in bases:
        name, _, tag = base.partition(":")
        assert name
        assert re.match(r"\d+\.\d+", tag), f"{base} names no version"


def test_installs_by_the_makefile_alone(image: Path) -> None:
    commands = [re.match(r"make (\w+)", rest) for rest in values("RUN")]
    targets = [match[1] for match in commands if match]
    assert targets == ["libraries", "runtime"]
    assert not any(re.search(r"\bpip\b", rest) for rest in values("RUN"))
    for target in targets:
        shown = subprocess.run(["make", "-n", target], cwd=image, capture_output=True, text=True, check=False)
        assert shown.returncode == 0, shown.stderr
        assert "requirements/dev.lock" not in shown.stdout


def test_index_of_torch_is_the_makefiles() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    index = re.search(r"^TORCH_INDEX \?= (\S+)$", makefile, flags=re.MULTILINE)
    assert index
    assert f"TORCH_INDEX={index[1]}" in values("ARG")


def test_weights_are_inside(image: Path) -> None:
    weights = sorted(path.relative_to(ROOT) for path in (ROOT / "models" / "weights").rglob("*") if path.is_file())
    assert weights
    assert [str(path) for path in weights if not (image / path).is_file()] == []


def test_runs_without_root_and_tells_its_health() -> None:
    user = values("USER")[-1]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user), "a number, so that an orchestrator can see that it is not root"
    port = environment()["COUNTERCLAIM_PORT"]
    assert values("EXPOSE") == [port]
    assert f"127.0.0.1:{port}/healthz" in values("HEALTHCHECK")[0]


def test_environment_names_settings() -> None:
    names = [name.removeprefix("COUNTERCLAIM_").lower() for name in environment() if name.startswith("COUNTERCLAIM_")]
    assert names
    assert [name for name in names if name not in Settings.model_fields] == []

"""The lock files hold what pyproject.toml asks for, with hashes, and nothing of the machine that wrote them."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = {name: (ROOT / "requirements" / f"{name}.lock").read_text(encoding="utf-8") for name in ("torch", "run", "dev")}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def pins(lock: str) -> dict[str, set[str]]:
    """The versions of each package in a lock file; more than one where they differ by version of Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", LOCKS[lock], flags=re.MULTILINE):
        found.setdefault(canonicalize_name(name), set()).add(version)
    return found


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [("run", PROJECT["dependencies"]), ("dev", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])],
)
def test_locks_follow_pyproject(lock: str, wanted: list[str]) -> None:
    held = pins(lock) | pins("torch")
    for requirement in map(Requirement, wanted):
        versions = held.get(canonicalize_name(requirement.name), set())
        assert versions, f"{requirement.name} is missing in requirements/{lock}.lock: run make lock"
        assert all(version in requirement.specifier for version in versions), f"{requirement}: run make lock"


def test_tools_stand_on_the_same_libraries() -> None:
    run, dev = pins("run"), pins("dev")
    assert {name: versions for name, versions in run.items() if dev.get(name) != versions} == {}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_package_is_hashed(lock: str) -> None:
    entries = re.split(r"^(?=[A-Za-z0-9])", LOCKS[lock], flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if not re.search(r"--hash=sha256:[0-9a-f]{64}", entry)] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_nothing_of_a_machine_or_of_cuda(lock: str) -> None:
    assert not re.search(r"https?://|file:|^-|^\s+--(?!hash=)", LOCKS[lock], flags=re.MULTILINE)
    assert [name for name in pins(lock) if re.match(r"nvidia-|cuda-|triton", name)] == []


def test_torch_has_a_lock_of_its_own() -> None:
    assert pins("torch") == {"torch": {"2.13.0"}}
    assert "torch" not in pins("run") | pins("dev")

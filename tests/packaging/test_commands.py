"""The commands that people are told to type are there, and the papers name what is there."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from service.cli import COMMANDS

ROOT = Path(__file__).parents[2]
TARGETS = "install demo serve seeds check test test-web eval bench soak openapi clean".split()


def make(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)


def test_make_alone_lists_the_targets() -> None:
    shown = make().stdout
    listed = re.findall(r"^make (\S+) +\S", shown, flags=re.MULTILINE)
    assert set(TARGETS) <= set(listed)


@pytest.mark.parametrize("target", TARGETS)
def test_targets_can_be_planned(target: str) -> None:
    planned = make("-n", target)
    assert planned.returncode == 0, planned.stderr


def test_modules_that_make_runs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    modules = [
        module for module in re.findall(r"\$\(PY\) -m ([\w.]+)", makefile) if module.split(".")[0] in {"eval", "service"}
    ]
    assert modules
    for module in modules:
        path = ROOT / Path(*module.split("."))
        assert path.with_suffix(".py").is_file() or (path / "__main__.py").is_file(), module


def test_commands_that_make_runs_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    commands = set(re.findall(r"\$\(COUNTERCLAIM\)(?: --\w+ \S+)* (\w+)", makefile))
    assert {"ingest", "contradictions", "serve"} <= commands
    assert sorted(commands - set(COMMANDS)) == []


def test_readme_opens_with_the_two_commands() -> None:
    lines = [line.strip() for line in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()]
    commands = [line for line in lines if line and not line.startswith(("#", "```", "<!--"))]
    assert [command.split("  ")[0] for command in commands[:2]] == ["make demo", "make test"]


def test_ci_is_executable_and_runs_the_makefile() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert re.search(r"^make check test\b", script.read_text(encoding="utf-8"), flags=re.MULTILINE)


def test_every_dependency_says_why_it_is_there() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {Requirement(line).name for line in project["dependencies"] + project["optional-dependencies"]["dev"]}
    rows = re.findall(
        r"^\| ([\w.-]+) \| (.+) \|$", (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    rows = [row for row in rows if row[0] != "name"]
    reasons = dict(rows)
    assert sorted(wanted - set(reasons)) == []
    assert len(rows) == len(reasons), "a package stands in the table twice"

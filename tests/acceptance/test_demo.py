"""What `make demo` does, and that the README shows it."""

import json
import re
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def run(root, *arguments):
    command = [sys.executable, "-c", "from service.cli import main; main()", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_examples_contradict_each_other_as_the_readme_shows(tmp_path, pytestconfig):
    root = pytestconfig.rootpath
    db = f"sqlite:///{tmp_path}/demo.db"
    run(root, "--db", db, "ingest", *(str(p) for p in sorted((root / "examples").iterdir())))
    found = [json.loads(line) for line in run(root, "--db", db, "contradictions", "--json").splitlines()]
    assert {(c["relation"], c["kind"]) for c in found} >= {("dispute", "attributed_dispute")}
    assert {c["kind"] for c in found} >= {"numeric"}
    shown = re.search(r"<!-- demo -->(.*?)<!-- /demo -->", (root / "README.md").read_text(), re.DOTALL)
    words = set(re.findall(r"\w+", shown[1]))
    for contradiction in found:
        for side in ("a", "b"):
            claim = contradiction[side]
            assert set(re.findall(r"\w+", claim["text"])) <= words
            assert set(re.findall(r"\w+", claim["speaker"] or "")) <= words
    assert len(found) == shown[1].count("suggested")

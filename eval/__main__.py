"""`python -m eval NAME …`: runs one evaluation; `python -m eval` lists them."""

import sys
from importlib import import_module

from models.errors import ModelError
from service.errors import CounterclaimError

NAMES = {
    "ablation": "what each stage adds, on the story clusters",
    "all": "everything that this machine has the data for, and the report of it",
    "benchmark": "check our own sets and count what is in them",
    "checkworthy": "the claim probability against annotated sentences",
    "decision": "fit the final probability and cross-validate it by story",
    "extraction": "claims, speakers, quantities and dates of annotated articles",
    "gate": "hold the figures of a run against baseline.json",
    "groups": "an NLI model on claim groups: every pair, both directions, the relation",
    "label": "label pairs of your own in the terminal, and how far annotators agree",
    "linking": "recall of the linker on the story clusters",
    "load": "a server on the loopback address under steady load",
    "nli": "NLI models on sets of premise and hypothesis",
    "ordinary": "false alarms on ordinary news",
    "quantities": "quantities and dates alone, on gold claims",
    "report": "one HTML and one Markdown file of the figures of a run",
    "retrieval": "embedders: checked claims, same event, across languages",
    "seeds": "everything that is flagged among the seed articles",
    "speed": "time and size of this installation against the limits",
    "stories": "the whole pipeline on the story clusters",
    "tagger": "the claim tagger alone",
}
"""Module of this package → what it measures."""
MODULES = {"all": "everything", "load": "soak"}
CLICK = {"speed", "load"}
"""Those that read the command line themselves."""


def main(argv: list[str]) -> int:
    """Run the named evaluation; 2 where there is none of that name or it could not be run, 130 where it was interrupted."""
    if not argv or argv[0] not in NAMES:
        print("\n".join(f"python -m eval {name:11} {about}" for name, about in NAMES.items()), file=sys.stderr)  # noqa: T201
        return 2
    module = import_module(f"eval.{MODULES.get(argv[0], argv[0])}")
    try:
        if argv[0] in CLICK:
            module.main.main(argv[1:], prog_name=f"python -m eval {argv[0]}", standalone_mode=True)
        return int(module.main(argv[1:]) or 0)
    except (CounterclaimError, ModelError) as error:
        print(getattr(error, "message", error), file=sys.stderr)  # noqa: T201
        return 2
    except KeyboardInterrupt:
        print("interrupted; what was answered is kept, the same command goes on from there", file=sys.stderr)  # noqa: T201
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

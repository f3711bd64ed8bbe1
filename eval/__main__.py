"""`python -m eval NAME …`: runs one evaluation; `python -m eval` lists them."""

import sys
from importlib import import_module

NAMES = {
    "decision": "fit the final probability and cross-validate it by story",
    "extraction": "claims, speakers, quantities and dates of annotated articles",
    "groups": "an NLI model on claim groups: every pair, both directions, the relation",
    "linking": "recall of the linker on the story clusters",
    "nli": "NLI models on sets of premise and hypothesis",
    "quantities": "quantities and dates alone, on gold claims",
    "seeds": "everything that is flagged among the seed articles",
    "stories": "the whole pipeline on the story clusters",
    "tagger": "the claim tagger alone",
}
"""Module of this package → what it measures."""


def main(argv: list[str]) -> int:
    """Run the named evaluation; 2 where there is none of that name."""
    if not argv or argv[0] not in NAMES:
        print("\n".join(f"python -m eval {name:11} {about}" for name, about in NAMES.items()), file=sys.stderr)  # noqa: T201
        return 2
    return int(import_module(f"eval.{argv[0]}").main(argv[1:]) or 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`python -m models.training nli --config RECIPE.toml --data DIR --out DIR`: trains, or goes on where it stopped."""

import argparse
import os
from dataclasses import replace
from pathlib import Path


def main() -> None:
    """Reads the command line and runs the recipe."""
    parser = argparse.ArgumentParser(prog="python -m models.training", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    nli = commands.add_parser("nli", help="train a pair judge")
    nli.add_argument("--config", type=Path, required=True)
    nli.add_argument("--data", type=Path, required=True, help="folder with nli/ and groups/")
    nli.add_argument("--out", type=Path, required=True)
    nli.add_argument("--base", help="directory of the base model, instead of the recipe's")
    nli.add_argument("--minutes", type=float, help="stop after this long; the same command goes on later")
    options = parser.parse_args()

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from models.training.mix import load_recipe
    from models.training.nli import Trainer

    recipe = load_recipe(options.config)
    if options.base:
        recipe = replace(recipe, base=options.base)
    Trainer(recipe, data=options.data, out=options.out, minutes=options.minutes).run()


if __name__ == "__main__":
    main()

"""`python -m models.training nli --config RECIPE.toml --data DIR --out DIR`: trains, or goes on where it stopped."""

import argparse
import json
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
    numeric = commands.add_parser("numeric", help="make numeric pairs from the premises of an NLI file")
    numeric.add_argument("--source", type=Path, required=True)
    numeric.add_argument("--match", default="", help="only rows whose `source` starts with this")
    numeric.add_argument("--rows", type=int, default=4000)
    numeric.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if options.command == "numeric":
        make_numeric(options)
        return

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    from models.training.mix import load_recipe
    from models.training.nli import Trainer

    recipe = load_recipe(options.config)
    if options.base:
        recipe = replace(recipe, base=options.base)
    Trainer(recipe, data=options.data, out=options.out, minutes=options.minutes).run()


def make_numeric(options: argparse.Namespace) -> None:
    """Writes numeric pairs made of distinct premises as JSONL."""
    from models.training.mix import read_jsonl
    from models.training.numeric import pairs

    rows = (r for r in read_jsonl(options.source) if str(r.get("source", "")).startswith(options.match))
    sentences = dict.fromkeys(r["premise"] for r in rows)
    with options.out.open("w", encoding="utf-8") as out:
        for row in pairs(sentences, rows=options.rows, seed=1):
            out.write(json.dumps({**row, "source": "numeric", "lang": "en"}, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()

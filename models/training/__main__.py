"""`python -m models.training nli|tagger --config RECIPE.toml --data DIR --out DIR`: trains, or goes on where it stopped.

`embedder` fine-tunes for linking; `restore` makes a base for any of them of shipped weights.
`python -m models.training export --model DIR --kind nli|embedder|encoder --out models/weights/NAME` makes what ships of it.
"""

import argparse
import json
import os
import sys
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
    tagger = commands.add_parser("tagger", help="train the claim tagger")
    tagger.add_argument("--config", type=Path, required=True)
    tagger.add_argument("--data", type=Path, required=True, help="folder with articles/")
    tagger.add_argument("--out", type=Path, required=True)
    tagger.add_argument("--base", help="directory of the base model, instead of the recipe's")
    tagger.add_argument("--held-out", type=int, default=0, help="articles kept for tuning")
    tagger.add_argument("--minutes", type=float, help="stop after this long; the same command goes on later")
    embedder = commands.add_parser("embedder", help="fine-tune the embedder for linking")
    embedder.add_argument("--base", required=True, help="directory of the base model")
    embedder.add_argument("--data", type=Path, required=True, help="folder with groups/ and nli/train")
    embedder.add_argument("--out", type=Path, required=True)
    embedder.add_argument("--epochs", type=int, default=2)
    embedder.add_argument("--languages", nargs="+", default=["no", "da", "sv", "de", "fr", "es", "nl", "pl", "fi", "cs"])
    restore = commands.add_parser("restore", help="turn shipped weights back into a directory that training can start from")
    restore.add_argument("--shipped", type=Path, required=True, help="folder under models/weights")
    restore.add_argument("--base", required=True, help="directory of the model it was made from")
    restore.add_argument("--kind", choices=["nli", "embedder", "encoder"], required=True)
    restore.add_argument("--out", type=Path, required=True)
    export = commands.add_parser("export", help="turn a trained directory into the form that ships, and compare the two")
    export.add_argument("--model", type=Path, required=True)
    export.add_argument("--kind", choices=["nli", "embedder", "encoder"], required=True)
    export.add_argument("--out", type=Path, required=True, help="folder under models/weights; its name is the model's")
    export.add_argument("--words", type=Path, help="folder of the shared word table, for the multilingual models")
    export.add_argument("--make-words", action="store_true", help="write that folder from --model first")
    export.add_argument("--check", type=Path, nargs="*", default=[], help="NLI files to compare both on")
    export.add_argument("--pairs", type=int, default=1000, help="how many pairs of them")
    options = parser.parse_args()
    if options.command == "numeric":
        make_numeric(options)
        return

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if options.command in OTHERS:
        OTHERS[options.command](options)
        return
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


def train_tagger(options: argparse.Namespace) -> None:
    """Runs the recipe of the claim tagger."""
    from models.training.tagger import TaggerTrainer, load_recipe

    recipe = replace(load_recipe(options.config), held_out=options.held_out)
    if options.base:
        recipe = replace(recipe, base=options.base)
    TaggerTrainer(recipe, data=options.data, out=options.out, minutes=options.minutes).run()


def export_model(options: argparse.Namespace) -> None:
    """Exports a trained directory and prints how near the network stays to it."""
    from models.training import agreement
    from models.training.export import export, export_words

    if options.make_words:
        export_words(options.model, options.words)
    export(options.model, options.out, kind=options.kind, words=options.words)
    if not options.check:
        return
    pairs = agreement.real_pairs(options.check, options.pairs)
    if options.kind == "nli":
        found = agreement.judge_agreement(options.model, options.out, pairs)
    else:
        found = agreement.embedder_agreement(options.model, options.out, [a for a, _ in pairs])
    sys.stdout.write(json.dumps(found) + "\n")


def train_embedder(options: argparse.Namespace) -> None:
    """Fine-tunes the embedder."""
    from models.training.embedder import train

    train(
        base=options.base,
        data=options.data,
        out=options.out,
        epochs=options.epochs,
        languages=options.languages,
        seed=20261124,
    )


def restore_model(options: argparse.Namespace) -> None:
    """Writes a transformers directory from shipped weights."""
    from models.training.restore import restore

    taken = restore(options.shipped, options.base, options.out, kind=options.kind)
    sys.stdout.write(f"{taken} parameters taken from {options.shipped}\n")


OTHERS = {"tagger": train_tagger, "embedder": train_embedder, "restore": restore_model, "export": export_model}


if __name__ == "__main__":
    main()

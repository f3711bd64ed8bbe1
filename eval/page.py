"""A page of headings, texts, tables and plots, written as Markdown or as one HTML file that loads nothing from elsewhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from eval.results import shown

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #1d1d1f; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .8rem 0; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem .7rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
td.number { text-align: right; white-space: nowrap; } th { font-weight: 600; } figure { margin: 1rem 0; }
figcaption, summary { color: #555; } summary { cursor: pointer; margin: .4rem 0; } svg { max-width: 100%; height: auto; }
"""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of level 1 to 3."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with the columns of the first; nothing where there are none."""

    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawing, which Markdown takes from plots/NAME.svg."""

    name: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Details:
    """Blocks that are folded away until they are asked for."""

    title: str
    blocks: Sequence["Block"]


Block = Heading | Text | Table | Plot | Details


def markdown(blocks: Sequence[Block]) -> str:
    """The page as Markdown."""
    return "\n\n".join(filter(None, map(_markdown, blocks))) + "\n"


def _markdown(block: Block) -> str:
    if isinstance(block, Heading):
        return f"{'#' * block.level} {block.text}"
    if isinstance(block, Text):
        return block.text
    if isinstance(block, Plot):
        return f"![{block.caption}](plots/{block.name}.svg)"
    if isinstance(block, Details):
        inner = "\n\n".join(filter(None, map(_markdown, block.blocks)))
        return f"<details><summary>{escape(block.title)}</summary>\n\n{inner}\n\n</details>"
    if not block.rows:
        return ""
    head = list(block.rows[0])
    lines = [head, ["---:" if _numeric(block, name) else "---" for name in head]]
    lines += [[shown(row.get(name)).replace("|", "\\|").replace("\n", " ") for name in head] for row in block.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _numeric(table: Table, name: str) -> bool:
    return not any(isinstance(row.get(name), str) for row in table.rows)


def html(blocks: Sequence[Block]) -> str:
    """The page as one HTML file."""
    title = next((b.text for b in blocks if isinstance(b, Heading)), "Report")
    body = "\n".join(map(_html, blocks))
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n{body}\n</html>\n"
    )


def _html(block: Block) -> str:
    if isinstance(block, Heading):
        return f"<h{block.level}>{escape(block.text)}</h{block.level}>"
    if isinstance(block, Text):
        return f"<p>{escape(block.text)}</p>"
    if isinstance(block, Plot):
        return f"<figure>{block.svg}<figcaption>{escape(block.caption)}</figcaption></figure>"
    if isinstance(block, Details):
        return f"<details><summary>{escape(block.title)}</summary>{''.join(map(_html, block.blocks))}</details>"
    if not block.rows:
        return ""
    head = list(block.rows[0])
    first = "".join(f"<th>{escape(name)}</th>" for name in head)
    numbers = [_numeric(block, name) for name in head]
    lines = "".join(
        "<tr>"
        + "".join(
            f"<td{' class=number' if number else ''}>{escape(shown(row.get(name)))}</td>"
            for name, number in zip(head, numbers, strict=True)
        )
        + "</tr>"
        for row in block.rows
    )
    return f'<div class="wide"><table><tr>{first}</tr>{lines}</table></div>'

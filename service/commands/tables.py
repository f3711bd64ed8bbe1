"""Tables that people read."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from service.lines import Line

WIDTH = 120
"""Columns where the output goes to a file and has no width of its own."""


def console() -> Console:
    """Return the console for stdout: as wide as the terminal, in colour there only."""
    found = Console()
    return found if found.is_terminal else Console(width=WIDTH)


def contradiction_table(lines: Iterable[Line]) -> Table:
    """Return a table with a row for each contradiction."""
    table = Table(show_lines=True, expand=True)
    table.add_column("probability, relation", ratio=2)
    table.add_column("one side", ratio=5)
    table.add_column("the other", ratio=5)
    table.add_column("what clashes", ratio=3)
    for line in lines:
        table.add_row(_judgement(line), _side(line["a"]), _side(line["b"]), _clash(line["a"]["clash"], line["b"]["clash"]))
    return table


def finding_table(checked: Iterable[Line]) -> Table:
    """Return a table of what the ledger says of each claim of a draft."""
    table = Table(show_lines=True, expand=True)
    table.add_column("the draft says", ratio=5)
    table.add_column("the ledger", ratio=2)
    table.add_column("holds", ratio=5)
    table.add_column("what clashes", ratio=3)
    for item in checked:
        findings = [*item["contradicts"], *item["supports"]]
        for finding in findings:
            table.add_row(
                Text(item["claim"]["text"]),
                _judgement(finding),
                _side(finding["claim"]),
                _clash(finding["clash"], finding["clash_with"]),
            )
        if not findings:
            table.add_row(Text(item["claim"]["text"]), "nothing known", "", "")
    return table


def _judgement(line: Line) -> str:
    kind = f"\n{line['kind']}" if line["kind"] else ""
    status = f"\n[dim]{line['status']}[/dim]" if "status" in line else ""
    return f"[bold]{line['probability']:.2f}[/bold]  {line['relation']}{kind}{status}"


def _side(claim: Line) -> Text:
    text = Text(claim["text"])
    start = claim["span"][0]
    for words in claim.get("clash", ()):
        text.stylize("bold red", words["span"][0] - start, words["span"][1] - start)
    speaker = f"{claim['speaker']}{' denies' if claim['stance'] == 'denies' else ''}, in " if claim["speaker"] else ""
    date = f"{claim['published_at'].day} {claim['published_at']:%B %Y}"
    return text.append(f"\n— {speaker}{claim['publisher']}, {date}", style="dim")


def _clash(a: Sequence[Line], b: Sequence[Line]) -> str:
    left, right = (", ".join(words["text"] for words in side) for side in (a, b))
    return escape(f"{left}\n↔ {right}" if left or right else "")

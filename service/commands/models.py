"""`counterclaim models`, `nli` and `embed`: the models by themselves, on files of any size."""

import itertools
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from service.commands.common import complain, finish, progress, replacing, settings_of
from service.errors import InputError

if TYPE_CHECKING:
    import numpy as np

WINDOW = 2_048
"""Items that are held in memory and given to the model at once; it sorts them by length itself."""

INPUT = click.option("--input", "source", required=True, type=click.File("rb"), help='JSONL; "-" reads stdin.')
MODEL = click.option("--model", help='"bundled", a Hugging Face id or a directory; the setting otherwise.')


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file: what it holds, or what is wrong with it."""

    number: int
    value: Any = None
    error: InputError | None = None


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def models(ctx: click.Context, as_json: bool) -> None:
    """List the models in use, with their versions and how they run."""
    from service.pipeline import Models

    found = Models(settings_of(ctx))
    for model in (found.embedder, found.nli, found.tagger):
        if model is None:  # the setting is "none"
            continue
        info = model.info
        if as_json:
            click.echo(json.dumps(asdict(info), ensure_ascii=False))
        else:
            languages = f", {len(info.languages)} languages" if info.languages else ""
            click.echo(f"{info.kind:9} {info.name} {info.version} ({info.runtime}, up to {info.max_tokens} tokens{languages})")


@click.command()
@INPUT
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help='JSONL; "-" writes stdout.')
@MODEL
@click.pass_context
def nli(ctx: click.Context, source: IO[bytes], output: Path, model: str | None) -> None:
    """Judge lines {"premise", "hypothesis", …}: they come back in order with "probabilities" added.

    A bad line comes back as {"line", "error"} and is reported on stderr; the exit code is 1 then.
    """
    from models.registry import load_nli
    from service.lines import probabilities

    judge = load_nli(settings_of(ctx, nli=model).nli)
    failed = False
    with _writing(output) as target, progress("judging") as bar:
        for window in _windows(_rows(source, _pair)):
            good = [row for row in window if row.error is None]
            scores = iter(judge.predict([(row.value["premise"], row.value["hypothesis"]) for row in good]))
            for row in window:
                if row.error is None:
                    line = row.value | {"probabilities": probabilities(next(scores))}
                else:
                    failed = True
                    line = _reported(source, row)
                target.write(json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n")
            bar.advance(bar.task_ids[0], len(window))
    finish(failed=failed)


@click.command()
@INPUT
@click.option("--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="A .npy file, float32 (n, d).")
@MODEL
@click.pass_context
def embed(ctx: click.Context, source: IO[bytes], output: Path, model: str | None) -> None:
    """Turn lines {"text", …}, or plain JSON strings, into one unit vector each, in order.

    A bad line has a row of NaN and is reported on stderr; the exit code is 1 then.
    """
    import numpy as np

    from models.registry import load_embedder

    embedder = load_embedder(settings_of(ctx, embedder=model).embedder)
    failed, count = False, 0
    with replacing(output) as draft, tempfile.TemporaryFile() as spool, progress("embedding") as bar:
        for window in _windows(_rows(source, _text)):
            vectors = np.full((len(window), embedder.dimension), np.nan, dtype=np.float32)
            good = [i for i, row in enumerate(window) if row.error is None]
            if good:
                vectors[good] = embedder.embed([window[i].value for i in good])
            for row in window:
                if row.error is not None:
                    failed = True
                    _reported(source, row)
            vectors.tofile(spool)
            count += len(window)
            bar.advance(bar.task_ids[0], len(window))
        _write_npy(draft, spool, (count, embedder.dimension), np.dtype("<f4"))
    finish(failed=failed)


def _write_npy(path: Path, rows: IO[bytes], shape: tuple[int, int], dtype: "np.dtype[Any]") -> None:
    """The header needs the number of rows, which is known only after the last: hence the spool."""
    from numpy.lib.format import dtype_to_descr, write_array_header_1_0

    rows.seek(0)
    with path.open("wb") as file:
        write_array_header_1_0(file, {"descr": dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
        shutil.copyfileobj(rows, file)


def _rows(source: Iterable[bytes], check: Callable[[Any], Any]) -> Iterator[Row]:
    for number, raw in enumerate(source, 1):
        if not raw.strip():
            continue
        try:
            yield Row(number, check(json.loads(raw)))
        except InputError as error:
            yield Row(number, error=error)
        except (ValueError, RecursionError) as error:
            yield Row(number, error=InputError(f"is not JSON: {error}"))


def _windows(rows: Iterator[Row]) -> Iterator[Sequence[Row]]:
    while window := list(itertools.islice(rows, WINDOW)):
        yield window


def _pair(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(value, dict):
        raise InputError('is no object; write {"premise": "…", "hypothesis": "…"}')
    for name in ("premise", "hypothesis"):
        _check_text(value.get(name), name)
    return value


def _text(value: Any) -> str:  # noqa: ANN401
    text = value.get("text") if isinstance(value, dict) else value
    return _check_text(text, "text")


def _check_text(value: Any, name: str) -> str:  # noqa: ANN401
    if not isinstance(value, str) or not value.strip():
        raise InputError(f"{name} is {json.dumps(value)[:60]}; it must be a text that is not empty", loc=(name,))
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise InputError(f"{name} holds a lone surrogate at position {error.start}", loc=(name,)) from error
    return value


def _reported(source: IO[bytes], row: Row) -> dict[str, Any]:
    message = row.error.message if row.error else ""
    complain(f"{getattr(source, 'name', 'input')}, line {row.number}", message)
    return {"line": row.number, "error": message}


@contextmanager
def _writing(path: Path) -> Iterator[IO[bytes]]:
    """Yield stdout for "-", and a file that takes its place when all went well for anything else."""
    with ExitStack() as stack:
        if str(path) == "-":
            yield sys.stdout.buffer
            sys.stdout.buffer.flush()
        else:
            yield stack.enter_context(stack.enter_context(replacing(path)).open("wb"))

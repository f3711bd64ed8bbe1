"""Where the open sets lie: the folder of COUNTERCLAIM_DATA, or ../shared/data beside the checkout. None is ours to commit."""

import hashlib
import os
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from service.errors import NotFound

VARIABLE = "COUNTERCLAIM_DATA"
ROOT = Path(__file__).resolve().parents[1]


class NoData(NotFound):
    """A set that is measured on is not on this machine."""

    title = "Data set not here"


def folder() -> Path:
    """The folder of the open sets, whether it is there or not."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else ROOT.parent / "shared/data"


def find(*parts: str) -> Path:
    """The file or folder of that name among the open sets; NoData, naming the variable, where it is not there."""
    path = folder().joinpath(*parts)
    if not path.exists():
        raise NoData(f"{path} is not here: set {VARIABLE} to the folder that holds {'/'.join(parts)}")
    return path


def packed(*parts: str) -> Path:
    """The archive of that name among the open sets, or the folder that it was unpacked into; NoData where neither is there."""
    plain = folder().joinpath(*parts[:-1], parts[-1].removesuffix(".tar.gz"))
    return plain if plain.is_dir() else find(*parts)


@contextmanager
def unpacked(*parts: str) -> Iterator[Path]:
    """The contents of a tar archive among the open sets, in a folder that is gone afterwards; NoData where it is absent.

    An unpacked folder of the same name without .tar.gz serves as well.
    """
    archive = packed(*parts)
    if archive.is_dir():
        yield archive
        return
    with TemporaryDirectory() as out:
        with tarfile.open(archive) as files:
            files.extractall(out, filter="data")
        inner = list(Path(out).iterdir())
        yield inner[0] if len(inner) == 1 and inner[0].is_dir() else Path(out)


def digest(path: Path) -> str:
    """The first 16 hex digits of the sha256 of a file, or of the names and contents of all files in a folder."""
    total = hashlib.sha256()
    files = [path] if path.is_file() else sorted(p for p in path.rglob("*") if p.is_file())
    for file in files:
        if path.is_dir():
            total.update(file.relative_to(path).as_posix().encode() + b"\0")
        with file.open("rb") as data:
            while block := data.read(1 << 20):
                total.update(block)
    return total.hexdigest()[:16]


def clear(path: Path) -> None:
    """Removes a file or a folder, where it is there."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

"""Files of data sets on the Hugging Face hub, where the network allows: "hf:owner/name/path/in/the/repository.jsonl"."""

import os
from pathlib import Path

import httpx2

from service.errors import InputError, Unavailable

PREFIX = "hf:"
CACHE = Path("build/eval-data")
ENDPOINT = "https://huggingface.co"


def fetch(name: str, *, folder: Path = CACHE, client: httpx2.Client | None = None) -> Path:
    """The local copy of a file of a data set, fetched once; HF_ENDPOINT names a mirror, HF_TOKEN is sent where set.

    Raises InputError where the name has no file in it, Unavailable where the hub does not give it.
    """
    parts = name.removeprefix(PREFIX).split("/")
    if len(parts) < 3 or ".." in parts or not all(parts):
        raise InputError(
            f"{name!r}: a file of a data set is named {PREFIX}owner/name/path, such as {PREFIX}nyu-mll/glue/rte.parquet"
        )
    target = folder.joinpath(*parts)
    if target.exists():
        return target
    base = os.environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")
    url = f"{base}/datasets/{parts[0]}/{parts[1]}/resolve/main/{'/'.join(parts[2:])}"
    token = os.environ.get("HF_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    try:
        with client or httpx2.Client(timeout=30, follow_redirects=True) as web, web.stream("GET", url, headers=headers) as got:
            got.raise_for_status()
            with part.open("wb") as out:
                for block in got.iter_bytes():
                    out.write(block)
    except httpx2.HTTPError as error:
        part.unlink(missing_ok=True)
        raise Unavailable(f"{name} could not be fetched from {base}: {error}") from error
    part.replace(target)
    return target

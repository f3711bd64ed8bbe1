"""The models by themselves: NLI on pairs, and embeddings as OpenAI's API gives them."""

import base64
from collections.abc import Sequence

import numpy as np
from fastapi import APIRouter

from models.types import NLI_LABELS, ModelInfo
from service.api.answers import EmbeddingsOut, ModelOut, NliAnswer
from service.api.body import StrictRoute
from service.api.deps import Reader, Ready, Running
from service.api.routes import EVERYWHERE, problems
from service.api.schemas import EmbeddingsIn, NliIn
from service.errors import InputError, NotFound, TooLarge
from service.lines import probabilities

router = APIRouter(prefix="/v1", tags=["models"], route_class=StrictRoute, responses=problems(*EVERYWHERE))


@router.get("/models", summary="List the loaded models")
def list_models(pipeline: Ready, caller: Reader) -> list[ModelOut]:
    """The embedder, the judge and the tagger in use."""
    del caller
    models = pipeline.models
    found = (models.embedder, models.nli, models.tagger)
    return [ModelOut.model_validate(model.info) for model in found if model is not None]


@router.post("/nli", summary="Judge pairs", responses=problems(404, 413, 415, 429))
async def judge_pairs(running: Running, pipeline: Ready, caller: Reader, body: NliIn) -> NliAnswer:
    """Probabilities of entailment, neutral and contradiction for each pair, in order."""
    del caller
    most = running.settings.limits.max_pairs
    if len(body.pairs) > most:
        raise TooLarge(f"{len(body.pairs)} pairs came; send at most {most:,} in one call", loc=("body", "pairs"))
    nli = pipeline.models.nli
    _check_name(body.model, nli.info, running.settings.nli)
    pairs = [(pair.premise, pair.hypothesis) for pair in body.pairs]
    rows = await running.runner.map(
        "nli", lambda some: list(nli.predict(some)), pairs, size=lambda p: len(p[0]) + len(p[1]), coalesce=True
    )
    results = [{"label": NLI_LABELS[int(np.argmax(row))], "probabilities": probabilities(row)} for row in rows]
    return NliAnswer.model_validate({"model": nli.info.name, "model_version": nli.info.version, "results": results})


@router.post("/embeddings", summary="Embed texts", responses=problems(404, 413, 415, 429))
async def embed_texts(running: Running, pipeline: Ready, caller: Reader, body: EmbeddingsIn) -> EmbeddingsOut:
    """One unit vector for each text, in order. Token counts are not kept: `usage` is zero."""
    del caller
    embedder = pipeline.models.embedder
    _check_name(body.model, embedder.info, running.settings.embedder)
    if body.dimensions not in (None, embedder.dimension):
        message = f"dimensions is {body.dimensions}; {embedder.info.name} gives {embedder.dimension} and no other number"
        raise InputError(message, loc=("body", "dimensions"))
    texts = [body.input] if isinstance(body.input, str) else body.input
    rows = await running.runner.map("embed", lambda some: list(embedder.embed(some)), texts, size=len, coalesce=True)
    data = [
        {"object": "embedding", "index": index, "embedding": _written(row, body.encoding_format)}
        for index, row in enumerate(rows)
    ]
    return EmbeddingsOut.model_validate({"data": data, "model": embedder.info.name})


def _check_name(given: str, info: ModelInfo, setting: str) -> None:
    names: Sequence[str] = (
        list(dict.fromkeys([info.name, setting, "bundled"])) if setting == "bundled" else [info.name, setting]
    )
    if given not in names:
        raise NotFound(f"no model {given[:60]!r} is loaded; this server has {' or '.join(names)}", loc=("body", "model"))


def _written(row: np.ndarray, encoding: str) -> list[float] | str:
    if encoding == "base64":
        return base64.b64encode(row.astype("<f4").tobytes()).decode()
    return [float(value) for value in row]

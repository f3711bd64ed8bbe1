"""Models by name: "bundled", a local directory, or a Hugging Face id.

Of names that could mean several things, "bundled" goes first, then a directory that exists, then the hub.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from models import card as cards
from models.card import Card, read_card
from models.embedder import SentenceTransformerEmbedder, TextEmbedder
from models.errors import ModelNotFound, ModelUnusable, NoTokenizer, PickledWeights, SelfTestFailed
from models.labels import label_order
from models.nli import BundledJudge, PairModel, golden_hits
from models.runtime import OpenVinoSession, TorchSession
from models.tokens import TextEncoder, shared_tokenizer
from models.types import NLI_LABELS, ClaimTagger, Embedder, ModelInfo, NliModel

BUNDLED = "bundled"
EMBEDDER, MULTILINGUAL, ENGLISH, TAGGER = "embedder", "judge-multilingual", "judge-english", "tagger"
HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
LONGEST = 512
"""Tokens of one input, also for models that name no limit or a larger one: longer texts are read in chunks anyway."""
LEAST_GOLDEN = 8
"""Of the twelve golden pairs; weak public judges get nine or more, a random head four on average."""


def load_nli(name: str = BUNDLED, *, threads: int = 0, precision: str = "f32") -> NliModel:
    """The NLI model of a name, tested on golden pairs; raises ModelError where there is none that can serve."""
    if name == BUNDLED:
        multilingual = _bundled_nli(cards.WEIGHTS / MULTILINGUAL, threads, precision)
        english = cards.WEIGHTS / ENGLISH
        second = _bundled_nli(english, threads, precision) if (english / cards.CARD).is_file() else None
        model: NliModel = BundledJudge(multilingual, second)
    elif (Path(name) / cards.CARD).is_file():
        model = _bundled_nli(Path(name), threads, precision)
    else:
        model = _torch_nli(name, threads)
    self_test(model)
    return model


def load_embedder(name: str = BUNDLED, *, threads: int = 0, precision: str = "f32") -> Embedder:
    """The embedder of a name; raises ModelError where there is none that can serve."""
    directory = cards.WEIGHTS / EMBEDDER if name == BUNDLED else Path(name)
    if name == BUNDLED or (directory / cards.CARD).is_file():
        found = _card(directory, "embedder")
        session = OpenVinoSession(found, threads=threads, precision=precision)
        return TextEmbedder(
            session, _encoder(found), _info(found, session), dimension=found.width, prefixes=found.prefixes or {}
        )
    return _torch_embedder(name, threads)


def load_tagger(name: str = BUNDLED, *, threads: int = 0, precision: str = "f32") -> ClaimTagger:
    """The claim tagger of a name ("bundled" or a local directory); raises ModelError where there is none that can serve."""
    from models.tagger import Tagger

    found = _card(cards.WEIGHTS / TAGGER if name == BUNDLED else Path(name), "tagger")
    session = OpenVinoSession(found, threads=threads, precision=precision)
    return Tagger(session, shared_tokenizer(found.tokenizer), found, _info(found, session))


def describe() -> list[Card]:
    """The cards of all bundled models, by name, with what each measured."""
    return [read_card(path.parent) for path in sorted(cards.WEIGHTS.glob(f"*/{cards.CARD}"))]


def self_test(model: NliModel) -> None:
    """Raises SelfTestFailed where a model gets the golden pairs wrong, with a guess why."""
    counts = golden_hits(model)
    right = sum(counts[i][i] for i in range(len(NLI_LABELS)))
    total = sum(map(sum, counts))
    if right >= LEAST_GOLDEN:
        return
    swapped = counts[0][2] + counts[1][1] + counts[2][0]
    why = "its labels look exchanged: check id2label in its config" if swapped >= LEAST_GOLDEN else "is it an NLI model?"
    raise SelfTestFailed(
        f"{model.info.name} gets {right} of {total} plain English pairs right, {LEAST_GOLDEN} are needed; {why}"
    )


def _card(directory: Path, kind: str) -> Card:
    found = read_card(directory)
    if found.kind != kind:
        raise ModelUnusable(f"{directory} holds a model of kind {found.kind!r}, {kind!r} is needed")
    cards.verify(found)
    return found


def _encoder(found: Card) -> TextEncoder:
    return TextEncoder(shared_tokenizer(found.tokenizer), max_tokens=found.max_tokens, pad_id=found.pad_id)


def _info(found: Card, session: OpenVinoSession) -> ModelInfo:
    return ModelInfo(found.name, found.version, found.kind, session.runtime, found.max_tokens, found.languages)


def _bundled_nli(directory: Path, threads: int, precision: str) -> PairModel:
    found = _card(directory, "nli")
    order = label_order(found.labels, model=found.name)
    session = OpenVinoSession(found, threads=threads, precision=precision)
    return PairModel(session, _encoder(found), order, _info(found, session))


def _torch_nli(name: str, threads: int) -> NliModel:
    from transformers import AutoConfig, AutoModelForSequenceClassification

    config = _from_hub(AutoConfig.from_pretrained, name)
    order = label_order([config.id2label[i] for i in range(config.num_labels)], model=name)
    _refuse_pickles(name)
    encoder, takes_types = _hub_encoder(name, config)
    model = _from_hub(AutoModelForSequenceClassification.from_pretrained, name, use_safetensors=True, dtype="float32")
    session = TorchSession(model, head=lambda out, _: out.logits, takes_types=takes_types, threads=threads)
    info = ModelInfo(name, _hub_version(config), "nli", session.runtime, encoder.max_tokens)
    return PairModel(session, encoder, order, info)


def _torch_embedder(name: str, threads: int) -> Embedder:
    import torch
    from sentence_transformers import SentenceTransformer

    _check_name(name)
    _refuse_pickles(name)
    if Path(name).is_dir():
        _need_tokenizer(Path(name))
    if threads:
        torch.set_num_threads(threads)
    model = _from_hub(SentenceTransformer, name, model_kwargs={"use_safetensors": True})
    info = ModelInfo(name, "", "embedder", f"torch f32, {model.device}", int(model.max_seq_length or 0))
    return SentenceTransformerEmbedder(model, info)


def _hub_encoder(name: str, config: Any) -> tuple[TextEncoder, bool]:
    from transformers import AutoTokenizer

    if Path(name).is_dir():
        _need_tokenizer(Path(name))
    tokenizer = _from_hub(AutoTokenizer.from_pretrained, name)
    if not tokenizer.is_fast:
        raise NoTokenizer(f"{name} has no tokenizer.json: save it with a fast tokenizer")
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    positions = getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length
    if config.model_type in ("mpnet", "roberta", "xlm-roberta", "camembert"):
        positions -= (config.pad_token_id or 0) + 1
    longest = int(min(positions, tokenizer.model_max_length, LONGEST))
    takes_types = "token_type_ids" in tokenizer.model_input_names
    return TextEncoder(backend, max_tokens=longest, pad_id=tokenizer.pad_token_id or 0), takes_types


def _check_name(name: str) -> None:
    if not Path(name).is_dir() and not HUB_ID.fullmatch(name):
        raise ModelNotFound(
            f'{name!r} is no directory and no Hugging Face id: give "bundled", a directory or an id like owner/name'
        )


def _from_hub(load: Any, name: str, **options: Any) -> Any:
    _check_name(name)
    try:
        return load(name, **options)
    except OSError as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise ModelNotFound(f"{name!r} could not be loaded: {reason}") from error


def _refuse_pickles(name: str) -> None:
    directory = Path(name)
    if not directory.is_dir() or any(directory.glob("**/*.safetensors")):
        return  # from the hub, too, only safetensors are asked for
    pickled = sorted(
        p.name for pattern in ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl") for p in directory.glob(f"**/{pattern}")
    )
    if pickled:
        listed = ", ".join(pickled[:3])
        raise PickledWeights(f"{name} holds pickled weights ({listed}), which can run code when read; save them as safetensors")
    raise ModelNotFound(f"{name} holds no model.safetensors")


def _need_tokenizer(directory: Path) -> None:
    if not any(directory.glob("**/tokenizer*.json")) and not any(directory.glob("**/vocab.*")):
        raise NoTokenizer(f"{directory} holds no tokenizer: copy tokenizer.json and tokenizer_config.json beside the weights")


def _hub_version(config: Mapping[str, Any] | Any) -> str:
    return str(getattr(config, "_commit_hash", None) or "")[:12]

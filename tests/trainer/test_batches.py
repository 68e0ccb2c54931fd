from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import torch
from training_cases import MIXED, token_pairs, use

import trainer.batches
import trainer.loss
import trainer.memory
import trainer.prefix
import trainer.schedule
import trainer.tree
from trainer.batches import (
    Batch,
    Pair,
    TokenPair,
    micro_batches,
    padded_batch,
    prefix_ids,
    shared_batch,
    steps,
    tokenise,
)
from trainer.checkpoint import load
from trainer.loss import batch_loss, hidden_states
from trainer.tree import Tree, tree_attention


def gradients(model: Any, batch: Batch, attention: str = trainer.prefix.ATTENTION) -> tuple[float, torch.Tensor]:
    model.zero_grad()
    loss = batch_loss(use(model, batch, attention), batch)
    loss.backward()
    return loss.item(), torch.cat([parameter.grad.flatten() for parameter in model.parameters()])


@pytest.mark.parametrize("attention", [trainer.prefix.ATTENTION, trainer.tree.ATTENTION])
def test_both_flat_forms_equal_the_padded_one(model: Any, attention: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trainer.batches, "CAUSAL_CHUNK", 8)  # so that these prefixes have several chunks
    monkeypatch.setattr(trainer.loss, "CHUNK", 7)
    loss, gradient = gradients(model, padded_batch(MIXED, pad_id=0))
    shared_loss, shared_gradient = gradients(model, shared_batch(MIXED), attention)
    assert shared_loss == pytest.approx(loss, rel=1e-6)
    assert (shared_gradient - gradient).norm() / gradient.norm() < 1e-5


@pytest.mark.filterwarnings("ignore:flex_attention called without torch.compile")
@pytest.mark.parametrize("window", [None, 1, 7])
def test_flex_mask_equals_the_boolean_one(window: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """FlexAttention's forward pass, which runs on a CPU too, under the block mask that a GPU gets."""
    from torch.nn.attention.flex_attention import flex_attention

    monkeypatch.setattr(trainer.batches, "CAUSAL_CHUNK", 8)
    blocks = shared_batch(MIXED).blocks
    tokens = blocks[-1].stop
    q, k, v = (torch.randn(1, heads, tokens, 8, generator=torch.Generator().manual_seed(heads)) for heads in (4, 2, 2))
    plain, _ = tree_attention(torch.nn.Module(), q, k, v, None, tree=Tree.of(blocks), sliding_window=window)
    mask = Tree.of(blocks).block_mask(window)
    flex = flex_attention(q, k, v, block_mask=mask, enable_gqa=True).transpose(1, 2)
    assert torch.allclose(plain, flex, atol=1e-6)
    assert int(Tree.of(blocks).mask(window).sum()) == sum(
        min(place + 1, window or tokens) for place in Tree.of(blocks).place.tolist()
    )


def test_no_prefix_and_no_suffix(llama: Any) -> None:
    pairs = token_pairs([(1, 0, 3, 4), (1, 0, 5, 2), (2, 6, 0, 3), (2, 6, 0, 5)])
    loss, gradient = gradients(llama, padded_batch(pairs, pad_id=0))
    shared_loss, shared_gradient = gradients(llama, shared_batch(pairs))
    assert shared_loss == pytest.approx(loss, rel=1e-6)
    assert (shared_gradient - gradient).norm() / gradient.norm() < 1e-5


def test_no_pair_sees_another(llama: Any) -> None:
    before = shared_batch(MIXED)
    owner = [pair for pair in before.ids for _ in next(p for p in MIXED if p.id == pair).completion]
    use(llama, before)
    with torch.no_grad():
        states = hidden_states(llama, before)
        for number, changed in enumerate(MIXED):
            suffix = tuple(96 - token + 3 for token in changed.suffix)
            pairs = list(MIXED)
            completion = (*(96 - token + 3 for token in changed.completion[:-1]), 2)
            pairs[number] = TokenPair(changed.id, changed.prefix, suffix, completion, changed.weight)
            after = hidden_states(llama, shared_batch(pairs))
            same = [bool(torch.equal(a, b)) for a, b in zip(states, after, strict=True)]
            assert all(equal for equal, pair in zip(same, owner, strict=True) if pair != changed.id)
            assert not all(equal for equal, pair in zip(same, owner, strict=True) if pair == changed.id)


def test_altering_any_token_changes_no_logit_of_another_pair(llama: Any) -> None:
    batch = shared_batch(MIXED)
    owner = [pair for pair in batch.ids for _ in next(p for p in MIXED if p.id == pair).completion]
    use(llama, batch)
    with torch.no_grad():
        before = llama.lm_head(hidden_states(llama, batch))  # (T, V)
        for number, pair in enumerate(MIXED):
            for place in range(len(pair.suffix) + len(pair.completion) - 1):
                tokens = [*pair.suffix, *pair.completion]
                tokens[place] = 96 - tokens[place] + 3
                cut = len(pair.suffix)
                pairs = list(MIXED)
                changed = TokenPair(pair.id, pair.prefix, tuple(tokens[:cut]), tuple(tokens[cut:]), pair.weight)
                pairs[number] = changed
                after = llama.lm_head(hidden_states(llama, shared_batch(pairs)))
                others = [row for row, name in enumerate(owner) if name != pair.id]
                assert torch.equal(before[others], after[others])
                assert not torch.equal(before, after)


def test_only_completion_tokens_count() -> None:
    """The loss looks at the completion, end token included, and at nothing of the prompt."""
    for batch in (shared_batch(MIXED), padded_batch(MIXED, 0)):
        by_id = {pair.id: pair for pair in MIXED}
        assert batch.targets.tolist() == [token for pair in batch.ids for token in by_id[pair].completion]
        assert batch.targets.tolist().count(2) >= len(MIXED)
        flat = batch.input_ids.flatten()
        after = [flat[place + 1].item() for place in batch.predictors.tolist()]
        # A place before the last token of a prefix predicts the first suffix token, never a target.
        agree = [a == b for a, b in zip(after, batch.targets.tolist(), strict=True)]
        assert all(agree)


def test_positions_continue_the_prefix() -> None:
    batch = shared_batch(MIXED[:1] + MIXED[2:3])
    assert batch.position_ids[0].tolist() == [*range(21), *range(21, 35), *range(21, 23)]


def test_steps_and_micro_batches() -> None:
    assert [[pair.id for pair in step] for step in steps(MIXED, 4)] == [["p0", "p1", "p2", "p3"], ["p4", "p5"]]
    whole = micro_batches(MIXED, 10_000)
    assert [pair.id for pair in whole[0]] == ["p2", "p0", "p3", "p1", "p4", "p5"]
    small = micro_batches(MIXED, 40)
    assert sorted(pair.id for part in small for pair in part) == sorted(pair.id for pair in MIXED)
    for part in small:
        assert len(part) == 1 or shared_batch(part).input_ids.numel() <= 40


def test_pairs_that_share_nothing_have_a_budget_of_their_own() -> None:
    groups = Counter(pair.prefix for pair in MIXED)
    lone = {pair.id for pair in MIXED if groups[pair.prefix] == 1}
    assert 0 < len(lone) < len(MIXED)
    parts = micro_batches(MIXED, 10_000, lone_tokens=1)
    assert {pair.id for pair in parts[0]} == {pair.id for pair in MIXED} - lone
    assert sorted([pair.id] for part in parts[1:] for pair in part) == sorted([name] for name in lone)
    assert micro_batches(MIXED, 40, lone_tokens=41) == micro_batches(MIXED, 40)


def test_accumulation_equals_the_big_batch(model: Any) -> None:
    loss, gradient = gradients(model, shared_batch(MIXED))
    parts = [gradients(model, shared_batch(part)) for part in micro_batches(MIXED, 40)]
    assert len(parts) > 1
    assert sum(part[0] for part in parts) == pytest.approx(loss, rel=1e-6)
    assert torch.allclose(sum((part[1] for part in parts[1:]), parts[0][1]), gradient, atol=1e-5)


def test_tokenise(tiny_dir: Path) -> None:
    _, tokenizer = load(tiny_dir)
    schema = "table stay(id)\n"
    pairs = [Pair("a", schema, "how many\n", "SELECT count(*) FROM stay"), Pair("b", schema, "x " * 200, "SELECT 1")]
    kept, left_out = tokenise(pairs, tokenizer, 100)
    assert [pair.id for pair in kept] == ["a"]
    assert left_out == ["b"]
    assert kept[0].completion[-1] == tokenizer.eos_token_id
    assert kept[0].prefix == prefix_ids(schema, tokenizer)
    assert tokenizer.decode([*kept[0].prefix, *kept[0].suffix, *kept[0].completion[:-1]]) == (
        pairs[0].prefix + pairs[0].suffix + pairs[0].completion
    )


def test_begin_token_where_the_tokenizer_wants_one(tiny_dir: Path) -> None:
    _, tokenizer = load(tiny_dir)
    plain = prefix_ids("a", tokenizer)

    class Wanting:
        bos_token_id = 1

        def encode(self, text: str, add_special_tokens: bool = True) -> list[int]:
            return [1] * add_special_tokens + tokenizer.encode(text, add_special_tokens=False)

    assert prefix_ids("a", Wanting()) == (1, *plain)

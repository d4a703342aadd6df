"""Batches of posts of about one length, so that little of them is padding."""

import random
from collections.abc import Sequence

import torch


def padded(numbers: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Piece numbers as (n, longest), nought behind the end, and a mask of what is a piece."""
    longest = max(map(len, numbers))
    ids = torch.zeros(len(numbers), longest, dtype=torch.long)
    for row, each in enumerate(numbers):
        ids[row, : len(each)] = torch.tensor(each)
    return ids, (ids != 0).long()


def batches_by_length(numbers: Sequence[Sequence[int]], size: int, seed: int) -> list[list[int]]:
    """Places of `numbers` in batches of one length, the batches in random order."""
    chance = random.Random(seed)
    places = sorted(range(len(numbers)), key=lambda place: (len(numbers[place]), chance.random()))
    batches = [places[start : start + size] for start in range(0, len(places), size)]
    chance.shuffle(batches)
    return batches

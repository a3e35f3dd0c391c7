"""Drawing from many discrete distributions at once, exactly and without a loop over records (Walker's alias method)."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Alias:
    """Distributions over the same `size` categories, one per group, ready to be drawn from.

    Source: Walker (1977), ACM Trans. Math. Softw. 3:253-256; tables as in Vose (1991), IEEE Trans. Softw. Eng.
    17:972-975.
    """

    keep: np.ndarray  # (groups x size,) chance to keep the category first hit
    other: np.ndarray  # (groups x size,) the category taken instead
    size: int

    def draw(self, groups: np.ndarray | int, random: np.random.Generator, n: int) -> np.ndarray:
        """Categories 0 to `size` - 1 for `n` records, the i-th from the distribution `groups[i]`; dtype of `other`.

        Parameters
        ----------
        groups : int array (n,), or int
            The distribution of each record, or of all.
        random : Generator
        n : int
            Number of records.

        Returns
        -------
        int array (n,)
        """
        place = random.random(n)
        place *= self.size
        hit = place.astype(np.int32)
        place -= hit
        at = hit + np.asarray(groups, dtype=np.int32) * np.int32(self.size)
        return np.where(place < self.keep[at], hit.astype(self.other.dtype), self.other[at])


def alias(shares: np.ndarray) -> Alias:
    """The tables for `shares`, shape (groups, categories): non-negative, at least one positive per group, any scale.

    Parameters
    ----------
    shares : array (groups, categories)

    Returns
    -------
    Alias
    """
    shares = np.atleast_2d(np.asarray(shares, dtype=float))
    if (shares < 0).any() or not (shares.sum(axis=1) > 0).all():
        raise ValueError("shares must not be negative, and each group needs a positive one")
    size = shares.shape[1]
    keep = np.ones(shares.shape)
    other = np.tile(np.arange(size), (len(shares), 1))
    for group, row in enumerate(shares / shares.sum(axis=1, keepdims=True) * size):
        left = row.copy()
        small, large = [list(np.flatnonzero(which)) for which in (left < 1, left >= 1)]
        while small and large:
            low, high = small.pop(), large.pop()
            keep[group, low], other[group, low] = left[low], high
            left[high] -= 1 - left[low]
            (small if left[high] < 1 else large).append(high)
        for rest in small:  # only rounding is left, except that an impossible category must stay impossible
            if row[rest] == 0:
                keep[group, rest], other[group, rest] = 0.0, int(row.argmax())
    kind = np.uint8 if size <= 256 else np.uint16
    return Alias(keep.ravel(), other.ravel().astype(kind), size)

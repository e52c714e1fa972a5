"""How alike two layers see the same images: centred kernel alignment (CKA), from their Gram matrices.

Linear CKA (Kornblith et al. 2019) with the unbiased estimator of HSIC (Song et al. 2012), the estimates of
several batches added up (Nguyen et al. 2021): so it depends on how many images there are by chance alone, and
only a batch's Gram matrices are ever held. It is blind to rotations of the features, to a shift of each, and
to one factor for all; with few images it may fall a little outside of 0 to 1.
"""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

Gram = NDArray[np.float64]
"""(n, n): the scalar product of the features of each two images."""

LEAST_IMAGES = 4
"""Of a batch: the estimator divides by n - 3."""


def gram(features: NDArray[np.floating]) -> Gram:
    """Return the Gram matrix of features (n, ...), each with its mean over the images taken off.

    The estimator knows no difference, but large means would cost it digits.
    """
    flat = np.asarray(features, np.float64).reshape(len(features), -1)
    flat = flat - flat.mean(axis=0)
    return flat @ flat.T


def unbiased_hsic(first: Gram, second: Gram) -> float:
    """Return the unbiased estimate of the Hilbert-Schmidt independence criterion of two Gram matrices.

    Args:
        first, second: of the same images, at least four.
    """
    n = len(first)
    assert n >= LEAST_IMAGES and first.shape == second.shape == (n, n)
    k, l = (matrix - np.diag(np.diag(matrix)) for matrix in (first, second))  # noqa: E741
    rows_k, rows_l = k.sum(axis=0), l.sum(axis=0)
    total = (k * l).sum() + rows_k.sum() * rows_l.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * rows_k @ rows_l
    return float(total / (n * (n - 3)))


def alignment(batches: Iterable[tuple[Gram, Gram]]) -> float | None:
    """Return the CKA of two layers from the Gram matrices that each has of the same batches.

    Returns:
        1 where both are the same, exactly; None where a layer says the same of all images.
    """
    both = ours = theirs = 0.0
    for first, second in batches:
        both += unbiased_hsic(first, second)
        ours += unbiased_hsic(first, first)
        theirs += unbiased_hsic(second, second)
    if ours <= 0 or theirs <= 0:
        return None
    # the root of a square is exact, and so is 1 where all three are the same
    return float(both / np.sqrt(ours * theirs))

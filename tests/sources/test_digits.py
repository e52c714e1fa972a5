"""The bundled digits: real, whole, and always the same."""

from typing import Any, cast

import numpy as np
import pytest

from tuilab.errors import MissingError
from tuilab.sources import digits
from tuilab.sources.digits import load_digits


@pytest.fixture(scope="module")
def loaded():
    return load_digits()


def test_all_1797_digits_are_there_split_a_fifth_of_each_class(loaded):
    assert loaded.name == "digits" and loaded.classes == tuple("0123456789")
    train, test = np.bincount(loaded.train_labels), np.bincount(loaded.test_labels)
    # Published counts of scikit-learn's digits.
    np.testing.assert_array_equal(train + test, [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
    np.testing.assert_array_equal(test, (train + test) // 5)


def test_the_pixels_are_scikit_learns_own(loaded):
    from sklearn.datasets import load_digits as reference

    original = cast(Any, reference())
    # Averages of 4x4 blocks do not depend on the filter much; sums over all images pin the scaling.
    ours = np.concatenate([loaded.train_images, loaded.test_images])
    assert ours.max() > 240 and (ours[..., 0] == ours[..., 1]).all() and (ours[..., 1] == ours[..., 2]).all()
    np.testing.assert_allclose(ours.mean(), original.images.mean() * 255 / 16, rtol=0.01)
    blocks = np.sort(ours[..., 0].reshape(-1, 8, 4, 8, 4).mean(axis=(2, 4)).mean(axis=(1, 2)))
    np.testing.assert_allclose(blocks, np.sort(original.images.mean(axis=(1, 2)) * 255 / 16), atol=6)


def test_the_digits_are_the_same_every_time(loaded):
    assert load_digits().digest == loaded.digest


def test_any_stretch_of_the_training_images_holds_all_classes(loaded):
    for part in (loaded.train_labels[:100], loaded.train_labels[-288:]):
        assert len(np.unique(part)) == 10


def test_a_damaged_file_is_refused_and_named(tmp_path, monkeypatch):
    path = tmp_path / "digits.csv.gz"
    monkeypatch.setattr(digits, "_csv", lambda: path)
    whole = digits.gzip.compress(b"1,2\n3,4\n")
    for contents, reason in (
        (None, "cannot be read"),
        (whole[:-9], "cannot be read"),
        (whole, "1797 images"),
    ):
        if contents is not None:
            path.write_bytes(contents)
        with pytest.raises(MissingError, match=reason) as caught:
            load_digits()
        assert str(path) in caught.value.sentence and caught.value.remedies


def test_every_image_and_label_is_one_of_scikit_learns_bit_for_bit(loaded):
    from PIL import Image
    from sklearn.datasets import load_digits as reference

    original = cast(Any, reference())
    theirs = [np.rint(image * (255 / 16)).astype(np.uint8) for image in original.images]
    whole = [digits.fit(Image.fromarray(image)).tobytes() for image in theirs]
    ours = np.concatenate([loaded.train_images, loaded.test_images])
    labels = np.concatenate([loaded.train_labels, loaded.test_labels])
    assert sorted(zip(whole, original.target.tolist(), strict=True)) == sorted(
        zip((image.tobytes() for image in ours), labels.tolist(), strict=True)
    )

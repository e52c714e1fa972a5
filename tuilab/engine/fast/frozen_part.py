"""The frozen part of a run's network: whether its output is computed once, found on the disk, kept there."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import psutil
from numpy.typing import NDArray

from tuilab.engine import pixels
from tuilab.engine.fast import features
from tuilab.engine.fast.features import Cut
from tuilab.engine.numerics import unusual_switches
from tuilab.engine.splits import Split, Splits
from tuilab.engine.telemetry import Reporter
from tuilab.errors import RunError
from tuilab.experiment.experiment import Experiment
from tuilab.experiment.feature_choice import MEMORY_SHARE, Costs, FeatureChoice, choose
from tuilab.experiment.network import layer_stack, totals
from tuilab.experiment.workload import frozen_part
from tuilab.files import paths
from tuilab.machine.filesystem import free_bytes
from tuilab.runs.journal.records import Note
from tuilab.sources import feature_cache
from tuilab.sources.feature_cache import FeatureKey
from tuilab.terminal import clean


@dataclass(frozen=True)
class FeatureSource:
    """What the features of a run depend on beside its network.

    Attributes:
        experiment: the run's.
        dataset_digest: of its images.
        parts: those images.
        scale: uint8 batch to float32 batch.
    """

    experiment: Experiment
    dataset_digest: str
    parts: Splits
    scale: pixels.Scale


@dataclass(frozen=True)
class LaterUse:
    """A layer before the cut whose output another run will want, and for how many epochs."""

    layer: str
    epochs: int


class FrozenPart:
    """The features of one run."""

    def __init__(
        self,
        divided: Cut,
        source: FeatureSource,
        later_uses: Sequence[LaterUse],
        report: Reporter,
        should_stop: Callable[[], bool],
    ) -> None:
        """Prepare.

        Args:
            divided: the network, divided at its first trained layer.
            source: what else they depend on.
            later_uses: what runs that continue this one will want; the same pass keeps it where that pays.
            report: takes phases and notes.
            should_stop: asked at every batch boundary.
        """
        self._divided, self._source, self._later_uses = divided, source, tuple(later_uses)
        self._report, self._should_stop = report, should_stop
        parts = source.parts
        held_out = parts.validation is not parts.test
        self._blocks: dict[str, list[NDArray[np.uint8]]] = {
            "training": [parts.training.images, *([parts.validation.images] if held_out else [])],
            "test": [parts.test.images],
        }

    def choose(self, epochs_left: int) -> FeatureChoice:
        """Decide whether the features are computed once."""
        cached = all(feature_cache.holds(self._key(part), self._count(part)) for part in self._blocks)
        costs = self._costs(self._divided.after, self._divided.bytes_per_image, epochs_left, cached=cached)
        return choose(self._source.experiment.training.features, costs)

    def _costs(self, layer: str, bytes_per_image: int, epochs: int, *, cached: bool) -> Costs:
        stack = frozen_part(layer_stack(self._source.experiment))
        names = [planned.name for planned in stack]
        return Costs(
            flops=totals(stack[: names.index(layer) + 1]).flops,
            bytes=bytes_per_image,
            epochs=epochs,
            images=self._count("training"),
            tested=self._count("test"),
            cached=cached,
            memory=psutil.virtual_memory().available,
            disk=min(free_bytes(paths.features()) or 0, 2.0 * feature_cache.limit()),
        )

    def splits(self, choice: FeatureChoice) -> Splits:
        """Return the run's images as features: read from the disk, or computed and, where chosen, kept."""
        arrays = {part: self._load(part) for part in self._blocks}
        missing = [part for part, array in arrays.items() if array is None]
        if missing:
            with feature_cache.computing(self._key("training"), self._should_stop, self._tell_waiting):
                # another worker may have computed them while this one waited
                arrays |= {part: self._load(part) for part in missing}
                missing = [part for part, array in arrays.items() if array is None]
                arrays |= self._compute(missing, keep=choice.keep)
        return self._split(arrays)  # type: ignore[arg-type]

    def _tell_waiting(self, process: int | None) -> None:
        who = f"process {process}" if process else "another process"
        self._report(Note(text=f"{who} is computing the same frozen features: waiting for it"))

    def _load(self, part: str) -> NDArray[Any] | None:
        found = feature_cache.load(self._key(part), self._count(part))
        # a .npy file has no name for bfloat16
        return None if found is None else found.view(self._divided.dtype)

    def _compute(self, parts: Sequence[str], *, keep: bool) -> dict[str, NDArray[Any]]:
        if not parts:
            return {}
        total = sum(self._count(part) for part in parts)
        done, computed = 0, {}
        what = f"of {self._divided.after}"
        self._report.phase("features", what, 0, total, "images")
        for part in parts:
            before = done

            def tell(n: int, before: int = before) -> None:
                self._report.progress("features", what, before + n, total, "images")

            computed[part] = self._kept(part, tell) if keep else self._held(part, tell)
            done += self._count(part)
        return computed

    def _kept(self, part: str, tell: Callable[[int], None]) -> NDArray[Any]:
        """Compute the features of one part into the cache; into memory where the disk does not take them."""
        count, keys = self._count(part), self._keys(part)
        try:
            sizes = [int(np.prod(shape)) * np.dtype(dtype).itemsize for _, shape, dtype in keys]
            feature_cache.make_room(count * sum(sizes), feature_cache.limit())
            with ExitStack() as stack:
                files = [
                    stack.enter_context(feature_cache.storing(key, count, shape, dtype))
                    for key, shape, dtype in keys
                ]
                for n, outputs in self._pass([key.layer for key, _, _ in keys], part):
                    for file, output in zip(files, outputs, strict=True):
                        file.append(output)
                    tell(n)
        except OSError as error:
            why = clean(error.strerror or str(error), limit=200)
            self._report(
                Note(
                    text=f"the output of the frozen part could not be saved: {why}; it is computed for "
                    "this run only"
                )
            )
            return self._held(part, tell)
        found = self._load(part)
        return found if found is not None else self._held(part, tell)

    def _held(self, part: str, tell: Callable[[int], None]) -> NDArray[Any]:
        """Compute the features of one part into memory.

        Raises:
            RunError: memory does not hold them.
        """
        count, at = self._count(part), 0
        size = count * self._divided.bytes_per_image
        if size > MEMORY_SHARE * psutil.virtual_memory().available:
            raise RunError(
                f"the output of {self._divided.after} ({size / 1e6:,.0f} MB) fits neither on the disk "
                "nor in memory",
                ["free some disk space or memory", "or train without keeping it: --features off"],
            )
        array: NDArray[Any] = np.empty((count, *self._divided.shape), self._divided.dtype)
        for n, (output,) in self._pass([self._divided.after], part):
            array[at:n] = output
            at = n
            tell(n)
        return array

    def _pass(self, layers: Sequence[str], part: str) -> Any:
        done = 0
        blocks = self._blocks[part]
        scale, divided = self._source.scale, self._divided
        for outputs in features.compute(divided, layers, scale, blocks, should_stop=self._should_stop):
            done += len(outputs[0])
            yield done, outputs

    def _keys(self, part: str) -> list[tuple[FeatureKey, tuple[int, ...], str]]:
        """Return what a pass over a part gives: this run's own features, then those that others will want."""
        given = [(self._key(part), self._divided.shape, self._divided.dtype)]
        for later_uses in self._later_uses:
            earlier = self._divided.up_to(later_uses.layer)
            key = replace(self._key(part), layer=later_uses.layer, weights=features.weights_digest(earlier))
            shape, dtype = tuple(earlier.output.shape[1:]), features.numpy_type(earlier.output.dtype)
            size = int(np.prod(shape)) * np.dtype(dtype).itemsize
            pays = choose("auto", self._costs(later_uses.layer, size, later_uses.epochs, cached=False)).keep
            if pays and not feature_cache.holds(key, self._count(part)):
                given.append((key, shape, dtype))
        return given

    def _key(self, part: str) -> FeatureKey:
        source = self._source
        return FeatureKey(
            weights=self._weights,
            images=source.dataset_digest,
            part="test" if part == "test" else "training",
            layer=self._divided.after,
            pixels=self._pixels,
            precision=source.experiment.training.precision,
            switches=unusual_switches(),
        )

    @cached_property
    def _weights(self) -> str:
        return features.weights_digest(self._divided.prefix)

    @cached_property
    def _pixels(self) -> str:
        return pixels.described(self._source.experiment.data.pixels, self._source.parts.training.images)

    def _count(self, part: str) -> int:
        return sum(len(block) for block in self._blocks[part])

    def _split(self, arrays: dict[str, NDArray[Any]]) -> Splits:
        parts = self._source.parts
        cut = len(parts.training)
        test = Split(arrays["test"], parts.test.labels)
        training = Split(arrays["training"][:cut], parts.training.labels)
        if parts.validation is parts.test:
            return Splits(training, test, test)
        return Splits(training, Split(arrays["training"][cut:], parts.validation.labels), test)

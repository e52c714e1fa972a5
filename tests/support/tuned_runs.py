"""Finished runs that were measured for what training changed and for shifted images, from fixed numbers."""

from finished_runs import finished_run
from records import CIFAR10, epoch

from tuilab.experiment.network import planned
from tuilab.runs import measurements
from tuilab.runs.run import Run
from tuilab.runs.shifts import OnShifted, Shifts
from tuilab.runs.similarity import LayerSimilarity, Similarity
from tuilab.runs.summary import summarize

BEGAN_WITH = "Keras's cache; then trained in run 20261126-100000-iteration-i"
SHIFTED = (
    *(
        OnShifted(name="blur", strength=s, accuracy=a, cross_entropy=1.2)
        for s, a in ((0.4, 0.69), (0.7, 0.62))
    ),
    OnShifted(name="blur", strength=1.0, accuracy=0.52, cross_entropy=1.61),
    *(
        OnShifted(name="noise", strength=s, accuracy=a, cross_entropy=1.8)
        for s, a in ((0.04, 0.55), (0.08, 0.4))
    ),
    OnShifted(name="noise", strength=0.1, accuracy=0.335, cross_entropy=None),
    *(
        OnShifted(name="contrast", strength=s, accuracy=a, cross_entropy=1.1)
        for s, a in ((0.75, 0.68), (0.4, 0.5))
    ),
    OnShifted(name="contrast", strength=0.15, accuracy=0.25, cross_entropy=2.4),
)


def finished(preset: str = "iteration-ii") -> Run:
    """Make a run of CIFAR-10 that is done."""
    return finished_run(
        preset,
        {"data.source": "cifar10"},
        epochs=[epoch(number) for number in range(1, 6)],
        dataset=CIFAR10,
        accuracy=0.694,
    )


def layers(run: Run, *, changed: bool = True) -> tuple[LayerSimilarity, ...]:
    """Return how alike the layers of a run are: less and less from the first that trains on."""
    found, alike = [], 1.0
    for layer in planned(summarize(run).run.experiment().model):
        if layer.type in ("Flatten", "Dropout"):
            continue
        if changed and layer.trained:
            alike = 0.99998 if alike == 1 else alike * 0.93
        found.append(
            LayerSimilarity(
                name=layer.name,
                type=layer.type,
                parameters=layer.parameters,
                trained=layer.trained,
                similarity=alike,
            )
        )
    return tuple(found)


def measured(preset: str = "iteration-ii") -> Run:
    """Make a finished run of which both were measured."""
    run = finished(preset)
    similarity = Similarity(began_with=BEGAN_WITH, images=512, batch=128, seconds=21.5, layers=layers(run))
    measurements.save(run, "similarity", similarity)
    measurements.save(run, "shifts", shifts())
    return run


def shifts() -> Shifts:
    """Return what a network says of 2,000 images, as they are and shifted."""
    return Shifts(images=2000, accuracy=0.7, cross_entropy=0.95, shifted=SHIFTED, seconds=88.25)

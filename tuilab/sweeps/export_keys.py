"""What an exported sweep holds, key by key. Keys are only ever added; a test compares them with an export."""

from collections.abc import Mapping

VERSION = 1
"""Of the keys; one that leaves out or changes a key has the next number."""

Keys = Mapping[tuple[str, ...], str]
"""For keys that belong together, what they hold."""

CONTENT: Keys = {
    ("version",): "of these keys: 1",
    ("sweep",): "how it was started and how far it is",
    ("verdict",): "what comes of it",
    ("words",): "the same in sentences, a paragraph each",
    ("intervals",): "what the intervals of the trials' validation accuracy are of",
    ("trials",): "all trials, in the order of their numbers",
}
"""The object itself."""

SWEEP: Keys = {
    ("name", "preset"): "what it is called, and the preset it started from",
    ("settings",): "the dotted keys of the settings that differ",
    (
        "search",
        "pruning",
        "points",
        "seeds",
    ): "how points are chosen and given up, how many, with which seeds",
    ("validation_images", "test_images"): "how many accuracies were measured on; null before it is known",
    ("over", "stopped"): "whether all is tried, and whether a person stopped it",
}

WINNER: Keys = {
    ("trial", "point"): "its number and its values",
    ("validation", "test", "seeds"): "mean accuracies over so many seeds; test is null if there is none",
}
"""Of the best point and of the preset's."""

DIFFERENCE: Keys = {
    ("value",): "a share of 1",
    ("interval",): "low and high, 95 %; null if it is not known",
    ("seeds", "images"): "standard errors by each kind of chance alone; null if not known or not counted",
    ("paired",): "how many seeds it was taken over, seed by seed; else 0",
}

VERDICT: Keys = {
    (
        "over",
        "planned",
        "done",
        "counts",
    ): "whether all is tried, how many trials, how many ended well, by state",
    ("best", "equal", "all_equal"): "the best, others exactly as good, and whether all are",
    ("preset", "preset_state"): "the preset's own values: best, done, not done, failed or absent",
    ("deviation", "test_deviation"): "standard deviations over seeds, pooled; null with one seed",
    ("against_validation", "against_test"): "differences of the best to the preset, as measured",
    ("fair",): "against_test without what the choice of the best adds to it",
    (
        "flattery",
    ): "points: the best of how many; how much better it looks by luck of its seeds, with luck with "
    "the validation images at most, and on the test images",
    ("confirmation",): "what fresh seeds said: seeds, validation, test, shrinkage, preset_seeds, "
    "validation_against, test_against; null before",
    ("judged",): "better, worse, chance or unknown",
    ("validation_is_test",): "whether trials were compared on the test images themselves",
    ("problems",): "why trials failed, and how many",
}

TRIAL: Keys = {
    ("trial", "place"): "its number, and 1 for the best; null if it is not compared",
    ("origin", "state"): "search, preset or confirm; waiting, running, done, pruned or failed",
    ("point",): "the values of the settings that differ",
    ("seeds_done", "seeds"): "runs that are done, of how many",
    (
        "validation",
        "validation_low",
        "validation_high",
        "validation_deviation",
    ): "after the last epoch: mean over seeds, interval, standard deviation",
    ("test", "cross_entropy"): "of the test images, means over seeds",
    ("against_preset", "against_preset_low", "against_preset_high"): "validation accuracy less the preset's",
    (
        "test_against_preset",
        "test_against_preset_low",
        "test_against_preset_high",
    ): "the same of the test images",
    ("worker", "problem"): "who trained it, and why it failed",
    ("runs",): "one for each seed",
}

RUN: Keys = {
    (
        "seed",
        "run",
        "host",
        "run_state",
    ): "its seed, its id and where it is; waiting, running, done, stopped, failed",
    ("epochs", "seconds", "shares"): "epochs and seconds so far; the run whose training it shares",
    ("run_validation", "run_test", "run_cross_entropy"): "after its last epoch so far; null before",
    ("run_problem",): "why it failed or stopped",
}


def names(keys: Keys) -> tuple[str, ...]:
    """Return all keys, in order."""
    return tuple(name for group in keys for name in group)

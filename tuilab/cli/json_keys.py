"""What the JSON of commands holds, key by key: help says it, and a test compares it with what is printed."""

from collections.abc import Mapping

from tuilab.runs.metrics import ACCURACY, CROSS_ENTROPY, FURTHER, METRICS

Keys = Mapping[tuple[str, ...], str]
"""For keys that belong together, what they hold."""

WAITING: Keys = {
    ("position", "waits_for", "why"): "its place in the queue, the run it waits for, and why it waits",
    ("held", "starts_by_itself"): "whether it is held, and whether it starts without anybody's doing",
}
"""Of a run that waits in the queue."""

_NULL = "; null if it does not wait"
_WAITING_OR_NULL: Keys = {keys: words + _NULL for keys, words in WAITING.items()}
_CALLED: Keys = {
    ("run", "name", "preset", "parent"): "its id, its own name, its preset, the run it starts from",
    ("state",): "queued, waiting, running, done, stopped, failed, interrupted or unreachable",
    ("diverged",): "whether it failed because its numbers were no longer finite",
}

RUN: Keys = {
    **_CALLED,
    ("shares",): "the run whose training it shares",
    ("experiment_digest", "seed", "precision", "device"): "what it trained, and how",
    ("dataset", "dataset_source", "weights", "weights_source"): "on which images, from which weights",
    ("trained_tensors", "trained_base_tensors"): "how many weight tensors it trained, and of the base",
    ("trained_parameters", "total_parameters"): "how many parameters",
    ("epochs", "seconds"): "epochs that were trained, and seconds of work",
    tuple(metric.test for metric in METRICS): "on the test images",
    ("training_accuracy", ACCURACY.val): "after its last epoch, or, where nothing is trained, with the test",
    ("expected", "notebook_accuracy", "course_note"): "what the course expects, [low, high]; what its log "
    "records; where the run had only a part of its images",
    ("history",): "lists with a number for each epoch, by what was measured",
    ("versions",): "of Python and of the libraries",
    **_WAITING_OR_NULL,
}
"""``tuilab run --json`` and whatever prints the same object."""

LIVE: Keys = {
    **_CALLED,
    ("resumable",): "whether tuilab resume can continue it",
    ("phase", "epoch", "epochs"): "what it is doing, in which epoch, and how many are planned",
    ("seconds_left", "seconds_since"): "until it is trained, and since it was last heard of",
    ("device", "host", "pid"): "where it trains, and its process",
    **_WAITING_OR_NULL,
}
"""``tuilab ps --json``."""

QUEUED: Keys = {
    ("run", "name", "state"): "its id, its own name, and queued",
    **WAITING,
    ("device", "host"): "where it has to train; null: anywhere",
}
"""``tuilab queue list --json``."""

_OTHERS = tuple(name for metric in FURTHER for name in (metric.test, metric.val, f"training_{metric.name}"))

RESULT: Keys = {
    **_CALLED,
    ("reason",): "why it stopped or failed",
    ("accuracy", CROSS_ENTROPY.test): "on the test images",
    (ACCURACY.val, "training_accuracy"): "after its last epoch",
    _OTHERS: "the same of what else is measured",
    ("epochs", "planned_epochs", "seconds"): "trained, planned, and seconds of work",
    ("course_recorded", "course_expected", "verdict"): "what the course's log records, the band that it "
    "expects, and whether the run is below, within or above",
    ("course_note",): "where it had only a part of the course's images",
    ("against_parent",): "test accuracy less its parent's, in points",
    ("iteration", "loaded_vgg16_blocks", "fine_tuning_performed", "unfreezed_layers"): "the course's own "
    "columns for transfer learning",
    ("trained_tensors",): "how many weight tensors it trained",
    ("dataset", "dataset_digest", "training_images", "test_images"): "its images",
    (
        "limit",
        "pixels",
        "split_seed",
    ): "how many of them it trained on, how they are scaled, and how the validation images were chosen",
    ("weights", "weights_digest", "seed", "precision", "device"): "from which weights and how it trained",
    ("changed",): "what differs from its preset",
    ("created_at", "created"): "when it was made: ISO 8601 in UTC, and seconds since 1970",
    ("settings",): "every setting, by its name in --set",
}
"""An object of ``tuilab results --format json``, and of ``tuilab compare``."""

COMPARED: Keys = {
    ("runs",): "both, as tuilab results --format json has them",
    ("not_alike", "confounded", "verdict"): "why they cannot be compared, what confounds the comparison, "
    "and what it comes to",
    ("measures",): "name, first, second, and the difference: second less first",
    (
        "course",
        "settings",
        "same_settings",
    ): "what differs, with name, first and second, and how many settings do not",
}
"""``tuilab compare --format json``."""

LOOKED: Keys = {
    ("images", "accuracy", "classes", "counts", "recall", "precision"): "of classes: how many images, the "
    "share that is right, names, how often each (row) is taken for each (column), and shares by class",
    ("found", "images"): "of errors: how many there are, and of each image its place, its class, what it is "
    "taken for, and the probability of each class",
    (
        "expected_calibration_error",
        "mean_confidence",
        "accuracy",
        "cross_entropy",
        "bins",
    ): "of calibration: over bins of equally many images",
    (
        "temperature",
        "expected_calibration_error_tempered",
        "cross_entropy_tempered",
    ): "the temperature fitted on validation images, null without any, and what it makes of the test images",
    ("images", "epochs", "by_epoch", "most_forgotten"): "of forgetting: images that validate, epochs that "
    "are recorded, and how many images each epoch gained and lost",
    (
        "never_right",
        "right_ever_after",
        "forgotten_at_least_once",
        "lost_at_the_end",
    ): "numbers of images",
    ("images", "both", "neither", "only_first", "only_second", "mcnemar_p"): "of agreement: how many images, "
    "those that one run alone gets, by their places, and the p of McNemar's exact test",
    (
        "began_with",
        "images",
        "batch",
        "seconds",
        "layers",
    ): "of similarity: where the weights before training "
    "came from, on how many test images at a time, what it took, and of each layer its CKA",
    (
        "images",
        "accuracy",
        "cross_entropy",
        "mean_shifted_accuracy",
        "shifted",
        "seconds",
    ): "of shifts: on how many test images, as they are, and for each shift",
}
"""``tuilab look --json``; which of them depends on what is looked at."""

RATE: Keys = {
    ("preset", "run"): "what was tested",
    ("lowest", "highest", "steps", "smoothing"): "over which rates, and how the loss is smoothed",
    ("ending",): "complete, diverged or stopped",
    ("configured",): "the learning rate that it has",
    ("steepest", "fall"): "the rate at which the loss falls most, and by how much while the rate doubles",
    ("edge",): "the rate beyond which the loss grows",
    ("suggested", "command"): "a rate to train with, and the command that does",
    ("noise",): "standard error of the smoothed loss",
    ("verdict",): "all that in sentences",
    ("history",): "lists with a number for each step: what was measured, and the smoothed curve",
    ("seed", "precision", "device"): "how it was trained",
    ("dataset", "dataset_source", "weights", "weights_source"): "on which images, from which weights",
    ("seconds",): "of its steps",
}
"""``tuilab rate --json``."""

LADDER: Keys = {
    ("preset", "run"): "what was asked about",
    ("optimizer", "learning_rate", "batch_size"): "how it trains",
    ("here",): "its own unfreeze point; null if frozen layers follow trained ones",
    ("points",): "each unfreeze point: what trains, bytes of a step, seconds of an epoch, a warning where "
    "the rate is high, and its runs",
    ("between",): "runs of this network with frozen layers behind trained ones",
    ("left_out",): "how many runs of this network had other images or weights",
}
"""``tuilab ladder --json``."""

DELETED: Keys = {
    ("run", "name"): "its id, and its own name",
    ("deleted", "kept_until"): "seconds since 1970",
    ("bytes",): "its size",
}
"""``tuilab trash list --json``."""

CACHED: Keys = {
    ("name",): "its folder",
    ("weights", "layer", "precision", "pixels", "switches"): "what computed the features, from which pixels",
    ("part", "images"): "training or test images, and how many",
    ("bytes", "used"): "its size, and when it was last used, in seconds since 1970",
}
"""``tuilab cache list --json``."""

FINDING: Keys = {
    ("group", "what"): "what was looked at",
    ("state",): "ok, warn, missing or not needed",
    ("detail", "remedy"): "what was found, and what helps",
    ("blocks_training",): "whether nothing can be trained until that is fixed",
}
"""``tuilab doctor --json``."""


def keys_help(keys: Keys, option: str = "--json") -> str:
    """Return them as the end of a command's help."""
    lines = (f"  {', '.join(names)}: {words}" for names, words in keys.items())
    return "\n".join(("\b", f"Keys of {option}:", *lines))

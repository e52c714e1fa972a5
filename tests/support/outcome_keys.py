"""The keys of the one JSON object that says what came of a run, the same ones for ever."""

KEYS = {
    "run",
    "preset",
    "experiment_digest",
    "dataset",
    "dataset_source",
    "weights_source",
    "seed",
    "device",
    "precision",
    "trained_tensors",
    "trained_parameters",
    "total_parameters",
    "epochs",
    "seconds",
    "test_accuracy",
    "test_cross_entropy",
    "expected",
    "notebook_accuracy",
    "history",
    "versions",
}

"""Which versions of what computes are installed; TensorFlow goes by several names."""

from importlib import metadata

TENSORFLOWS = ("tensorflow", "tensorflow-cpu", "tf-nightly")


def version(*distributions: str) -> str | None:
    """Return the version of the first of some distributions that is installed; None if none is."""
    for name in distributions:
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return None


def installed() -> dict[str, str]:
    """Return the versions of tensorflow, keras and numpy, as far as they are installed."""
    found = {"tensorflow": version(*TENSORFLOWS), "keras": version("keras"), "numpy": version("numpy")}
    return {name: number for name, number in found.items() if number is not None}

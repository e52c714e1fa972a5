"""What a Python process that tuilab starts finds in its environment."""

from collections.abc import MutableMapping


def let_libraries_warn(environment: MutableMapping[str, str]) -> None:
    """Change an environment so that no warning is an error in a Python that is started with it.

    ``PYTHONWARNINGS=error`` would end a training at whatever line TensorFlow or Keras warns of itself. Such
    warnings are printed instead.
    """
    requested = environment.get("PYTHONWARNINGS", "")
    if requested:
        environment["PYTHONWARNINGS"] = ",".join(map(_printed, requested.split(",")))


def _printed(one: str) -> str:
    action, colon, rest = one.partition(":")
    # as Python reads it: any beginning of the word
    is_error = bool(action.strip()) and "error".startswith(action.strip().lower())
    return f"default{colon}{rest}" if is_error else one

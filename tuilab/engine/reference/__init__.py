"""The course's experiments in plain Keras, as a person writes them: what tuilab is measured by."""

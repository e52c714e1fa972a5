"""The terminal app. Reads run folders, starts workers through ``tuilab.runs``, never imports TensorFlow."""

import os

# Textual paints at most this often: a key waits 4 ms for its paint instead of 8. Read when it is imported.
os.environ.setdefault("TEXTUAL_FPS", "120")

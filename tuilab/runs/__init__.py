"""The run folder: the one truth about a run. No TensorFlow and no Textual here."""

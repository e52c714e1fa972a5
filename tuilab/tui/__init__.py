"""The terminal app. Reads run folders, starts workers through ``tuilab.runs``, never imports TensorFlow."""

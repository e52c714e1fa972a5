"""The terminal app. Reads run folders and starts workers through ``tuilab.runs``; never imports TensorFlow."""

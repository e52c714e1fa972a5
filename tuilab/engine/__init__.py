"""Keras and TensorFlow live here and nowhere else. Nothing of Textual is imported here."""

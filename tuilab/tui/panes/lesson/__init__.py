"""LESSON: what to read, try and answer."""

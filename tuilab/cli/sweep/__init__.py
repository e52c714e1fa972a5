"""``tuilab sweep``: which values are best; a file a group of commands."""

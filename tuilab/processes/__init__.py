"""What a process finds and leaves: its streams, its children, libraries that do not load."""

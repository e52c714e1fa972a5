"""What computes the same in less time."""

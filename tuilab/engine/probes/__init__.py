"""What looks inside a network while it trains, and afterwards: one file a probe. None changes a number."""

"""What can be said about a run before and after it: estimates, and the coach."""

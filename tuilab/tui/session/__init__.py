"""What lasts from one start of the app to the next."""

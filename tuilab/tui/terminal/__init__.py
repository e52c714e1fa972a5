"""The app's terminal: what is written to it, what ends it, what it can show."""

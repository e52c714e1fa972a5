"""The networks that a transfer network can stand on, each declared once."""

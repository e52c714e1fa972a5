"""The journal of a run: append-only records, written by its worker, read from a cursor."""

"""The panes of the lab, a folder each."""

"""Curves of runs, computed: histories, their reduction, figures as grids of cells, exports. No Textual."""

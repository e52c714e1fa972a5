"""Lessons: what the lab teaches, one Markdown file each, with questions and things to try."""

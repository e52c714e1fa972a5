"""The screen that looks inside a run: a tab for each look, its text, its pictures, the confusion matrix."""

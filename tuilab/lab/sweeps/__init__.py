"""Sweeps at work: the study that holds the trials, and the coordinator that has them trained.

The study is Optuna's, so that several machines can share one; each trial's runs are ordinary runs of the
queue. Nothing here is imported before somebody asks for a sweep, and Optuna not before its study is opened.
"""

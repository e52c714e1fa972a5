"""CURVES: how runs go."""

"""Sweeps on the screen: a list of them, one as it fills up, and a form that starts one."""

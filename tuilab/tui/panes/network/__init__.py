"""NETWORK: the experiment that is being changed."""

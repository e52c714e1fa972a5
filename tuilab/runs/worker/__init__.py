"""The worker of a run, seen from outside: started, followed, asked to stop, found dead."""

"""The queue as a whole: what each run waits for, who starts it, and what a front end asks of it."""

"""What a front end does, whichever it is: drafts and undo, plans, forks, presets of one's own."""

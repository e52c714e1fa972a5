"""One file a look: from what a run recorded to a page."""

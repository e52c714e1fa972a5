"""Files and folders: whole or not at all, private, bounded, locked; and where on this machine they live."""

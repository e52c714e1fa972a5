"""What a run shows when it is looked into: calculations on what it recorded, and pages that tell them."""

"""The same work done by the textbook model and by ours, side by side in one run."""

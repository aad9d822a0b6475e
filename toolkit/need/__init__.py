"""Checked tables -> how many people each office needs."""

"""Raw files -> checked tables."""

"""Why this plan."""

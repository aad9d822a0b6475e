"""Who may go where, and at what cost."""

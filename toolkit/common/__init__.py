"""What several rooms need and nothing else: array types, calendar, rounding, result display, safe writing."""

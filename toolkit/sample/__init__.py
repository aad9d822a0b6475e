"""A synthetic agency: Palembang's offices, made-up people and figures, from a seed."""

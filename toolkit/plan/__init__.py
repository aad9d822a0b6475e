"""The best transfers, and the prices that prove it. Only ``balancing`` and ``solver`` load a solver."""

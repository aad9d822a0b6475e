"""The limit: OR-tools' min-cost flow on the same arcs, in a process of its own (it cannot be loaded beside HiGHS).

Reads arcs from the file named first; with a budget it searches the price of a move by halving. Prints JSON.
"""

from __future__ import annotations

import json
import sys
import time

import numpy as np


def flow(arcs: dict[str, np.ndarray], price: int) -> tuple[int, int]:
    """Return the number of moves and the cost without the price of a move, in whole units."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    network = SimpleMinCostFlow()
    cost = arcs["cost"] + price * arcs["move"]
    added = network.add_arcs_with_capacity_and_unit_cost(arcs["tail"], arcs["head"], np.ones_like(cost), cost)
    network.set_nodes_supplies(np.arange(len(arcs["supply"])), arcs["supply"])
    if network.solve() != network.OPTIMAL:
        raise RuntimeError("OR-tools found no flow")
    used = network.flows(added)
    return int(used @ arcs["move"]), int(used @ arcs["cost"])


def main() -> None:
    """Solve the arcs of a file and print seconds, moves and cost."""
    arcs, budget = dict(np.load(sys.argv[1])), int(sys.argv[2])
    began = time.perf_counter()
    low, high, (moves, cost) = 0, int(np.abs(arcs["cost"]).max()), flow(arcs, 0)
    while moves > budget >= 0 and high - low > 1:
        price = (low + high) // 2
        moves, cost = flow(arcs, price)
        low, high, moves = (
            (price, high, moves) if moves > budget else (low, price, moves if moves == budget else budget + 1)
        )
    print(json.dumps({"seconds": time.perf_counter() - began, "moves": moves, "cost": cost}))  # noqa: T201


if __name__ == "__main__":
    main()

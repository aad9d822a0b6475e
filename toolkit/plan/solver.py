"""The one place that calls a solver: PuLP with HiGHS, one thread, exact gaps, status before any value."""

from __future__ import annotations

import pulp

from toolkit.errors import NotProvenError


def solve(problem: pulp.LpProblem) -> float:
    """Solve to proven optimality and give the value of the objective.

    Raises:
        NotProvenError: the solver ended with any other status; no value of the problem may then be read.
    """
    problem.solve(pulp.HiGHS(msg=False, threads=1, gapRel=0, mip_abs_gap=0.0))
    if problem.status != pulp.LpStatusOptimal or problem.sol_status != pulp.LpSolutionOptimal:
        raise NotProvenError(
            f"the solver ended with status {pulp.LpStatus[problem.status]!r}; report the tables that led to it"
        )
    return float(pulp.value(problem.objective))

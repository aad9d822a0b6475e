"""``tk.staff_need``: how many people each office needs in each job (*kebutuhan pegawai*, ABK)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from toolkit.common.arguments import at_least, expect
from toolkit.common.results import Result, check_seal, seal
from toolkit.common.rounding import half_up
from toolkit.common.types import Array
from toolkit.errors import ArgumentError
from toolkit.intake.data import Data
from toolkit.intake.policy import Policy
from toolkit.need.demand import Demand
from toolkit.need.doubt import find_doubts, marks, no_doubts
from toolkit.need.norms import BY_WORK, INTERVAL, Norms
from toolkit.need.others import RAISED
from toolkit.need.people import active
from toolkit.need.workload import KEY, allowances, ratio, teachers_at_most, workload
from toolkit.words import phrase

POST = ["official_need", "min_staff", "max_staff", "coverage_hours"]

BANDS = ((1.0, "A"), (0.9, "B"), (0.7, "C"), (0.5, "D"))  # Permendagri 12/2008, coded without gaps (verify)
COLUMNS = [
    "unit_id", "job_id", "family", "hours", "need_fte", "need_low", "need_high", "need_rounded", "staff", "others",
    "surplus", "load_ratio", "load_with_others", "band", "evidence", "bound", "official_need", "min_staff", "max_staff",
    "need_least", "need_most", "doubt", "confirmed_by", "need_peers", "own_share",
]  # fmt: skip

NOT_GIVEN = ["hours", "need_low", "need_high", "need_least", "need_most", "need_peers", "own_share"]  # by with_need

TEXTS = {"unit_id", "job_id", "family", "band", "evidence", "bound", "doubt", "confirmed_by"}


@dataclass(frozen=True, eq=False, repr=False)
class Need(Result):
    """People needed per office and job, in full-time equivalents.

    ``table``: unit_id, job_id, family, hours (a year), need_fte (empty: unknown), need_low, need_high (90 %),
    need_rounded, staff (active ASN), others, surplus (staff - need_rounded), load_ratio (EJ = need / staff),
    load_with_others, band (of EJ), evidence (A measured, B norm x volume, C official need, ratio, coverage or
    minimum, shared, D unknown), bound (work, ratio, coverage, official, minimum: what the need rests on),
    official_need (K), min_staff, max_staff, need_least, need_most (under all norms that fit the data, for the work
    forecast), doubt (why the need is doubtful: codes of :mod:`toolkit.need.doubt`, empty: it is not), confirmed_by
    (who confirmed all of that; empty: nobody), need_peers (what nineteen of twenty peers spend on such work at
    most; empty: no fit), own_share (how far the office's own hours pull its need: a fifth more hours raise it
    by this part of a fifth). ``doubts``: the two figures behind each reason. ``draws``: needs drawn
    from norms and demand together (draw x row of ``table``); a row that does not rest on work is the same in all, an
    unknown one empty. ``norms``, ``demand``,
    ``data``: what it was computed from.

    The table is sealed: once it was edited in place, no later step takes it. Ask for another need by
    :meth:`with_need`.
    """

    table: pd.DataFrame
    norms: Norms
    demand: Demand
    data: Data
    draws: Array
    doubts: pd.DataFrame = field(default_factory=no_doubts)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_seal", seal(self.table))

    @property
    def policy(self) -> Policy:
        """The policy of the data it was computed from."""
        return self.data.policy

    def check_unedited(self) -> None:
        """Raise :class:`MutasiError` if the table was edited in place."""
        check_seal(self.table, self._seal, "need.table", "use need.with_need({(unit_id, job_id): need})")  # type: ignore[attr-defined]

    @property
    def cells(self) -> pd.DataFrame:
        """One row a (family, unit): need_fte, staff, others, min_staff, max_staff, known, doubtful, load_ratio.

        A cell is unknown when any of its rows is, and doubtful when any has a doubt that nobody confirmed; max_staff
        stands only where every row has one. Where levels share the work of one, read the load of the cell.
        """
        self.check_unedited()
        is_open = (self.table.doubt != "") & (self.table.confirmed_by == "")
        marked = self.table.assign(known=self.table.evidence != "D", doubtful=is_open)
        grouped = marked.groupby(["family", "unit_id"])
        sums = grouped[["need_fte", "staff", "others", "min_staff"]].sum()
        sums["max_staff"] = grouped.max_staff.sum().where(grouped.max_staff.count() == grouped.size())
        sums["known"] = grouped.known.all()
        sums["doubtful"] = grouped.doubtful.any()
        sums["need_fte"] = sums.need_fte.where(sums.known)
        sums["load_ratio"] = sums.need_fte / sums.staff.where(sums.staff > 0)
        return sums.reset_index()

    def with_need(self, changes: Mapping[tuple[str, str], float | None]) -> Need:
        """Return the same need with other figures for some offices and jobs: what if they needed so many?

        Args:
            changes: (unit_id, job_id) -> people needed in full-time equivalents; None makes it unknown. Such a row has
                bound ``given``, evidence C (D where unknown), no interval and no doubt.

        Raises:
            ArgumentError: an office and job that the table does not have, or a need that is not a number of 0 or more.

        >>> import toolkit as tk
        >>> data = tk.load("tests/data/three_offices")
        >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
        >>> need.with_need({("B", "clerk"): 2.5}).table.need_rounded.tolist()
        [4.0, 3.0, nan]
        """
        self.check_unedited()
        table = self.table.copy()
        draws = self.draws.copy()
        row_of = {place: row for row, place in enumerate(zip(table.unit_id, table.job_id, strict=True))}
        for (unit_id, job_id), people in changes.items():
            at_least("with_need", phrase("thing.need_of", job=job_id, unit=unit_id), people, 0)
            if (unit_id, job_id) not in row_of:
                raise ArgumentError("no_such_need", job=job_id, unit=unit_id)
            row = row_of[unit_id, job_id]
            known = people is not None
            given = float(people) if people is not None else np.nan
            table.loc[row, NOT_GIVEN] = np.nan
            table.loc[row, "need_fte"] = given
            table.loc[row, "bound"] = "given" if known else ""
            table.loc[row, "evidence"] = "C" if known else "D"
            table.loc[row, ["doubt", "confirmed_by"]] = ""
            draws[:, row] = given
        given_here = pd.MultiIndex.from_frame(self.doubts[KEY]).isin(list(changes))
        doubts = self.doubts[~given_here].reset_index(drop=True)
        return replace(self, table=_finished(table, self.data), draws=draws, doubts=doubts)

    @property
    def summary(self) -> pd.Series:
        """Active staff by the evidence they are judged on."""
        return self.table.groupby("evidence").staff.sum()


def staff_need(data: Data, norms: Norms, demand: Demand) -> Need:
    """Return the need of each office and job, by the method of the job.

    abk: (demand x norm + fixed work + main tasks) / effective hours; abk_kes and wisn with their allowances; ratio:
    objects / objects per person; coverage: hours the post is held / effective hours; post: the official need (K).
    Where the method finds nothing K stands; the larger of need and ``min_staff`` holds; with none of these the need
    is unknown: empty, never 0.

    Source: Peraturan BKN 9/2022 and PermenPAN-RB 1/2020 (kebutuhan = waktu x beban / waktu kerja efektif, rounded
    once, half up, on the job total).

    Args:
        data: from ``tk.load``.
        norms: from ``tk.estimate_norms``.
        demand: from ``tk.forecast_demand``.

    Raises:
        ArgumentError: an argument is not what that step returns.

    >>> import toolkit as tk
    >>> data = tk.load("tests/data/three_offices")
    >>> need = tk.staff_need(data, tk.estimate_norms(data), tk.forecast_demand(data))
    >>> need.table[["unit_id", "need_fte", "evidence"]].values.tolist()
    [['A', 4.0, 'B'], ['B', 1.0, 'B'], ['C', nan, 'D']]
    """
    expect("staff_need", data, Data, "tk.load")
    expect("staff_need", norms, Norms, "tk.estimate_norms")
    expect("staff_need", demand, Demand, "tk.forecast_demand")
    table = _rows(data).merge(data.posts[[*KEY, *POST]], how="left", on=KEY)
    method = _of_job(table, data, "method")
    hours, draws, measured, margin, peers, raised = workload(data, norms, demand, table)
    factor, extra = allowances(data, table, method)
    year = data.policy.effective_hours
    by_work = method.isin(BY_WORK)
    table["hours"] = hours.where(by_work, table.coverage_hours.where(method == "coverage"))
    # a column for each kind of method, in the order in which they hold; a job has a figure in one of them at most
    computed = pd.DataFrame(index=table.index)
    computed["work"] = (hours / year * factor + extra).where(by_work)
    computed["ratio"] = ratio(data, demand, table).where(method == "ratio")
    computed["coverage"] = (table.coverage_hours / year).where(method == "coverage")
    table["bound"], table["need_fte"] = _bound(table, computed)
    table["evidence"] = _evidence(table.bound, measured)
    shared = _shared(table, _of_job(table, data, "category"), computed.notna().any(axis=1))
    table.loc[shared, ["need_fte", "evidence"]] = [0.0, "shared"]
    table["max_staff"] = teachers_at_most(data, table)
    floor = table.min_staff.fillna(0.0)
    margin = margin.where(table.bound == "work")  # any other need does not rest on norms
    table["need_least"] = ((hours - margin) / year * factor + extra).clip(lower=floor)
    table["need_most"] = ((hours + margin) / year * factor + extra).clip(lower=floor)
    on_fit = (table.bound == "work") & peers.notna()
    table["need_peers"] = (peers / year * factor + extra).clip(lower=floor).where(on_fit)
    unpulled = hours / year * factor + extra
    table["own_share"] = ((raised / year * factor + extra) / unpulled.where(unpulled > 0) - 1).where(on_fit) / (
        RAISED - 1
    )
    drawn = _drawn(table, draws / year * factor.to_numpy() + extra.to_numpy())
    table["need_low"], table["need_high"] = _interval(table, drawn)
    doubts = find_doubts(data, norms, demand, table, computed.work.fillna(computed.ratio))
    table[["doubt", "confirmed_by"]] = marks(doubts, table)
    return Need(_finished(table, data), norms, demand, data, drawn, doubts)


def _of_job(table: pd.DataFrame, data: Data, column: str) -> pd.Series:
    """A column of the jobs, by row of the table."""
    return table.job_id.map(data.jobs.set_index("job_id")[column])


def _rows(data: Data) -> pd.DataFrame:
    """Every unit and job with staff, others, posts, hours, tasks, or volumes that only this job can have made."""
    staff = data.employees.assign(staff=data.employees.fte.where(active(data), 0.0)).groupby(KEY).staff.sum()
    others = data.others.groupby(KEY).fte.sum().rename("others")
    of_one_job = data.services[~data.services.duplicated("service_id", keep=False)]
    volumes = data.volumes[["unit_id", "service_id"]].merge(of_one_job[["service_id", "job_id"]])
    named = pd.concat([frame[KEY].dropna() for frame in (data.posts, data.hours, data.tasks, volumes)])
    table = pd.concat([staff, others], axis=1).reset_index()
    table = table.merge(named.drop_duplicates(), how="outer", on=KEY).fillna({"staff": 0.0, "others": 0.0})
    table["family"] = _of_job(table, data, "family")
    return table.sort_values(KEY, ignore_index=True)


def _bound(table: pd.DataFrame, computed: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """What the need rests on, and the need: as computed, else the official need; never below the minimum."""
    known = computed.assign(official=table.official_need)
    need = known.bfill(axis=1).iloc[:, 0]  # the first figure of each row
    bound = known.notna().idxmax(axis=1).where(need.notna(), "")  # and the column that it stands in
    # "not at least" and not "below", so that an unknown need is lifted too; one equal to the minimum keeps its basis.
    # A minimum of 0 says nothing, and must not make an unknown need known.
    lifted = (table.min_staff > 0) & ~(need >= table.min_staff)
    return bound.mask(lifted, "minimum"), need.mask(lifted, table.min_staff)


def _evidence(bound: pd.Series, measured: pd.Series) -> pd.Series:
    """A measured work, B norm x volume, C any other basis, D none."""
    of_work = np.where(measured, "A", "B")
    known = pd.Series(np.where(bound == "work", of_work, "C"), bound.index)
    return known.mask(bound == "", "D")


def _shared(table: pd.DataFrame, category: pd.Series, computed: pd.Series) -> pd.Series:
    """Which rows are a level without work of its own beside a level of the same family and office that has it.

    Their need is 0: the work of the family is counted once, at the level that has the volumes.
    """
    cells = pd.MultiIndex.from_frame(table[["family", "unit_id"]])
    beside_work = cells.isin(cells[computed])
    functional = category.fillna("functional") == "functional"  # other categories have no levels that share work
    return (table.evidence == "D") & beside_work & functional


def _drawn(table: pd.DataFrame, draws: Array) -> Array:
    """The draws of all rows (draw x row): of work, never below the minimum; any other need is the same in all."""
    lifted = np.maximum(draws, table.min_staff.fillna(0.0).to_numpy())
    return np.where((table.bound == "work").to_numpy(), lifted, table.need_fte.to_numpy("float64"))


def _interval(table: pd.DataFrame, drawn: Array) -> tuple[pd.Series, pd.Series]:
    """The 90 % interval of each need that rests on work; it holds the need itself. Empty where nothing was drawn."""
    if not len(drawn):
        empty = pd.Series(np.nan, table.index)
        return empty, empty
    low, high = np.quantile(drawn, INTERVAL, axis=0)
    on_work = table.bound == "work"
    return table.need_fte.clip(upper=low).where(on_work), table.need_fte.clip(lower=high).where(on_work)


def wisn_rounded(values: pd.Series) -> pd.Series:
    """Round by the WISN manual: a fraction of 0.1 for each whole person, at most 0.5, is borne by those there (verify).

    >>> wisn_rounded(pd.Series([0.0, 0.4, 1.1, 1.15, 2.2, 2.25, 4.4, 4.5, 7.5, 7.55])).tolist()
    [0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 4.0, 5.0, 7.0, 8.0]
    """
    whole = np.floor(values.round(9))  # nine decimals, as half_up: sums of tenths must not fall just below a limit
    return whole + ((values - whole).round(9) > (whole.clip(upper=5) / 10).round(9))


def ratio_rounded(values: pd.Series) -> pd.Series:
    """Round as the manual for teachers of 2011: below one up, else down (1.67 to 1.99 case by case: verify).

    >>> ratio_rounded(pd.Series([0.0, 0.3, 1.66, 1.8, 2.9])).tolist()
    [0.0, 1.0, 1.0, 1.0, 2.0]
    """
    return np.floor(values.round(9)).mask((values > 0) & (values < 1), 1.0)


def band(load: pd.Series) -> pd.Series:
    """Return the band (*prestasi kerja*) of an unrounded EJ: A above 1, B from 0.90, C 0.70, D 0.50, else E.

    >>> band(pd.Series([1.2, 1.0, 0.7, 0.3])).tolist()
    ['A', 'B', 'C', 'E']
    """
    top, *rest = BANDS
    # the first condition that holds decides; only the top band leaves its own limit out
    conditions = [load > top[0], *(load >= least for least, _ in rest), load.notna()]
    names = [name for _, name in BANDS]
    return pd.Series(np.select(conditions, [*names, "E"], ""), load.index).replace("", None)


def _finished(table: pd.DataFrame, data: Data) -> pd.DataFrame:
    """The table with what follows from need, staff and others: rounded need, surplus, loads and band."""
    need = table.need_fte
    table["need_rounded"] = _rounded(table, data)
    table["surplus"] = table.staff - table.need_rounded
    own = need.where(table.evidence != "shared")  # a shared level has no load of its own
    everyone = table.staff + table.others
    table["load_ratio"] = own / table.staff.where(table.staff > 0)
    table["load_with_others"] = own / everyone.where(everyone > 0)
    table["band"] = band(table.load_ratio)
    return table[COLUMNS].astype({name: "str" if name in TEXTS else "float64" for name in COLUMNS})


def _rounded(table: pd.DataFrame, data: Data) -> pd.Series:
    """The need in whole people, by the rule of the method; a mandatory post has one at least."""
    need = table.need_fte
    wisn = _of_job(table, data, "method") == "wisn"
    rounded = half_up(need).mask(wisn, wisn_rounded(need)).mask(table.bound == "ratio", ratio_rounded(need))
    posts = data.posts[data.posts.mandatory.fillna(False).astype(bool)]
    mandatory = pd.MultiIndex.from_frame(table[KEY]).isin(pd.MultiIndex.from_frame(posts[KEY]))
    # an unknown need stays empty: clip passes over what is missing
    return rounded.mask(mandatory, rounded.clip(lower=1))

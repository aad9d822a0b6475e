"""US Navy bachelor officers' quarters: what OLS gives, and what norms that cannot be negative give.

Source: data/published/README.md. The 25 sites go the way of any agency: tables, load, estimate_norms.
"""

import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression

import toolkit as tk
from tests.published.test_worked_examples import PUBLISHED
from tests.tables import write

SITES = pd.read_csv(PUBLISHED / "boq_manpower.csv")
BOOK = pd.read_csv(PUBLISHED / "boq_published.csv", index_col="figure").published
WORK = SITES.columns[1:-1].tolist()


def estimated(folder, sites, **policy):
    """Estimate the norms of man-hours of some sites: plain non-negative least squares."""
    work = sites.melt("site", WORK, "service_id", "received").rename(columns={"site": "unit_id"})
    data = tk.load(
        write(
            folder, jobs="job_id,name\nboq,Quarters\n",
            units=pd.DataFrame({"unit_id": sites.site, "name": "quarters"}).to_csv(index=False),
            employees="employee_id,unit_id,job_id\np1,1,boq\n",
            services="service_id,job_id,name\n" + "".join(f"{name},boq,{name}\n" for name in WORK),
            volumes=work.assign(period="1979").to_csv(index=False),
            hours=pd.DataFrame({"unit_id": sites.site, "job_id": "boq", "period": "1979", "hours": sites.man_hours}).to_csv(index=False),
        ),
        **policy,
    )  # fmt: skip
    return tk.estimate_norms(data, draws=0)


@pytest.fixture(scope="module")
def norms(tmp_path_factory):
    return estimated(tmp_path_factory.mktemp("boq"), SITES, norm_weights="none")


def test_ols_gives_the_published_coefficients_three_of_them_negative(norms):
    ols = norms.table.set_index(norms.table.service_id.fillna("constant")).ols_minutes / 60
    assert ols[["constant", *WORK]].tolist() == pytest.approx(BOOK[["constant", *WORK]].tolist(), rel=1e-4)
    assert norms.cards.negative_ols[0].split(";") == ["berthing", "common_area", "occupancy"]


def test_without_site_23_the_fit_is_better():
    """R2 of ordinary least squares, as the book prints it."""
    kept = SITES[SITES.site != 23]
    r2 = [
        LinearRegression().fit(each[WORK], each.man_hours).score(each[WORK], each.man_hours) for each in (SITES, kept)
    ]
    assert r2 == pytest.approx([BOOK.r2, BOOK.r2_without_site_23], abs=5e-5)


def test_none_of_ours_is_negative_and_the_price_is_a_little_fit(norms):
    assert (norms.table.basis == "fit").all()
    assert (norms.table.minutes >= 0).all()
    assert 0.9 < norms.cards.r2[0] <= BOOK.r2 + 5e-5


def test_the_card_names_the_leverage_and_that_services_come_together(norms):
    card = norms.cards.iloc[0]
    assert card.leverage == pytest.approx(BOOK.leverage_of_site_23, abs=5e-6)
    assert card.vif > 10
    assert card.accepted == (card.fails == "")


def test_by_size_the_norms_are_another_and_none_is_negative_either(norms, tmp_path):
    sized = estimated(tmp_path, SITES)
    assert (sized.table.minutes >= 0).all()
    assert sized.cards.error_unseen[0] < sized.cards.error_mean_hours[0]

"""Our estimates, and svy's where it has them, against R's survey package; survey_r.R made its numbers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pytest import approx

from workbench.models.survey import (
    Convention,
    survey_means,
    survey_quantiles,
    survey_ratios,
    survey_shares,
    survey_totals,
)
from workbench.models.survey_calibration import calibrated, margins
from workbench.models.survey_design import Design, StageColumns, survey_design
from workbench.models.survey_effects import average_effects
from workbench.models.survey_regression import survey_regression
from workbench.models.survey_replicates import REPLICATES, Replicates
from workbench.models.survey_tests import rao_scott, survey_contrast
from workbench.terms.errors import ModelError
from workbench.terms.places import bundled

SIX = {"rel": 1e-6}
FOUR = {"rel": 1e-4}
R = Convention()
EXPECTED = pd.read_csv(Path(__file__).with_name("survey_r.csv")).set_index(["design", "what"])["value"]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame = pd.read_csv(bundled("catalogs") / "data" / "workers_made_up.csv")
    stratum = frame["wave"].astype(str) + frame["region"] + frame["size"]
    frame = frame.assign(stratum=stratum, y=(frame["wears"] == 1).astype(float).where(frame["wears"] <= 2))
    big, late = (frame["size"] == "E_GE250").astype(float), (frame["wave"] == 2025).astype(float)
    return frame.assign(big=big, late=late, all="all")


def jackknife(frame: pd.DataFrame) -> Replicates:
    """Delete-one-firm weights: those of the firm 0, those of the others in its stratum n / (n - 1) times as much."""
    firms = frame.drop_duplicates("firm")[["firm", "stratum"]]
    n = firms.groupby("stratum")["firm"].transform("size").to_numpy()
    weights = np.empty((len(frame), len(firms)))
    for column, (firm, stratum, size) in enumerate(zip(firms["firm"], firms["stratum"], n, strict=True)):
        factor = np.where(frame["stratum"] == stratum, size / (size - 1), 1.0)
        weights[:, column] = frame["weight"] * np.where(frame["firm"] == firm, 0.0, factor)
    return Replicates(weights=weights, method="JKn", scales=tuple((n - 1) / n))


@pytest.fixture(scope="module")
def designs(answers) -> dict[str, Design]:
    stages = {
        "stratified": StageColumns(strata=answers["stratum"]),
        "clustered": StageColumns(strata=answers["stratum"], units=answers["firm"]),
        "corrected": StageColumns(strata=answers["stratum"], units=answers["firm"], population=answers["firms"]),
    }
    made = {name: survey_design(answers["weight"], [stage]) for name, stage in stages.items()}
    replicates = jackknife(answers)
    return made | {"jackknife": survey_design(answers["weight"], [stages["clustered"]], replicates=replicates)}


def agree(design: str, **found: float) -> None:
    for what, value in found.items():
        assert value == approx(EXPECTED[design, what], **SIX), (design, what)


@pytest.mark.parametrize("name", ["stratified", "clustered", "corrected", "jackknife"])
def test_means_totals_ratios_shares_and_domains_agree_with_r(answers, designs, name):
    design = designs[name]
    mean = survey_means(answers["hours"], answers["all"], design, R).iloc[0]
    total = survey_totals(answers["y"], answers["all"], design, R).iloc[0]
    answered = answers["hours"].where(answers["y"].notna())
    ratio = survey_ratios(answers["y"], answered, answers["all"], design, R).iloc[0]
    shares = survey_means(answers["y"], answers["sex"], design, R)
    older = survey_means(answers["hours"], answers["all"].where(answers["age"] >= 55), design, R).iloc[0]
    agree(name, mean=mean["value"], mean_se=mean["se"], total=total["value"], total_se=total["se"])
    agree(name, ratio=ratio["value"], ratio_se=ratio["se"], domain=older["value"], domain_se=older["se"])
    for sex in (1, 2):
        agree(name, **{f"share_{sex}": shares.loc[sex, "value"], f"share_se_{sex}": shares.loc[sex, "se"]})


@pytest.mark.parametrize("name", ["stratified", "clustered", "corrected"])
def test_design_effects_logit_limits_medians_and_rao_scott_agree_with_r(answers, designs, name):
    design = designs[name]
    share = survey_shares(answers["y"], answers["all"], design, R).iloc[0]
    median = survey_quantiles(answers["hours"], answers["all"], design, R).iloc[0]
    test = rao_scott(answers["y"], answers["size"], design)
    agree(name, deff=survey_means(answers["hours"], answers["all"], design, R).iloc[0]["deff"])
    agree(name, logit_low=share["low"], logit_high=share["high"])
    agree(name, median=median["value"], median_low=median["low"])
    agree(name, rao_scott=test.statistic, rao_scott_ndf=test.numerator_df, rao_scott_p=test.p_value)


@pytest.mark.parametrize("name", ["stratified", "clustered", "corrected"])
@pytest.mark.parametrize(
    ("family", "answer", "terms", "order", "digits"),
    [
        ("logistic", "y", ["big", "late", "hours"], [0, 1, 2, 3], SIX),
        ("poisson", "y", ["big", "late"], [0, 1, 2], SIX),
        ("ordinal", "strain", ["big", "late"], [0, 1, 2, 3, 4], FOUR),
    ],
)
def test_regressions_agree_with_r(answers, designs, name, family, answer, terms, order, digits):
    fitted = survey_regression(answers[answer], answers[terms], designs[name], family=family).frame
    for place, row in enumerate(order, start=1):
        assert fitted["value"][row] == approx(EXPECTED[name, f"{family}_{place}"], **digits)
        assert fitted["se"][row] == approx(EXPECTED[name, f"{family}_se_{place}"], **digits)


@pytest.fixture(scope="module")
def replicated(answers) -> dict[str, Design]:
    """The same made-up replicate weights under every method, as survey_r.R makes them."""
    n = 12
    r, firm = np.arange(1, n + 1), answers["firm"].to_numpy()[:, None]
    weights = answers["weight"].to_numpy()[:, None] * (1 + ((firm * r) % 13 - 6) / 12)
    options = {"Fay": {"fay": 0.3}, "JKn": {"scales": tuple(r / (2 * n))}}
    methods = {name: Replicates(weights=weights, method=name, **options.get(name, {})) for name in REPLICATES}
    return {name: survey_design(answers["weight"], replicates=made) for name, made in methods.items()}


@pytest.mark.parametrize("name", REPLICATES)
def test_replicate_weights_of_every_method_agree_with_r(answers, replicated, name):
    mean = survey_means(answers["hours"], answers["all"], replicated[name], R).iloc[0]
    shares = survey_means(answers["y"], answers["sex"], replicated[name], R)
    agree(name, mean_se=mean["se"], df=mean["df"], share_se_2=shares.loc[2, "se"])


def test_regressions_and_tests_with_replicate_weights_agree_with_r(answers, replicated):
    design = replicated["bootstrap"]
    fitted = survey_regression(answers["y"], answers[["big", "late"]], design).frame
    for place, row in fitted.reset_index(drop=True).iterrows():
        agree("bootstrap", **{f"logistic_{place + 1}": row["value"], f"logistic_se_{place + 1}": row["se"]})
    test = rao_scott(answers["y"], answers["size"], design)
    agree("bootstrap", rao_scott=test.statistic, rao_scott_ndf=test.numerator_df)


@pytest.mark.parametrize("base", ["clustered", "jackknife"])
@pytest.mark.parametrize("method", ["raking", "linear"])
def test_calibrated_weights_and_what_they_take_off_errors_agree_with_r(answers, designs, base, method):
    n = 1.2e6
    sizes = {"E10-49": 0.3, "E50-249": 0.1, "E_GE250": 0.4, "E5-9": 0.2}
    totals = {"sex": {1: 0.52 * n, 2: 0.48 * n}, "size": {size: share * n for size, share in sizes.items()}}
    design = calibrated(designs[base], *margins(answers, totals), method=method)
    name = f"{base} {method}"
    mean = survey_means(answers["hours"], answers["all"], design, R).iloc[0]
    total = survey_totals(answers["y"], answers["all"], design, R).iloc[0]
    share = survey_means(answers["y"], answers["sex"], design, R).loc[2]
    agree(name, mean=mean["value"], mean_se=mean["se"], total=total["value"], total_se=total["se"])
    agree(name, share_2=share["value"], share_se_2=share["se"])
    if base == "clustered":
        fitted = survey_regression(answers["y"], answers[["big", "late"]], design).frame
        for place, row in fitted.reset_index(drop=True).iterrows():
            agree(name, **{f"logistic_{place + 1}": row["value"], f"logistic_se_{place + 1}": row["se"]})


def test_raking_gives_the_totals_and_keeps_weights_above_zero(answers, designs):
    totals = {"sex": {1: 600_000, 2: 600_000}, "size": dict.fromkeys(sorted(answers["size"].unique()), 300_000)}
    weights = pd.Series(calibrated(designs["clustered"], *margins(answers, totals)).weights)
    assert weights.groupby(answers["sex"]).sum().tolist() == approx([600_000] * 2)
    assert weights.groupby(answers["size"]).sum().tolist() == approx([300_000] * 4)
    assert weights.min() > 0


@pytest.mark.parametrize(
    ("totals", "refusal"),
    [
        ({"sex": {1: 10.0}}, "sex has respondents in 2, of which no total is given"),
        ({"sex": {1: 10.0, 2: 10.0, 3: 5.0}}, "Nobody of sex 3 answered"),
        ({"sex": {1: 10.0, 2: 10.0}, "late": {0.0: 10.0, 1.0: 11.0}}, "have the same sum: sex 20, late 21"),
    ],
)
def test_totals_that_do_not_fit_the_respondents_are_refused(answers, totals, refusal):
    with pytest.raises(ModelError, match=refusal):
        margins(answers, totals)


def test_so_many_numbers_are_pinned():
    assert len(EXPECTED) >= 60


@pytest.fixture(scope="module")
def sample(answers):
    """The clustered design as svy has it, which is the second implementation."""
    pl, svy = pytest.importorskip("polars"), pytest.importorskip("svy")
    design = svy.Design(stratum="stratum", psu="firm", wgt="weight")
    return svy.Sample(pl.from_pandas(answers), design)


def test_svy_gives_the_same_means_and_totals(sample):
    """A release of svy that changes a convention fails here."""
    mean = sample.estimation.mean("hours").estimates[0]
    assert (mean.est, mean.se) == approx((EXPECTED["clustered", "mean"], EXPECTED["clustered", "mean_se"]), **SIX)
    total = sample.estimation.total("y", drop_nulls=True).estimates[0]
    assert (total.est, total.se) == approx((EXPECTED["clustered", "total"], EXPECTED["clustered", "total_se"]), **SIX)


def test_svy_gives_the_same_ratios_domains_regressions_and_marginal_effects(answers, designs, sample):
    ratio = sample.estimation.ratio(y="y", x="hours", drop_nulls=True).estimates[0]
    assert (ratio.est, ratio.se) == approx((EXPECTED["clustered", "ratio"], EXPECTED["clustered", "ratio_se"]), **SIX)
    domains = sample.estimation.mean("y", by="sex", drop_nulls=True).estimates
    assert [share.est for share in domains] == approx([EXPECTED["clustered", f"share_{sex}"] for sex in (1, 2)], **SIX)
    assert [share.se for share in domains] == approx(
        [EXPECTED["clustered", f"share_se_{sex}"] for sex in (1, 2)], **SIX
    )

    columns = ["big", "late", "hours"]
    fitted = sample.glm.fit("y", x=columns, family="binomial")
    assert [term.se for term in fitted.coefs] == approx(
        [EXPECTED["clustered", f"logistic_se_{place}"] for place in (1, 2, 3, 4)], **SIX
    )
    terms = answers[columns].where(answers["y"].notna())
    ours = survey_regression(answers["y"], terms, designs["clustered"])
    effects = average_effects(ours, terms, designs["clustered"].weights)
    found = fitted.margins()
    assert [effect.margin[0] for effect in found] == approx(effects["value"].tolist(), **SIX)
    assert [effect.se[0] for effect in found] == approx(effects["se"].tolist(), rel=1e-4)


def test_a_change_between_waves_is_the_difference_of_two_means_with_an_error_of_its_own(answers, designs):
    design = designs["clustered"]
    change = survey_contrast(answers["hours"], answers["wave"], pd.Series({2022: -1.0, 2025: 1.0}), design, R)
    means = survey_means(answers["hours"], answers["wave"], design, R)
    assert change["value"] == approx(means.loc[2025, "value"] - means.loc[2022, "value"])
    assert change["se"] == approx(np.hypot(*means["se"]))  # the waves share no firm


def test_groups_that_share_firms_are_not_compared_as_if_they_were_independent(answers, designs):
    design = designs["clustered"]
    gap = survey_contrast(answers["y"], answers["sex"], pd.Series({1: -1.0, 2: 1.0}), design, R)
    means = survey_means(answers["y"], answers["sex"], design, R)
    slope = survey_regression(answers["y"], answers[["sex"]], design, family="linear").frame.iloc[1]
    assert gap["value"] == approx(slope["value"])
    assert gap["se"] == approx(slope["se"])
    assert gap["se"] != approx(np.hypot(*means["se"]), rel=1e-3)


def test_a_group_with_one_answer_only_has_no_end(answers, designs):
    terms = pd.DataFrame({"wears": answers["y"], "hours": answers["hours"]})
    with pytest.raises(ModelError, match="no end|one answer only"):
        survey_regression(answers["y"], terms, designs["clustered"])

"""Noise, vibration, heat, heart rate, posture: published cases, and properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest import approx
from scipy import stats

from workbench.terms.errors import ModelError
from workbench.wearables.exposure import heart, heat, noise, posture, vibration
from workbench.wearables.exposure.limits import (
    CARBON_MONOXIDE,
    HAND_ARM,
    NOISE_LEVELS,
    NOISE_PEAKS,
    WHOLE_BODY,
    reached,
)
from workbench.wearables.readers.empatica import read_stress_labels

# Noise: HSE L108, appendix 3, and OSHA Technical Manual


def test_the_printed_day_of_hse_has_its_points_and_its_level():
    levels, hours = [80, 86, 95], [5, 2, 0.75]
    each = [noise.daily_level([level], [time]) for level, time in zip(levels, hours, strict=True)]
    assert each == approx([77.959, 79.979, 84.720], abs=5e-4)
    assert noise.points(levels, hours).round().tolist() == [20, 31, 94]
    assert round(noise.points(levels, hours).sum()) == 145
    assert noise.daily_level(levels, hours) == approx(86.613, abs=5e-4)


def test_the_printed_doses_of_osha_are_found():
    assert noise.dose_osha([92], [8]) == approx(131.95, abs=5e-3)
    assert noise.dose_osha([87], [8]) == approx(65.98, abs=5e-3)


@given(st.lists(st.floats(40, 120), min_size=1, max_size=6), st.floats(0.5, 12))
def test_a_daily_level_is_that_of_the_points(levels, hours):
    total = noise.points(levels, hours).sum()
    assert noise.daily_level(levels, hours) == approx(85 + 10 * np.log10(total / 100), abs=1e-9)


def test_three_decibels_more_are_twice_the_energy_and_a_long_shift_is_not_capped():
    assert noise.daily_level([83.0103], [8]) == approx(noise.daily_level([80], [16]), abs=1e-4)
    assert noise.daily_level([85], [12]) == approx(86.761, abs=1e-3)
    assert noise.weekly_level([85] * 5) == approx(85)
    assert noise.weekly_level([85] * 4) == approx(84.031, abs=1e-3)
    assert noise.energy_mean([80, 90]) == approx(87.404, abs=1e-3)


def test_a_day_without_time_is_refused():
    for levels, hours in (([], []), ([80], [-1]), ([80], [0])):
        with pytest.raises(ModelError, match="durations that are not negative"):
            noise.daily_level(levels, hours)


def test_the_uncertainty_of_one_task_is_that_of_the_formula():
    task = noise.Task(levels=[84, 86, 88], hours=[8])
    found = noise.task_exposure([task])
    by_hand = np.sqrt(4 / 3 + 1.5**2 + 1.0**2)  # c1 = 1 for one task of eight hours, sd 2, n 3
    share = 10 ** (0.1 * (task.level - found.level))
    assert found.uncertainty == approx(1.65 * share * by_hand)
    assert found.upper == found.level + found.uncertainty


def test_a_duration_that_was_observed_several_times_adds_its_part():
    loud = noise.Task(levels=[90, 90.5, 91], hours=[2, 3, 4])
    quiet = noise.Task(levels=[70, 70.5, 71], hours=[5])
    found = noise.task_exposure([loud, quiet], "class 1")
    level = noise.daily_level([loud.level, quiet.level], [3, 5])
    variance = 0.0
    for task, spread in ((loud, 1.0), (quiet, 0.0)):
        c1a = task.duration / 8 * 10 ** (0.1 * (task.level - level))
        u1a = 0.5 / np.sqrt(3)
        variance += c1a**2 * (u1a**2 + 0.7**2 + 1.0) + (4.34 * c1a / task.duration * spread / np.sqrt(3)) ** 2
    assert (found.level, found.uncertainty) == (approx(level), approx(1.65 * np.sqrt(variance)))


def test_the_printed_day_of_a_welder_by_task():
    """ISO 9612:2009, annex D; a range of durations is two observations: its half is their standard error."""
    planning = noise.Task(levels=[70, 70, 70], hours=[1.5])
    welding, grinding = [80.1, 82.2, 79.6], [86.5, 92.4, 89.3, 93.2, 87.8, 86.2]
    known = [planning, noise.Task(levels=welding, hours=[5]), noise.Task(levels=grinding, hours=[1.5])]
    ranges = [planning, noise.Task(levels=welding, hours=[4, 6]), noise.Task(levels=grinding, hours=[1, 2])]
    for tasks, printed in ((known, 2.7), (ranges, 3.2)):
        found = noise.task_exposure(tasks)
        assert (round(found.level, 1), round(found.uncertainty, 1)) == (84.3, printed)


def test_the_printed_job_and_the_printed_days():
    """ISO 9612:2009, annexes E and F. Annex E rounds before it takes 7.5 hours, and prints 88.1 where this is 88.15."""
    job = noise.job_exposure([88.1, 86.1, 89.7, 86.5, 91.1, 86.7], 7.5)
    assert (job.level, round(job.uncertainty, 1), job.revise) == (approx(88.1, abs=0.06), 3.8, False)
    days = np.array([88.0, 91.9, 87.6, 90.4, 89.0, 88.4]) + 10 * np.log10(9.25 / 8)
    found = noise.full_day_exposure(days)
    assert (round(found.level, 1), round(found.uncertainty, 1)) == (90.1, 3.4)


def test_the_row_of_six_is_that_of_the_reference():
    assert noise.CONTRIBUTIONS[6][:7] == (0, 0.3, 0.6, 0.9, 1.4, 1.9, 2.6)
    days = np.array([84, 85, 86, 84, 85, 86.0])
    contribution = np.interp(days.std(ddof=1), [0.5, 1], [0.3, 0.6])
    assert noise.full_day_exposure(days).uncertainty == approx(1.65 * np.sqrt(contribution**2 + 1.5**2 + 1))


def test_more_measurements_never_make_an_uncertainty_larger_nor_more_spread_a_smaller_one():
    rows = np.array(list(noise.CONTRIBUTIONS.values()))
    assert rows.shape == (15, len(noise.SPREADS))
    assert (np.diff(rows, axis=0) <= 0).all() and (np.diff(rows, axis=1) > 0).all()


def test_a_number_of_days_between_two_rows_takes_the_row_of_fewer():
    for n, row in ((11, 10), (13, 12), (29, 25), (200, 30)):
        days = 85 + np.resize([-1.0, 1.0], n)
        sampling = np.interp(days.std(ddof=1), noise.SPREADS, noise.CONTRIBUTIONS[row])
        assert noise.full_day_exposure(days).uncertainty == approx(1.65 * np.sqrt(sampling**2 + 1.5**2 + 1))


def test_measurements_that_differ_much_ask_for_another_plan():
    assert noise.full_day_exposure([80, 85, 90]).revise
    assert not noise.full_day_exposure([84, 85, 86]).revise


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (lambda: noise.full_day_exposure([84, 85]), "3 or more measurements"),
        (lambda: noise.job_exposure([84, 85, 84, 85], 8), "5 or more measurements"),
        (
            lambda: noise.full_day_exposure([60, 70, 80, 90, 100, 110]),
            "at most 6 dB; these are 6, which spread by 18.7",
        ),
        (lambda: noise.full_day_exposure([84, 85, 86], "ear"), "no instrument"),
        (lambda: noise.task_exposure([noise.Task(levels=[1, 2, 3], hours=[1])], "ear"), "no instrument"),
        (lambda: noise.task_exposure([noise.Task(levels=[80], hours=[1])]), "three or more measurements"),
    ],
)
def test_measurements_that_iso_9612_does_not_know_are_refused(measure, words):
    with pytest.raises(ModelError, match=words):
        measure()


def test_limits_are_those_of_the_directives():
    assert [limit.value for limit in NOISE_LEVELS + NOISE_PEAKS] == [80, 85, 87, 135, 137, 140]
    assert [limit.value for limit in HAND_ARM + WHOLE_BODY] == [2.5, 5, 0.5, 1.15]
    assert [limit.value for limit in CARBON_MONOXIDE] == [20, 100]
    assert [limit.value for limit in reached(85, NOISE_LEVELS)] == [80, 85]
    assert reached(float("nan"), NOISE_LEVELS) == () == reached(79.9, NOISE_LEVELS)
    assert str(NOISE_LEVELS[1]) == "upper action value, 85 dB(A) (Directive 2003/10/EC, article 3)"


# Vibration: HSE L140, L141; Regulations 2005


def test_hand_arm_points_of_the_action_value_and_of_the_limit():
    assert vibration.hand_arm([2.5], [8]) == approx(2.5)
    assert vibration.hand_arm_points([2.5], [8]).tolist() == [100]
    assert vibration.hand_arm_points([5], [8]).tolist() == [400]
    assert vibration.total_value([[3, 4, 12]]).tolist() == [13]
    assert vibration.hand_arm([4, 3], [1, 2]) == approx(np.sqrt((16 + 18) / 8))


def test_whole_body_takes_the_largest_axis_and_its_factor_once():
    assert vibration.whole_body_points([0.5, 1.15]).tolist() == approx([100, 529])
    assert vibration.whole_body([[0.5, 0.3, 0.6]], [8]) == approx(0.7)  # 1.4 x 0.5, not the vector sum
    assert vibration.whole_body_axes([[0.5, 0.3, 0.6]], [2]).tolist() == approx([0.35, 0.21, 0.3])
    assert vibration.dose_value([9.1, 9.1]) == approx(9.1 * 2**0.25)
    assert vibration.weekly([0.5] * 4) == approx(0.5 * np.sqrt(4 / 5))
    assert vibration.artefacts([0.4, 5]).tolist() == [False, True]


# Heat: NIOSH 2016-106, ISO 7243


def test_the_limits_of_niosh_are_those_of_its_formulas():
    watts = [233, 349, 465, 580]
    assert heat.niosh_alert(watts).round(2).tolist() == [26.52, 24.05, 22.29, 20.94]
    assert heat.niosh_exposure(watts).round(2).tolist() == [29.48, 27.46, 26.02, 24.92]


def test_references_for_acclimatised_persons_are_the_limit_of_niosh_rounded_down():
    assert np.floor(heat.niosh_exposure(heat.RATES)).tolist() == list(heat.REFERENCE[True])
    assert [heat.metabolic_class(rate) for rate in heat.RATES] == [0, 1, 2, 3, 4]


def test_wbgt_in_the_shade_and_in_the_sun():
    assert float(heat.wbgt(25, 40)) == approx(29.5)
    assert float(heat.wbgt(25, 40, 30)) == approx(28.5)


def test_the_hour_that_exceeds_its_reference_most_is_compared():
    levels = np.concatenate([np.full(60, 24.0), np.full(60, 27.5)])
    watts = np.concatenate([np.full(60, 300.0), np.full(60, 300.0)])
    found = heat.heat(levels, watts, acclimatised=False)
    assert (found.wbgt, found.reference, found.metabolic_class, found.reached) == (approx(27.5), 26, 2, True)
    assert not heat.heat(levels, watts, acclimatised=True).reached
    with pytest.raises(ModelError, match="averaged over an hour"):
        heat.heat(levels[:59], 300, acclimatised=True)


# Heart rate


def test_the_printed_reserve_of_a_person_of_twenty():
    highest = heart.maximum(20, "220 - age")
    assert highest - 75 == 125
    assert heart.at_share([0.6, 0.8], 75, highest).tolist() == [150, 175]
    assert heart.reserve_share([150, 175], 75, highest).tolist() == [0.6, 0.8]
    assert heart.maximum(20) == 194
    with pytest.raises(ModelError, match="no rule"):
        heart.maximum(20, "guess")
    with pytest.raises(ModelError, match="above the resting"):
        heart.reserve_share([80], 75, 75)


def test_strain_of_a_shift_leaves_out_minutes_without_a_rate():
    found = heart.strain([75, np.nan, 125, 175], 75, 200)
    assert (found.mean, found.minutes, found.over) == (approx(0.4), 3, 2)
    with pytest.raises(ModelError, match="no heart rate"):
        heart.strain([np.nan], 75, 200)


def test_a_difference_over_persons_has_the_interval_of_a_paired_t_test():
    rows = [(f"P{n}", stress, 70 + n + 10 * stress + n * stress) for n in range(4) for stress in (False, True)]
    frame = pd.DataFrame(rows, columns=["person", "stress", "heart_rate"]).astype({"heart_rate": float})
    found = heart.between_conditions(frame)
    paired = stats.ttest_1samp([10, 11, 12, 13], 0).confidence_interval()
    assert (found.value, found.low, found.high) == (approx(11.5), approx(paired.low), approx(paired.high))
    with pytest.raises(ModelError, match="two or more persons"):
        heart.between_conditions(frame[frame["person"] == "P1"])


@pytest.mark.mirror
def test_stress_raises_the_heart_rate_of_the_participants(mirror):
    table = read_stress_labels(mirror / "wearable_stress_predict" / "processed_hr_resp_label_P02_P20.csv.gz")
    found = heart.between_conditions(table)
    assert found.persons == 19
    means = table.groupby(["person", "stress"])["heart_rate"].mean().unstack()
    assert found.value == approx((means[True] - means[False]).mean())
    assert 0 < found.low < found.high


# Posture and lifting


def test_inclination_and_bends_of_a_trunk():
    angles = np.radians([0, 30, 70, 30, 80, 90, 10])
    axes = np.column_stack([np.sin(angles), np.zeros(len(angles)), np.cos(angles)])
    found = posture.inclination(axes, [0, 0, 1])
    assert found.tolist() == approx([0, 30, 70, 30, 80, 90, 10])
    summed = posture.posture(found)
    assert (summed.beyond_20, summed.beyond_60, summed.strong_bends) == (approx(5 / 7), approx(3 / 7), 2)


def test_a_load_that_is_held_for_a_second_is_a_lift_and_a_heel_strike_is_none():
    force = np.full(2000, 80 * 9.80665)
    force[300:700] += 15 * 9.80665
    force[1000:1300] += 12 * 9.80665
    force[1600:1605] += 60 * 9.80665
    assert posture.lifts(force, 80, 100) == 2

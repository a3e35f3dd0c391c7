"""The made-up team: the same from its seed, small, marked synthetic, cut out of whole shifts sample by sample."""

import json

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from packaging.version import Version

from workbench.terms.places import bundled
from workbench.twin import team, team_files

DATA = bundled("catalogs") / "data"
FILES = (team_files.MINUTES, team_files.MOVEMENT, team_files.TRUTH)
SAME_DRAWS = Version(np.__version__) < Version("2.5")


def test_a_stretch_is_the_same_as_in_a_longer_one():
    longer = team.movement(3, 0, 18_000, 18_480)
    assert longer.shape == (48_000, 6)
    assert np.array_equal(longer[200 * 100 : 330 * 100], team.movement(3, 0, 18_200, 18_330))


def test_the_bundled_team_is_small_and_says_that_it_is_made_up():
    assert sum((DATA / name).stat().st_size for name in FILES) < 5_000_000
    for name in FILES[:2]:
        assert b"Synthetic data" in pq.read_schema(DATA / name).metadata[b"synthetic"]
    assert json.loads((DATA / FILES[2]).read_text())["synthetic"] is True


def test_minutes_are_whole_and_movement_is_kept_around_events_and_for_ten_minutes():
    minutes = pd.read_parquet(DATA / FILES[0])
    assert minutes.groupby("shift").size().to_dict() == {0: 12 * 480, 1: 12 * 420}
    movement = pd.read_parquet(DATA / FILES[1], columns=["person", "shift", "sample"])
    stretch = movement[(movement["person"] == "A02") & (movement["shift"] == 0)]
    assert stretch["sample"].between(60 * 120 * 100, 60 * 130 * 100 - 1).sum() == 60_000
    for event in json.loads((DATA / FILES[2]).read_text())["events"]:
        of_person = movement[(movement["person"] == event["worker"]) & (movement["shift"] == event["shift"])]
        kept = of_person["sample"].between(100 * event["second"], 100 * (event["second"] + event["seconds"]) - 1)
        assert kept.sum() == round(100 * event["seconds"])


@pytest.mark.skipif(not SAME_DRAWS, reason="drawn with NumPy 2.4: other versions may draw otherwise")
def test_the_bundled_team_is_what_the_seed_gives():
    truth = json.loads((DATA / FILES[2]).read_text())
    assert truth == json.loads(json.dumps(team.truth(truth["seed"])))
    pd.testing.assert_frame_equal(pd.read_parquet(DATA / FILES[0]), team_files.minutes(), check_dtype=False)
    kept = pd.read_parquet(DATA / FILES[1])
    worker, shift, start, stop = team.STRETCH
    made = team.movement(worker, shift, start, stop) * np.array([team.SCALE[name] for name in team.MOVEMENT])
    chosen = (kept["person"] == "A02") & (kept["shift"] == 0) & kept["sample"].between(start * 100, stop * 100 - 1)
    assert np.abs(kept.loc[chosen, list(team.MOVEMENT)].to_numpy() - made).max() <= 1


def test_another_seed_is_another_team():
    assert team.planted(1) != team.planted(2)

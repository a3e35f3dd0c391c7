"""The made-up stream of notifications: what travels is what the program makes, with the planted selection."""

import json

import pandas as pd
import pytest

from workbench.terms.places import bundled
from workbench.twin import notifications as made_up

DATA = bundled("catalogs") / "data"


@pytest.fixture(scope="module")
def stream() -> pd.DataFrame:
    return pd.read_csv(DATA / made_up.FILE, dtype=str, keep_default_na=False)


def test_the_bundled_stream_is_what_the_program_makes(tmp_path, stream):
    written = made_up.write_notifications(tmp_path)

    assert [path.name for path in written] == [made_up.FILE, made_up.TRUTH]
    pd.testing.assert_frame_equal(pd.read_csv(written[0], dtype=str, keep_default_na=False), stream)
    assert written[1].read_text(encoding="utf-8") == (DATA / made_up.TRUTH).read_text(encoding="utf-8")


def test_larger_employers_and_those_with_a_union_notify_the_larger_share(stream):
    truth = json.loads((DATA / made_up.TRUTH).read_text(encoding="utf-8"))
    shares = [by_union["no"] for by_union in truth["share_notified"].values()]

    assert shares == sorted(shares) and all(one["yes"] > one["no"] for one in truth["share_notified"].values())
    assert truth["synthetic"] is True and "never" in truth["notice"].lower()
    assert (DATA / made_up.FILE).stat().st_size < 250_000


def test_notified_shares_are_those_planted(stream):
    events = made_up.events()
    non_fatal = stream[(stream["kind"] == "accident") & (stream["severity"] != "FAT")]
    of_all = events[events["severity"] != "FAT"].groupby(["size", "unionised"])["events"].sum()
    for (size, union), number in of_all[of_all > 500].items():
        notified = len(non_fatal[(non_fatal["size"] == size) & (non_fatal["unionised"] == ("yes" if union else "no"))])
        planted = made_up.share_notified(size, union)
        assert notified == pytest.approx(number * planted, abs=4 * (number * planted) ** 0.5)


def test_complaints_have_no_severity_and_dates_are_in_order(stream):
    assert (stream["severity"].eq("") == stream["kind"].eq("complaint")).all()
    assert stream["date"].is_monotonic_increasing and stream["date"].str.startswith("2022-").all()

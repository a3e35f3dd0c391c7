"""The door: group by default, a trace to whose it is, refusals written down, pictures that show what is missing."""

import ast
import re
from datetime import date
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
from babel.messages.pofile import read_po
from pytest import approx

import workbench as wb
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.text import speaking
from workbench.wearables import door
from workbench.wearables.door import Recordings
from workbench.wearables.exposure.noise import daily_level
from workbench.wearables.readers.team import read_team
from workbench.wearables.words import EVENTS, label

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def team():
    return wb.recording(purpose="exposure_assessment")


def test_a_group_is_shown_by_default_and_single_events_are_not(team):
    assert str(team).startswith("Synthetic data. Recordings of 10 or more persons")
    with pytest.raises(Refused, match="Single events are a person's trace"):
        _events = team.events
    assert "A01" not in repr(team) and "A01" not in str(team.groups(["task"]).frame)


def test_a_worker_opens_their_own_trace_and_nobody_else_does():
    wb.role("worker")
    own = wb.recording(purpose="own_information", person="A04")
    assert [event.kind for event in own.events] == ["fall"]
    for role in ("inspector", "researcher", "representative", "trainer", "analyst", "public"):
        wb.role(role)
        with pytest.raises(Refused, match="single traces are for the worker"):
            wb.recording(purpose="own_information", person="A04")
    wb.role("osh_professional")
    with pytest.raises(Refused, match="has not consented"):
        wb.recording(purpose="evaluation", person="A04")
    assert wb.recording(purpose="evaluation", person="A10").events[0].kind == "fall"
    wb.role("")
    assert wb.openings()["outcome"].tolist() == ["opened"] + ["refused"] * 7 + ["opened"]


def test_an_undeclared_purpose_and_data_past_their_date_do_not_open():
    with pytest.raises(Refused, match="does not declare the purpose performance"):
        wb.recording(purpose="performance")
    with pytest.raises(Refused, match="retention date, 2126-03-01, is past"):
        wb.recording(purpose="evaluation", today=date(2126, 3, 2))
    assert wb.openings()["reason"].str.contains("performance|retention").all()


def test_opening_again_does_not_forget_what_was_shown():
    everybody = wb.recording(purpose="evaluation").groups([])
    assert everybody.withheld == 0
    without_few = {"age_group": ["Y15-24", "Y25-34", "Y35-44", "Y45-54"]}
    assert wb.recording(purpose="evaluation").groups([], without_few).withheld == 1


def test_a_recording_without_a_notice_or_a_layout_is_answered(tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("t,x\n0,1\n")
    with pytest.raises(UnknownName, match="There are: edf, mobifall, empatica, insole, wristbands; or a YAML file"):
        wb.recording(path, purpose="evaluation")
    layout = tmp_path / "mine.yml"
    layout.write_text("person: A\ntime: {column: t, unit: s, start: 2026-03-02}\nsignals: {s: {x: {unit: g}}}\n")
    with pytest.raises(Refused, match="opens under a notice"):
        wb.recording(path, purpose="evaluation", layout=str(layout))
    with pytest.raises(Refused, match="no recording of A99"):
        wb.recording(purpose="own_information", person="A99")


def test_fewer_than_five_persons_are_no_group(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SALT", "a salt for tests only")
    path, layout, notice = (tmp_path / name for name in ("mine.csv", "mine.yml", "notice.yml"))
    path.write_text("t,x\n0,1\n1,2\n")
    layout.write_text("person: A\ntime: {column: t, unit: s, start: 2026-03-02}\nsignals: {s: {x: {unit: g}}}\n")
    notice.write_text(
        "{title: t, controller: c, streams: [s], columns: [x], purposes: [evaluation], roles: [researcher],"
        " starts: 2026-03-01, keep_until: 2126-01-01, legal_ground: consent, representatives: r, consulted: 2026-02-01}"
    )
    wb.role("researcher")
    mine = wb.recording(path, purpose="evaluation", layout=str(layout), notice=notice)
    wb.role("")
    for question in (mine.quality, mine.timeline):
        with pytest.raises(Refused, match="group is of 5 or more persons"):
            question()


ANSWERS = {
    "groups": lambda opened: opened.groups(["team"]).frame,
    "exposure": lambda opened: opened.exposure(["team"]),
    "found": lambda opened: opened.found(),
    "performance": lambda opened: opened.performance(),
    "trade_off": lambda opened: opened.trade_off(),
    "alarms_by_kind": lambda opened: opened.alarms_by_kind(),
    "alarm_load": lambda opened: opened.alarm_load(),
    "quality": lambda opened: opened.quality(),
    "timeline": lambda opened: opened.timeline(),
    "events": lambda opened: opened.events,
}
TELL_NOTHING = {
    "channels",
    "evidence",
    "shifts",
    "note",
    "notice",
    "person",
    "purpose",
    "source",
    "sources",
    "synthetic",
}


def test_every_output_of_recordings_is_known_to_the_test_of_small_groups():
    public = {name for name in (*dir(Recordings), *Recordings.__dataclass_fields__) if not name.startswith("_")}
    assert public - TELL_NOTHING == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_no_output_is_of_four_persons(name, monkeypatch):
    four = [one for one in read_team() if one.person in ("A01", "A02", "A03", "A04")]
    monkeypatch.setattr(door, "read_team", lambda: four)
    opened = wb.recording(purpose="evaluation")
    try:
        frame = ANSWERS[name](opened)
    except Refused as refusal:
        assert "group is of 5 or more" in str(refusal) or "person's trace" in str(refusal)
    else:
        assert frame["state"].tolist() == ["withheld"]
        assert frame.drop(columns=["team", "state"]).isna().all(axis=None)


def test_quality_of_the_group_tells_the_planted_faults(team):
    frame = team.quality().set_index("channel")
    assert frame.loc["heart_rate", "stuck"] == 1
    assert (frame.loc["noise", "streams"], frame.loc["noise", "sufficient"]) == (24, 23)
    assert frame.loc["steps", "sufficient"] == frame.loc["hand_arm", "sufficient"] + 1 == 24


def test_the_exposure_so_far_ends_at_the_daily_level_of_the_group(team):
    picture = team.timeline("noise")
    level = daily_level(picture.frame["value"], 1 / 60)
    assert picture.frame["total"].iloc[-1] == approx(level, abs=1e-9)
    assert [limit.value for limit in picture.limits] == [80, 85, 87]
    assert len(picture.frame) == 480


def test_the_night_in_which_summer_time_begins_has_no_minute_between_two_and_three(team):
    frame = team.timeline("noise", shift=2).frame
    assert len(frame) == 420
    assert not frame["moment"].str.startswith("02:").any()
    assert frame["moment"].iloc[-1] == "05:59 +0200"


def test_a_trace_shows_missing_minutes_as_missing_and_its_events():
    wb.role("worker")
    own = wb.recording(purpose="own_information", person="A09")
    wb.role("")
    picture = own.timeline("noise", shift=2)
    assert picture.frame["value"].isna().sum() == 200
    drawn = picture.chart()
    gaps = next(r for r in drawn.renderers if type(r.glyph).__name__ == "VStrip")
    assert len(gaps.data_source.data["x0"]) == 200
    title = next(t.text for t in drawn.above if getattr(t, "text", "").startswith("Synthetic"))
    assert title == "Synthetic data: not a publisher's figures"
    (marks,) = [r for r in drawn.renderers if r.glyph.__class__.__name__ == "Scatter" and r.glyph.size == 13]
    assert marks.data_source.data["who"] == [
        label(e.kind, EVENTS) for e in own.events if e.time.month == 3 and e.time.day == 29
    ]


def test_a_limit_on_a_picture_is_its_name_and_value_and_hours_are_round(team):
    drawn = team.timeline("noise").chart()
    (limits,) = [r.data_source.data for r in drawn.renderers if type(r.glyph).__name__ == "HSpan"]
    assert limits["text"] == ["lower action value, 80 dB(A)", "upper action value, 85 dB(A)", "limit value, 87 dB(A)"]
    assert type(drawn.xaxis[0].ticker).__name__ == "DatetimeTicker"


def test_channels_and_shifts_that_there_are_not_are_answered(team):
    with pytest.raises(Refused, match="no channel weather"):
        team.timeline("weather")
    with pytest.raises(Refused, match="no shift 3"):
        team.timeline(shift=3)
    assert "ecological fallacy" in team.note()


def test_a_timeline_is_spoken_in_the_language_of_the_reader(team, pseudo_language):
    with speaking(pseudo_language):
        picture = team.timeline("noise")
        assert picture.title.startswith("⟦") and str(team).startswith("⟦")


def texts_of(path: Path) -> list[str]:
    """Every text of a module, a notebook's cell or a YAML file."""
    if path.suffix == ".ipynb":
        return [cell.source for cell in nbformat.read(path, as_version=4).cells]
    if path.suffix == ".py":
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        return [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return [path.read_text(encoding="utf-8")]


GUIDES = ("did_the_insole_see_the_fall", "noise_and_heat_over_a_shift", "what_may_we_ask_of_these_data")
SPOKEN = [
    *(ROOT / "workbench" / "wearables").rglob("*.py"),
    ROOT / "workbench" / "charts" / "timeline.py",
    ROOT / "workbench" / "cli" / "recordings.py",
    ROOT / "docs" / "wearables.md",
    *(ROOT / "workbench" / "views").glob("recording*.py"),
    *(ROOT / "workbench" / "twin").glob("team*.py"),
    *(ROOT / "catalogs" / "data").glob("team_*.yml"),
    *(path for name in GUIDES if (path := ROOT / "notebooks" / "guides" / f"{name}.ipynb").exists()),
]
COMFORT = re.compile(r"\b(safe|safely|risk[- ]free|harmless|no risk|without risk|no danger|not dangerous)\b", re.I)


@pytest.mark.parametrize("path", SPOKEN, ids=lambda path: path.name)
def test_no_text_calls_anything_safe(path):
    """The absence of alarms or of data tells nothing about risk."""
    assert [text for text in texts_of(path) if COMFORT.search(text)] == []


COMFORT_IN = {
    "nl": r"\b(veilige?|onschadelijke?|ongevaarlijke?|risicoloze?|risicoloos)\b",
    "fr": r"\b(sûre?s?|inoffensi(f|ve)s?|anodine?s?)\b",
    "de": r"\b(sicher(e[nrms]?)?|gefahrlos|ungefährlich|harmlos|unbedenklich|risikofrei)\b",
}


@pytest.mark.parametrize("language", COMFORT_IN)
def test_no_translation_of_what_recordings_say_calls_anything_safe(language):
    path = ROOT / "workbench" / "locale" / language / "LC_MESSAGES" / "workbench.po"
    with path.open("rb") as file:
        messages = read_po(file, locale=language)
    said = [m for m in messages if any(place.startswith("workbench/wearables") for place, _line in m.locations)]
    texts = [text for m in said for text in (m.string if isinstance(m.string, tuple) else [m.string])]
    assert len(said) > 150
    assert [text for text in texts if re.search(COMFORT_IN[language], text, re.I)] == []


def test_the_words_that_comfort_would_be_seen():
    for text in ("The work is safe.", "There is no risk", "harmless noise"):
        assert COMFORT.search(text)
    assert not COMFORT.search("Safety and health; the absence of alarms is not the absence of risk")


@pytest.mark.mirror
def test_wristbands_of_the_mirror_open_under_a_notice_with_the_means_of_pandas(mirror, tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBENCH_SALT", "a salt for tests only")
    notice = tmp_path / "notice.yml"
    notice.write_text(
        "{title: t, controller: c, streams: [wristband], columns: [heart_rate_bpm, systolic_mmhg, steps, removed],"
        " purposes: [research], roles: [researcher], starts: 2023-11-01, keep_until: 2126-01-01,"
        " legal_ground: consent, representatives: r, consulted: 2023-10-01}"
    )
    path = mirror / "wearable_construction_wristband" / "wristband_2023_11.csv.gz"
    wb.role("researcher")
    bands = wb.recording(path, purpose="research", layout="wristbands", notice=notice)
    wb.role("")
    quality = bands.quality().set_index("channel")
    assert quality.loc["heart_rate_bpm", "streams"] == 22
    assert not any(re.fullmatch(r"W\d+", one.person) for one in bands._recordings)
    means = sorted(
        frame["heart_rate_bpm"].mean()
        for one in bands._recordings
        if (frame := one.signals["wristband"].frame.collect()).height
    )
    plain = pd.read_csv(path).groupby("person")["heart_rate_bpm"].mean().sort_values()
    assert np.allclose(means, plain, rtol=1e-12)


def test_every_recording_of_the_team_says_that_it_is_made_up():
    assert all(one.synthetic and one.source.startswith("Synthetic data") for one in read_team())

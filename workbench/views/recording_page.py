"""Recordings of wearables as a page: the notice first, then exposure of a group and how far alarms are true."""

from contextlib import suppress
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import panel as pn
import param

from workbench.cubes.selection import Selection
from workbench.disclosure_control.roles import in_force
from workbench.study.finding import Finding
from workbench.study.questions.rates import rates
from workbench.terms import words
from workbench.terms.errors import Refused, WorkbenchError
from workbench.terms.languages import language
from workbench.terms.text import _, language_code, speaking, spoken, translated
from workbench.views import recording_cards as cards
from workbench.views.guard import refuse_components
from workbench.views.head import THEMES
from workbench.views.links import language_of
from workbench.views.notebook import libraries
from workbench.views.own_language import in_own_language
from workbench.views.recording_dose import dose, measures
from workbench.views.recording_html import table
from workbench.views.steps import Steps
from workbench.views.threshold import at_threshold, in_plain_figures, one_in
from workbench.wearables.door import Recordings, recording
from workbench.wearables.notice import PURPOSES, Notice
from workbench.wearables.picture import Picture
from workbench.wearables.readers.team import team_notice
from workbench.wearables.words import CHANNELS, DIVISIONS, ROLES, SIGNALS, label

STYLE = Path(__file__).with_name("recording_page.css").read_text(encoding="utf-8")
REGISTER = "esaw_synthetic"
TEAM_PLACE = Selection(regions={"BE"}, sectors={"C"}, years=(2019, 2023))
"""Where the made-up team works: its clock is that of Brussels, its sector C24 lies in C. Beside a made-up team stands
the made-up register alone."""
STATE = ("purpose", "channel", "shift", "by", "threshold")
"""What the address of the page says."""


class RecordingPage(pn.viewable.Viewer):
    """A group's recordings in linked cards. All state is in the parameters: tests and links set them.

    Nothing opens before the notice was shown and a purpose declared; `opened` is what did. `purpose`, `channel`,
    `shift`, `by` (what groups are divided by) and `threshold` (of an impact, in g) are what is shown.
    """

    purpose = param.String(default="exposure_assessment")
    channel = param.String(default="noise")
    shift = param.String(default="1")
    by = param.String(default="task")
    threshold = param.Number(default=2.0)
    theme = param.Selector(default="auto", objects=list(THEMES))
    opened = param.ClassSelector(class_=Recordings, default=None, precedence=-1)

    def __init__(self, opened: Recordings | None = None, *, register: Finding | None = None, **params):
        if opened is not None and opened.person:
            raise Refused(_("The page shows groups. The trace of one person is drawn by .timeline()."))
        self.translations = spoken()
        self.notice: Notice = opened.notice if opened is not None else team_notice()
        self.refusal, self._register, self._curve = "", register, None
        super().__init__(**params)
        self._choices = _choices()
        self._open = pn.widgets.Button(label=_("Open the recordings"), margin=0)
        self._slider = Steps(title=_("Threshold of the impact"), sizing_mode="stretch_width", margin=0)
        self._sentence = self._html("")
        self._head, self._body, self._place = (pn.Column(margin=0, sizing_mode="stretch_width") for _part in range(3))
        self._cards: dict[str, pn.Column] = {}
        for name, widget in self._choices.items():
            widget.param.watch(lambda event, name=name: setattr(self, name, event.new or ""), "value")
        self._open.on_click(lambda _event: self.open())
        self._slider.param.watch(self._slid, "index")
        self._style(*self._choices.values(), self._open, self._slider)
        if opened is not None:
            self.purpose, self.opened = opened.purpose, opened
        self._show_head()
        self._show_body()

    @in_own_language
    def open(self) -> None:
        """Open the made-up team for the purpose; a refusal is said, and written down."""
        self.refusal = ""
        try:
            self.opened = recording(purpose=self.purpose)
        except WorkbenchError as reason:
            self.refusal, self.opened = str(reason), None
        self._show_head()
        self._show_body()

    @param.depends("purpose", watch=True)
    @in_own_language
    def _another_purpose(self) -> None:
        """What is open was opened for another purpose: the notice comes first again."""
        if self.opened is not None and self.opened.purpose != self.purpose:
            self.opened = None
            self._show_body()
        self._show_head()

    # What is seen

    def _show_head(self) -> None:
        """Banner, title and notice; what can be chosen."""
        named = {translated(PURPOSES[name]): name for name in self.notice.purposes}
        if self.purpose not in named.values():
            named |= {self.purpose: self.purpose}  # as the address has it: opening it is refused, and written down
        self._choices["purpose"].param.update(options=named, value=self.purpose)
        synthetic = self.opened.synthetic if self.opened is not None else True
        band = _("Synthetic data: made up for trying out, nobody wore anything.") if synthetic else ""
        parts = [f'<p class="band">{escape(band)}</p>' if band else "", f"<h1>{escape(self.notice.title)}</h1>"]
        own = in_force()
        role = _("Your role: {role}.").format(role=label(own.name, ROLES)) if own else _("You have declared no role.")
        written = _("Openings and refusals are written down.")
        parts.append(f'<p class="muted">{escape(role)} {escape(written)}</p>')
        if self.refusal:
            parts.append(f'<p class="warning" role="alert">{escape(self.refusal)}</p>')
        heading = _("The notice: what workers were told")
        about = f"<summary>{escape(heading)}</summary>{self._notice_shown()}"
        parts.append(f"<details {'' if self.opened is not None else 'open'}>{about}</details>")
        row = pn.FlexBox(self._choices["purpose"], self._open, gap="12px", margin=(8, 0), align_items="flex-end")
        row.sizing_mode = "stretch_width"
        self._head[:] = [self._html("".join(parts)), row]

    def _notice_shown(self) -> str:
        """What, why, who, how long, on which ground, who was consulted."""
        notice = self.notice
        consulted = _("{who}, {day}").format(who=notice.representatives, day=words.day(notice.consulted.isoformat()))
        lines = [
            (_("What"), "; ".join(label(name, SIGNALS) for name in notice.streams)),
            (_("Why"), "; ".join(translated(PURPOSES[name]) for name in notice.purposes)),
            (_("Who"), "; ".join(label(name, ROLES) for name in notice.roles)),
            (_("How long"), _("until {day}").format(day=words.day(notice.keep_until.isoformat()))),
            (_("Legal ground"), translated(notice.legal_ground)),
            (_("Consulted"), consulted),
            (_("Controller"), notice.controller),
        ]
        return f"<dl>{''.join(f'<dt>{escape(name)}</dt><dd>{escape(text)}</dd>' for name, text in lines)}</dl>"

    def _show_body(self) -> None:
        """All that a group shows; nothing before it is open."""
        opened = self.opened
        self._cards = {}
        if opened is None:
            nothing = _("Nothing is open yet.")
            self._body[:] = [self._html(f'<p class="muted">{escape(nothing)}</p>')]
            return
        channels = {label(name, CHANNELS): name for name in opened.channels}
        divisions = {label(name, DIVISIONS): name for name in DIVISIONS if name != "sector"}
        self.channel = self.channel if self.channel in opened.channels else opened.channels[0]
        self.shift = self.shift if self.shift in opened.shifts else opened.shifts[0]
        self.by = self.by if self.by in divisions.values() else "task"
        self._choices["channel"].param.update(options=channels, value=self.channel)
        self._choices["shift"].param.update(options=list(opened.shifts), value=self.shift)
        self._choices["by"].param.update(options=divisions, value=self.by)
        shown = {
            "dose": self._card(_("Dose against limits")),
            "hours": self._card(_("Alarms of the shift")),
            "load": self._card(_("Alert load"), cards.safely(cards.load, opened)),
            "threshold": self._trade_off(),
            "measures": self._card(_("Measures to take")),
            "evidence": self._card(_("Evidence of each detector"), self._evidence()),
            "quality": self._card(_("Quality of the channels"), cards.safely(cards.quality, opened)),
            **self._register_card(),
        }
        self._cards = shown
        row = pn.FlexBox(*(self._choices[name] for name in ("channel", "shift", "by")), gap="12px", margin=(12, 0))
        grid = pn.Column(*shown.values(), sizing_mode="stretch_width", margin=(12, 0))
        grid.param.update(css_classes=["cards"], stylesheets=[STYLE])
        self._show_shift()
        self._show_groups()
        self._body[:] = [
            self._html(cards.safely(cards.key_figures, opened), margin=(12, 0, 0, 0)),
            row,
            self._place,
            grid,
        ]

    @param.depends("channel", "shift", watch=True)
    @in_own_language
    def _show_shift(self) -> None:
        """What belongs to the channel and the shift."""
        if self.opened is not None and self._cards:
            self._place[:] = [self._timeline()]
            self._refill("hours", _("Alarms of the shift"), cards.safely(cards.hours, self.opened, self.shift))

    @param.depends("by", watch=True)
    @in_own_language
    def _show_groups(self) -> None:
        """What belongs to the groups."""
        if self.opened is None or not self._cards:
            return
        exposure = self.opened.exposure([self.by])
        self._refill("dose", _("Dose against limits"), cards.safely(dose, exposure, self.by))
        self._refill("measures", _("Measures to take"), cards.safely(measures, self.opened, exposure))

    def _refill(self, name: str, title: str, html: str) -> None:
        self._cards[name][0].object = f"<h2>{escape(title)}</h2>{html}"

    def _timeline(self) -> pn.Column:
        """The channel over the shift as a chart, and in words what it shows."""
        title = _("{channel} over shift {shift}").format(channel=label(self.channel, CHANNELS), shift=self.shift)
        try:
            picture = self.opened.timeline(self.channel, shift=int(self.shift))
        except WorkbenchError as reason:
            return self._card(title, f'<p class="muted">{escape(str(reason))}</p>')
        chart = pn.pane.Bokeh(picture.chart(), sizing_mode="stretch_width", margin=0)
        drawn = pn.Column(chart, css_classes=["chart", self.theme], stylesheets=[STYLE], margin=0)
        drawn.sizing_mode = "stretch_width"
        return self._card(title, f'<p class="muted">{escape(_in_words(picture))}</p>', drawn)

    def _evidence(self) -> str:
        shown = cards.safely(cards.evidence, self.opened)
        return shown if "<table" in shown else cards.evidence_class(self.opened.evidence) + shown

    def _trade_off(self) -> pn.Column:
        """The threshold of the impact on a slider, with what it misses and how often it alarms."""
        title = _("Choose a threshold")
        try:
            self._curve = self.opened.trade_off().set_index("threshold")
        except WorkbenchError as reason:
            return self._card(title, f'<p class="muted">{escape(str(reason))}</p>')
        values = self._curve.index.to_list()
        index = min(range(len(values)), key=lambda place: abs(values[place] - self.threshold))
        self._slider.param.update(texts=[f"{words.number(value)} g" for value in values], index=index)
        self._say_threshold(index)
        rows = (
            [
                words.number(threshold),
                words.whole(round(row["missed"])),
                in_plain_figures(row["alarms"]),
                in_plain_figures(row["alarms_high"]),
                one_in(row["share_true"]),
            ]
            for threshold, row in self._curve.iterrows()
        )
        heads = [_("Threshold, g"), _("Missed of 100"), _("Alarms in a week"), _("At most"), _("Share true")]
        heading = _("Table")
        curve = f"<details><summary>{escape(heading)}</summary>{table(heads, rows)}</details>"
        return self._card(title, "", self._slider, self._sentence, self._html(curve))

    def _slid(self, event) -> None:
        if self._curve is not None:
            with speaking(self.translations):
                self._say_threshold(event.new)

    def _say_threshold(self, index: int) -> None:
        self.threshold = float(self._curve.index[index])
        text = at_threshold(self._curve.iloc[index], self.threshold, "g")
        self._sentence.object = f'<p aria-live="polite">{escape(text)}</p>'

    def _register_card(self) -> dict[str, pn.Column]:
        """The accident register, where one was given or the team is the made-up one."""
        register = self._register
        with suppress(WorkbenchError):
            if register is None and self.opened.synthetic:
                register = rates(REGISTER, TEAM_PLACE)
        if register is None:
            return {}
        html = cards.beside_register(self.opened, register.summary, register.notes)
        return {"register": self._card(_("Beside the accident register"), html)}

    def _card(self, title: str, html: str = "", *others: object) -> pn.Column:
        body = self._html(f"<h2>{escape(title)}</h2>{html}")
        styles = {"min-width": "0", "overflow": "hidden"}
        card = pn.Column(body, *others, styles=styles, sizing_mode="stretch_width", margin=0)
        card.param.update(css_classes=["card"], stylesheets=[STYLE.split("h1, h2")[0]])
        return card

    def _html(self, html: str, *, margin: object = 0) -> pn.pane.HTML:
        return pn.pane.HTML(html, stylesheets=[STYLE], sizing_mode="stretch_width", margin=margin)

    def _style(self, *widgets: pn.viewable.Viewable) -> None:
        for widget in widgets:
            widget.stylesheets = [STYLE]

    def __panel__(self) -> pn.Column:
        page = pn.Column(self._head, self._body, sizing_mode="stretch_width", margin=0)
        page.param.update(css_classes=["page", self.theme], stylesheets=[STYLE], styles={"padding": "16px"})
        return page

    def _repr_mimebundle_(self, include=None, exclude=None):
        libraries()
        return super()._repr_mimebundle_(include, exclude)


def _choices() -> dict[str, pn.widgets.Select]:
    made = {
        "purpose": pn.widgets.Select(label=_("Purpose"), sizing_mode="stretch_width", max_width=640),
        "channel": pn.widgets.Select(label=_("Channel"), width=220),
        "shift": pn.widgets.Select(label=_("Shift"), width=100),
        "by": pn.widgets.Select(label=_("Groups by"), width=160),
    }
    for widget in made.values():
        widget.param.update(margin=0, styles={"max-width": "100%"})
    return made


def _in_words(picture: Picture) -> str:
    """Highest, lowest and what is missing, for who does not see the chart."""
    known = picture.frame.dropna(subset=["value"])
    missing = len(picture.frame) - len(known)
    if known.empty:
        return _("Nothing usable was measured: nothing is known.")
    high, low = known.loc[known["value"].idxmax()], known.loc[known["value"].idxmin()]
    return _(
        "Highest {high} {unit} at {at}, lowest {low} {unit} at {low_at}; {n} of {all} minutes without a figure. The "
        "band at the foot tells how much is usable; a hatch is a time of which nothing is known."
    ).format(
        high=words.number(high["value"]),
        unit=picture.unit,
        at=high["moment"][:5],
        low=words.number(low["value"]),
        low_at=low["moment"][:5],
        n=missing,
        all=len(picture.frame),
    )


def served_recordings() -> RecordingPage:
    """The page of recordings as a server shows it: its address says purpose, channel, shift, groups and threshold."""
    query = {name: values[-1].decode(errors="replace") for name, values in pn.state.session_args.items()}
    lang = language_of(query, language_code())
    chosen: dict[str, object] = {name: query[name] for name in STATE if name in query}
    with suppress(KeyError, ValueError):
        chosen["threshold"] = float(chosen.pop("threshold"))
    theme = query.get("theme", "auto") if query.get("theme") in THEMES else "auto"
    with speaking(language(lang)):
        page = RecordingPage(theme=theme, **chosen)

    def write(*_events) -> None:
        shown = {name: getattr(page, name) for name in STATE}
        others = {"theme": theme, "lang": lang}
        kept = {name: value for name, value in others.items() if value not in ("auto", "en")}
        if pn.state.location is not None:
            pn.state.location.search = f"?{urlencode(shown | kept)}"

    page.param.watch(write, list(STATE))
    return page


def recording_page(opened: Recordings | None = None, *, register: Finding | None = None) -> RecordingPage:
    """Recordings of a group as a page: notice, timeline, dose, alarms, thresholds, evidence, measures.

    Parameters
    ----------
    opened : what `wb.recording` gave; without it the made-up team, which is opened on the page
    register : accident rate of the same sector and region, such as `wb.rates(...)`, to stand beside the group

    Returns
    -------
    RecordingPage
        Shown as the last line of a cell; `.servable()` in a page.

    Raises
    ------
    Refused
        For the trace of one person.
    """
    if not (isinstance(opened, Recordings | None) and isinstance(register, Finding | None)):
        raise WorkbenchError(_("Give what wb.recording opened, and as register what wb.rates found."))
    refuse_components()
    return RecordingPage(opened, register=register)

"""A survey, question by question: its answer by place, sector, size and group, each with its base under it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from html import escape
from urllib.parse import urlencode

import panel as pn
import param

from workbench.cubes.selection import Selection
from workbench.study.finding import Finding
from workbench.study.survey_compare import SurveyComparison, in_words
from workbench.study.survey_opened import PublishedSurvey, RespondentSurvey, open_survey, survey_sources
from workbench.terms.dimensions import DIMENSIONS, dimension
from workbench.terms.errors import WorkbenchError
from workbench.terms.languages import language
from workbench.terms.survey_table import SurveyTable
from workbench.terms.text import _, capital, language_code, speaking, spoken
from workbench.views.choices import PARTS
from workbench.views.chooser import Chooser
from workbench.views.links import language_of
from workbench.views.notebook import libraries
from workbench.views.own_language import in_own_language
from workbench.views.picker import PanelPicker

FIRST = "esener_2019"
PICKERS = ("region", "sector", "demographics", "years")
"""The pickers of a survey: the explorer's own, those whose dimensions it has."""
LISTED = 8
"""So many questions are seen in the list at once."""
STYLE = """
:host { color: #1d2430; font: 14px/1.45 system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
h1 { font-size: 20px; margin: 0 0 4px; } h2 { font-size: 16px; margin: 0 0 2px; } p { margin: 0 0 4px; }
.muted { color: #5b6472; font-size: 12.5px; } ul { margin: 4px 0; padding-left: 18px; } li { font-size: 13px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } td, th { padding: 2px 10px 2px 0; }
div.wide { overflow-x: auto; }
"""
CARD = {
    "border": "1px solid #d5d9de",
    "border-radius": "6px",
    "padding": "12px",
    "background": "#fff",
    "overflow": "hidden",
}


class SurveyPage(pn.viewable.Viewer):
    """One question of a survey in linked views. All state is in the parameters: tests and links set them.

    `source` is the survey, `search` the words that its questions are looked through by, `question` and `answer` what is
    shown, `selection` of whom. `findings` is what each view shows: a Finding, or the reason why it steps aside.
    """

    source = param.String()
    search = param.String()
    question = param.String()
    answer = param.String()
    selection = param.ClassSelector(class_=Selection, default=Selection())
    findings = param.Dict(default={}, precedence=-1)

    def __init__(self, source: str | SurveyTable = FIRST, **params):
        open_survey(source)  # a name that does not exist is answered before anything is shown
        self.translations = spoken()
        self._given = {source.name: source} if isinstance(source, SurveyTable) else {}
        self._titles = {name: given.codebook.title for name, given in self._given.items()} | survey_sources()
        self.survey: PublishedSurvey | RespondentSurvey | None = None
        self.picker: PanelPicker | None = None
        self._opened, self._shown, self._settling = "", (), False
        self._choices, self._picker = _choices(), pn.Column(margin=0, sizing_mode="stretch_width")
        self._main = pn.Column(margin=0, sizing_mode="stretch_width")
        name = source.name if self._given else source
        super().__init__(source=name, **params)
        for chosen, widget in self._choices.items():
            widget.param.watch(lambda event, chosen=chosen: self._touched(chosen, event.new), "value")
        self._choices["search"].param.watch(lambda event: self._touched("search", event.new), "value_input")
        self._follow()

    def _touched(self, chosen: str, value: str | None) -> None:
        if value is not None and not self._settling:
            setattr(self, chosen, value)

    @param.depends("source", "search", "question", "answer", "selection", watch=True)
    @in_own_language
    def _follow(self) -> None:
        """Make what is chosen fit together: survey, then question, then answer; ask anew what has changed."""
        if self._settling:
            return
        self._settling = True
        try:
            if self.source != self._opened:
                self._open()
            questions = self.survey.questions()
            if self.question not in questions:
                self.question = next(iter(questions))
            answers = self.survey.answers(self.question)
            if self.answer not in answers:
                self.answer = next(iter(answers), "")
            self._show_choices(questions, answers)
        finally:
            self._settling = False
        if (shown := (self.source, self.question, self.answer, self.selection)) != self._shown:
            self._shown = shown
            views = {"total": (), **{name: (name,) for name in self.survey.groups}}
            self.findings = {view: self._finding_of(by) for view, by in views.items()}
            self._draw()

    def _open(self) -> None:
        """Open the survey, with the pickers of the dimensions that it has."""
        if self.source not in self._titles:
            self.source = self._opened or FIRST
        self.survey = open_survey(self._given.get(self.source, self.source))
        if self._opened:
            self.selection = Selection()
        self._opened = self.source
        cube = self.survey.choices
        parts = [part for part in PICKERS if set(PARTS[part]) & cube.axes]
        self.picker = PanelPicker(Chooser.of(cube, parts), selection=self.selection)
        self.picker.param.watch(lambda event: setattr(self, "selection", event.new), "selection")
        self._picker[:] = [self.picker]

    def _show_choices(self, questions: Mapping[str, str], answers: Mapping[str, str]) -> None:
        """List the questions that have all the words after the one that is shown, and its answers."""
        words = self.search.casefold().split()
        found = {
            f"{text} ({code})": code
            for code, text in questions.items()
            if code == self.question or all(word in f"{code} {text}".casefold() for word in words)
        }
        self._choices["source"].param.update(options={t: n for n, t in self._titles.items()}, value=self.source)
        self._choices["search"].value = self.search
        self._choices["question"].param.update(options=found, value=self.question)
        self._choices["answer"].param.update(
            options={label: code for code, label in answers.items()} or {_("a number"): ""}, value=self.answer
        )
        if self.picker.selection != self.selection:
            self.picker.selection = self.selection

    def _finding_of(self, by: tuple[str, ...]) -> Finding | str:
        try:
            found = self.survey.ask(self.question, self.answer, self.selection, by)
        except WorkbenchError as error:
            return str(error)
        text, label = self.survey.questions()[self.question], self.survey.answers(self.question).get(self.answer, "")
        return replace(found, title=_("{text} “{answer}”").format(text=text, answer=label) if label else text)

    # What is seen

    def _draw(self) -> None:
        cards = [self._card(name) for name in self.survey.groups]
        row = pn.FlexBox(*cards, flex_wrap="wrap", gap="12px", sizing_mode="stretch_width", margin=0)
        self._main[:] = [self._head(), row, *self._all_questions()]

    def _head(self) -> pn.pane.HTML:
        """Question, figure, base and what has to be known."""
        found, text = self.findings["total"], self.survey.questions()[self.question]
        parts = [f"<h1>{escape(text)}</h1>", f'<p class="muted">{escape(self.survey.title)}</p>']
        if isinstance(found, str):
            parts.append(f"<p>{escape(found)}</p>")
        else:
            parts.append(f"<p><strong>{escape(found.summary)}</strong></p>")
            parts.extend(f"<p>{escape(test)}</p>" for test in self._tests())
            notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
            heading, source = _("Notes and limits"), _("Source: {source}").format(source=found.attribution)
            parts.append(f"<details><summary>{escape(heading)}</summary><ul>{notes}</ul></details>")
            parts.append(f'<p class="muted">{escape(source)}</p>')
        return pn.pane.HTML("".join(parts), stylesheets=[STYLE], sizing_mode="stretch_width", margin=(0, 0, 12, 0))

    def _tests(self) -> list[str]:
        """What tests say of the groups: of each view, and of the gradient with size."""
        found = [self.findings[name] for name in self.survey.groups]
        compared = [one for one in found if isinstance(one, Finding) and isinstance(one.model, SurveyComparison)]
        tests = [
            f"{capital(dimension(one.by[0]).label)}: {words}"
            for one in compared
            for words in in_words(one.model, one.frame[one.by[0]].astype(str).tolist(), percent=bool(one.percent))
        ]
        try:
            rise = self.survey.tested(self.question, self.answer)
        except WorkbenchError:
            rise = None
        return [*tests, *([rise.summary, *rise.notes[:2]] if rise is not None else [])]

    def _card(self, name: str) -> pn.Column:
        """One view: a chart, or why there is none; the base stands under the chart."""
        found = self.findings[name]
        title = pn.pane.HTML(f"<h2>{escape(capital(DIMENSIONS[name].label))}</h2>", stylesheets=[STYLE], margin=0)
        body = self._picture(found)
        wide = {**CARD, "flex": "1 1 420px", "min-width": "min(100%, 320px)", "box-sizing": "border-box"}
        return pn.Column(title, *body, styles=wide, margin=0)

    def _picture(self, found: Finding | str) -> list:
        if isinstance(found, str):
            return [_text(found)]
        if found.frame["value"].isna().all():
            return [_text(_("No figure can be shown: too few were asked, or none is published."))]
        base = _("Base: {base}").format(base=self.survey.base(self.question))
        table = pn.pane.HTML(f'<div class="wide">{found.html_table()}</div>', stylesheets=[STYLE], margin=0)
        rows = pn.Card(table, title=_("Table"), collapsed=True, sizing_mode="stretch_width", margin=(6, 0, 0, 0))
        return [pn.pane.Bokeh(found.chart(), sizing_mode="stretch_width", margin=0), _text(base), rows]

    def _all_questions(self) -> list:
        """All questions by size as small multiples, made when they are asked for."""
        if not isinstance(self.survey, PublishedSurvey) or "size" not in self.survey.groups:
            return []
        button = pn.widgets.Button(label=_("All questions, by size of the enterprise"), margin=(12, 0))
        place = pn.Column(margin=0, sizing_mode="stretch_width")

        def show(_event) -> None:
            with speaking(self.translations):
                found = self.survey.overview()
            notes = "".join(f"<li>{escape(note)}</li>" for note in found.notes)
            about = pn.pane.HTML(f"<p>{escape(found.summary)}</p><ul>{notes}</ul>", stylesheets=[STYLE], margin=0)
            place[:] = [about, pn.pane.Bokeh(found.chart(), sizing_mode="stretch_width")]

        button.on_click(show)
        return [button, place]

    def __panel__(self) -> pn.FlexBox:
        left = pn.Column(
            *self._choices.values(),
            self._picker,
            styles={"flex": "1 1 260px", "max-width": "460px", "min-width": "0"},
            margin=0,
        )
        main = pn.Column(self._main, styles={"flex": "3 1 320px", "min-width": "0"}, margin=0)
        styles = {"padding": "16px", "box-sizing": "border-box"}
        options = {"flex_wrap": "wrap", "gap": "20px", "align_items": "flex-start", "sizing_mode": "stretch_width"}
        return pn.FlexBox(left, main, styles=styles, margin=0, **options)

    def _repr_mimebundle_(self, include=None, exclude=None):
        libraries()
        return super()._repr_mimebundle_(include, exclude)


def _choices() -> dict[str, pn.widgets.Widget]:
    """The fields above the pickers."""
    made = {
        "source": pn.widgets.Select(label=_("Survey")),
        "search": pn.widgets.TextInput(label=_("Find a question"), placeholder=_("Words, in any order")),
        "question": pn.widgets.Select(label=_("Question"), size=LISTED),
        "answer": pn.widgets.Select(label=_("Answer")),
    }
    for widget in made.values():
        widget.param.update(sizing_mode="stretch_width", margin=(0, 0, 10, 0))
    return made


def _text(words: str) -> pn.pane.HTML:
    return pn.pane.HTML(f'<p class="muted">{escape(words)}</p>', stylesheets=[STYLE], margin=0)


def served_survey() -> SurveyPage:
    """The page of surveys as a server shows it: its address says survey, question, answer and selection."""
    query = {name: values[-1].decode(errors="replace") for name, values in pn.state.session_args.items()}
    source = query.get("source", "")
    lang = language_of(query, language_code())
    with speaking(language(lang)):
        page = SurveyPage(source if source in survey_sources() else FIRST)
    with suppress(WorkbenchError):
        chosen = {name: query[name] for name in ("question", "answer") if name in query}
        page.param.update(**chosen, selection=Selection.from_query(query.get("q", "")))

    def write(*_events) -> None:
        shown = {"source": page.source, "question": page.question, "answer": page.answer}
        query = {"q": page.selection.to_query()} if page.selection != Selection() else {}
        query |= {"lang": lang} if lang != "en" else {}
        if pn.state.location is not None:
            pn.state.location.search = f"?{urlencode(shown | query)}"

    page.param.watch(write, ["source", "question", "answer", "selection"])
    return page


def survey_page(source: str | SurveyTable = FIRST) -> SurveyPage:
    """A survey to look through: find a question by its words, see its answer by country, sector, size and group.

    Parameters
    ----------
    source : name of a survey, such as "esener_2019" or "workers_made_up"; or what `wb.survey_table` gives

    Returns
    -------
    SurveyPage
        Shown as the last line of a cell; `.servable()` in a page.

    Raises
    ------
    UnknownName
        For another name.
    """
    return SurveyPage(source)

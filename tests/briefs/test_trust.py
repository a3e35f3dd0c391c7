"""What a notebook from a stranger may not do, and the parameters of a notebook."""

import nbformat
import pytest

import workbench as wb
from workbench.briefs.parameters import chosen, defaults, injected
from workbench.briefs.trust import beyond, check
from workbench.terms.errors import Refused, UnknownName
from workbench.terms.places import bundled


def notebook(*sources: str, tags=()):
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    if tags:
        cells[0].metadata["tags"] = list(tags)
    return nbformat.v4.new_notebook(cells=cells)


REACHING = [
    "!rm -rf ~",
    "files = !ls",
    "%%bash\nrm -rf ~",
    "%sx ls",
    "%run other.py",
    "?wb",
    "import os\nos.system('ls')",
    "import subprocess",
    "from os import path",
    "from . import secret",
    "import workbench as wb\nwb.sys.exit()",
    "from pandas.io.common import os",
    "import pandas as pd\npd.io.common.os.system('ls')",
    "open('/etc/passwd')",
    "eval('1')",
    "exec(code)",
    "__import__('os')",
    "getattr(wb, 'x')",
    "().__class__.__bases__",
    "get_ipython().system('ls')",
    "pd.read_csv('http://x.example')",
    "pd.read_pickle('x')",
    "frame.to_csv('x')",
    "np.load('x', allow_pickle=True)",
    "wb.forget('mine')",
    "this is no python",
]


@pytest.mark.parametrize("source", REACHING)
def test_a_cell_that_reaches_beyond_the_workbench_is_found(source):
    assert beyond(source)


@pytest.mark.parametrize(
    "source",
    [
        "import workbench as wb\nimport pandas as pd\nfound = wb.rates('x', by=['nuts2'])\nfound.chart()",
        "from IPython.display import Markdown\nMarkdown(f'{wb.__version__}')",
        "%matplotlib inline\nfound.frame.assign(share=lambda rows: rows['count'] / rows['count'].sum())",
    ],
)
def test_a_cell_that_asks_and_reckons_may_run(source):
    assert beyond(source) == []


def test_a_strangers_notebook_is_refused_and_told_what_trust_means(tmp_path):
    path = tmp_path / "strange.ipynb"
    nbformat.write(notebook("1 + 1", "!rm -rf ~"), path)
    with pytest.raises(Refused) as refused:
        wb.brief(path, out=tmp_path / "out.html")
    assert "cell 2: !rm -rf ~" in str(refused.value)
    assert "--trust" in str(refused.value) and "all that you may do" in str(refused.value)
    assert not (tmp_path / "out.html").exists()


def test_what_comes_with_the_workbench_asks_and_reckons():
    for path in sorted((bundled("notebooks") / "briefs").glob("*.ipynb")):
        check(nbformat.read(path, as_version=4))


def test_parameters_are_those_of_the_cell_with_that_tag():
    assert defaults(notebook("region = 'BE'\nyear = 2023", tags=["parameters"])) == {"region": "BE", "year": 2023}
    assert defaults(notebook("region = 'BE'")) == {}


def test_a_parameter_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(
        UnknownName, match=r"'regoin' is not a known parameter of this notebook.* There are: region, yea"
    ):
        chosen({"region": "BE", "year": 2023}, {"regoin": "ES"})


def test_text_is_read_as_what_the_notebook_has_there():
    known = {"region": "BE", "year": 2023, "level": 0.95, "map": True, "codes": ["F"], "other": None}
    given = {"region": "12", "year": "2020", "level": "0.9", "map": "false", "codes": "['C']", "other": ""}
    expected = {"region": "12", "year": 2020, "level": 0.9, "map": False, "codes": ["C"], "other": None}
    assert chosen(known, given) == expected


def test_a_text_that_is_no_number_where_the_notebook_has_one_is_refused():
    with pytest.raises(Refused, match="year is written as in the notebook, where it is 2023; 'soon' is not"):
        chosen({"year": 2023}, {"year": "soon"})


def test_given_values_follow_the_cell_of_parameters_once():
    made = injected(injected(notebook("year = 2023", "1", tags=["parameters"]), {"year": 2020}), {"year": 2021})
    assert [cell.source for cell in made.cells] == ["year = 2023", "year = 2021", "1"]


def test_a_cell_of_parameters_with_more_than_values_is_refused():
    with pytest.raises(Refused, match="more than plain values"):
        defaults(notebook("year = 2000 + 23", tags=["parameters"]))


@pytest.mark.parametrize("name", ["countyr", "none.ipynb"])
def test_a_notebook_that_there_is_not_is_answered_with_those_that_come_along(name):
    with pytest.raises(
        UnknownName, match="common_view, country, groups_at_risk, inspection_focus, region, sector, trend"
    ):
        wb.brief(name)


def test_a_form_that_there_is_not_is_answered_with_those_there_are():
    with pytest.raises(UnknownName, match="There are: html, pdf, ipynb"):
        wb.brief("trend", to="docx")

import json

import pytest
import rdflib

import workbench as wb
from workbench.sources.dcat import dcat_ap

# rdflib 7's own reader of JSON-LD goes through a class that it has deprecated
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
DCT = rdflib.Namespace("http://purl.org/dc/terms/")


@pytest.fixture(scope="module")
def graph():
    """The catalogue as another program reads it; nothing is fetched, for the context stands inside."""
    book = wb.catalog()
    text = json.dumps(dcat_ap(book[name] for name in book))
    return rdflib.Graph().parse(data=text, format="json-ld", publicID="https://example.org/")


def test_every_data_set_has_what_dcat_ap_makes_mandatory(graph):
    (whole,) = graph.subjects(rdflib.RDF.type, DCAT.Catalog)
    assert all(graph.value(whole, name) for name in (DCT.title, DCT.description, DCT.publisher))
    listed = set(graph.objects(whole, DCAT.dataset))
    assert len(listed) == len(wb.catalog())
    for one in listed:
        assert (one, rdflib.RDF.type, DCAT.Dataset) in graph
        assert graph.value(one, DCT.title) and graph.value(one, DCT.description)
    for one in graph.subjects(rdflib.RDF.type, DCAT.Distribution):
        assert isinstance(graph.value(one, DCAT.accessURL), rdflib.URIRef)
        assert graph.value(one, DCT.license)


def test_years_access_and_page_are_those_of_the_entry(graph):
    one, closed = rdflib.URIRef("https://example.org/#hsw_n2_01"), rdflib.URIRef("https://example.org/#ewcs_2015")
    years = graph.value(one, DCT.temporal)
    assert str(graph.value(years, DCAT.startDate)) == "2008-01-01"
    assert graph.value(years, DCAT.endDate).datatype == rdflib.XSD.date
    assert str(graph.value(one, DCT.accessRights)).endswith("/PUBLIC")
    assert str(graph.value(closed, DCT.accessRights)).endswith("/RESTRICTED")
    assert str(graph.value(one, DCAT.landingPage)) == wb.catalog()["hsw_n2_01"].url


def test_what_the_workbench_generates_has_no_address(graph):
    twin = rdflib.URIRef("https://example.org/#esaw_synthetic")
    assert graph.value(twin, DCAT.distribution) is None
    assert "synthetic" in {str(word) for word in graph.objects(twin, DCAT.keyword)}

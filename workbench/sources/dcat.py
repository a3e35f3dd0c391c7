"""The catalogue as DCAT-AP, the vocabulary in which European data portals exchange descriptions of data."""

from collections.abc import Iterable

from workbench.sources.dataset import Dataset
from workbench.terms.text import _

CONTEXT = {
    "dcat": "http://www.w3.org/ns/dcat#",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
ACCESS = "http://publications.europa.eu/resource/authority/access-right/"
"""The Publications Office's list of access rights, as DCAT-AP 3 asks for."""


def dcat_ap(datasets: Iterable[Dataset]) -> dict:
    """A `dcat:Catalog` of the data sets as JSON-LD (DCAT-AP 3, classes Catalogue, Dataset, Distribution).

    Parameters
    ----------
    datasets : entries of the catalogue

    Notes
    -----
    Names of data sets are relative addresses (`#inail_records`): the catalogue lies in a folder, not at a web address.
    A publisher's page is the access address of the one distribution; what the workbench generates has none.
    """
    content = _(
        "Accident registers, people at risk, surveys, wearable recordings and maps that the workbench can read."
    )
    return {
        "@context": CONTEXT,
        "@id": "#catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _("OSH Workbench: data on occupational safety and health"),
        "dct:description": content,
        "dct:publisher": _agent("OSH Workbench"),
        "dcat:dataset": [_dataset(d) for d in datasets],
    }


def _dataset(d: Dataset) -> dict:
    found = {
        "@id": f"#{d.name}",
        "@type": "dcat:Dataset",
        "dct:identifier": d.name,
        "dct:title": d.title,
        "dct:description": d.description,
        "dct:publisher": _agent(d.publisher),
        "dct:spatial": {"@type": "dct:Location", "rdfs:label": d.spatial},
        "dct:accessRights": {"@id": ACCESS + ("PUBLIC" if d.access == "open" else "RESTRICTED")},
        "dct:provenance": {"@type": "dct:ProvenanceStatement", "rdfs:label": d.release} if d.release else None,
        "dcat:keyword": [d.kind, d.source_kind, *d.dimensions],
        "dcat:version": d.release or None,
    }
    if d.temporal:
        first, last = d.temporal
        found["dct:temporal"] = {
            "@type": "dct:PeriodOfTime",
            "dcat:startDate": _day(f"{first}-01-01"),
            "dcat:endDate": _day(f"{last}-12-31"),
        }
    if d.url:
        found["dcat:landingPage"] = {"@id": d.url}
        found["dcat:distribution"] = {
            "@type": "dcat:Distribution",
            "dcat:accessURL": {"@id": d.url},
            "dct:license": {"@type": "dct:LicenseDocument", "rdfs:label": d.licence},
            "dct:rights": {"@type": "dct:RightsStatement", "rdfs:label": d.attribution},
        }
    return {key: value for key, value in found.items() if value}


def _agent(name: str) -> dict:
    return {"@type": "foaf:Agent", "foaf:name": name}


def _day(date: str) -> dict:
    return {"@type": "xsd:date", "@value": date}

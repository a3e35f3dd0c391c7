"""Imitations of INAIL's accident records in its three layouts; invented persons, cases and employers."""

import json

import pytest

from workbench.terms.tables import Report

CLAIM = {
    "DataRilevazione": "30/04/2024",
    "DataProtocollo": "21/07/2021",
    "DataAccadimento": "19/07/2021",
    "DataDefinizione": "30/08/2021",
    "DataMorte": "",
    "LuogoAccadimento": "058",
    "IdentificativoInfortunato": "77000001",
    "Genere": "F",
    "Eta": "55",
    "LuogoNascita": "ITAL",
    "ModalitaAccadimento": "N",
    "ConSenzaMezzoTrasporto": "N",
    "IdentificativoCaso": "88000001",
    "DefinizioneAmministrativa": "P",
    "DefinizioneAmministrativaEsitoMortale": "ND",
    "Indennizzo": "TE",
    "DecisioneIstruttoriaEsitoMortale": "ND",
    "GradoMenomazione": "-1",
    "GiorniIndennizzati": "43",
    "IdentificativoDatoreLavoro": "9900001",
    "PosizioneAssicurativaTerritoriale": "6600001",
    "SettoreAttivitaEconomica": "N 81",
    "Gestione": "I",
    "GestioneTariffaria": "3",
    "GrandeGruppoTariffario": "0",
}
IDENTIFIERS = ("77000001", "88000001", "9900001", "6600001")


class Inail:
    """Writes claims as INAIL would: `claim(Eta="3")` is the standard one with another age."""

    identifiers = IDENTIFIERS

    @staticmethod
    def claim(**changed) -> dict:
        return {**CLAIM, **changed}

    @staticmethod
    def xml(claims) -> bytes:
        one = "DatiConCadenzaSemestraleInfortunio"
        records = ("".join(f"<{name}>{text or ''}</{name}>" for name, text in claim.items()) for claim in claims)
        body = "\n".join(f"<{one}>{record}</{one}>" for record in records)
        root = "DatiConCadenzaSemestraleInfortuniLazio"
        return f"<?xml version='1.0' encoding='UTF-8'?><{root}>\n{body}\n</{root}>".encode()

    @staticmethod
    def csv(claims) -> bytes:
        rows = [";".join(claims[0]), *(";".join(str(text or "") for text in claim.values()) for claim in claims)]
        return ("\n".join(rows) + "\n").encode()

    @staticmethod
    def json(claims) -> bytes:
        return b'<?xml version="1.0" encoding="UTF-8"?>' + json.dumps({"DatiInfortuni": list(claims)}).encode()


@pytest.fixture(scope="session")
def inail() -> type[Inail]:
    return Inail


@pytest.fixture
def report() -> Report:
    return Report()

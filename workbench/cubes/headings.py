"""Which dimension or measure the heading of a column means, in the languages that sheets come in."""

import re
import unicodedata

from workbench.terms.labels import letters

_HEADINGS = {
    "nuts": "nuts nuts0 nuts1 nuts2 nuts3 geo region regione regiao regio nutscode nutsregion regioncode regionecode",
    "nace": "nace nace1 nace2 nacer2 sector sektor settore secteur branche wirtschaftszweig branch ateco naf cnae sbi",
    "isco": "isco isco1 isco2 isco08 occupation beruf profession professione ocupacion beroep",
    "sex": "sex gender geschlecht sexe genre sesso genere sexo genero geslacht",
    "age_group": "age agegroup alter altersgruppe tranchedage eta fasciadieta classedieta edad grupodeedad leeftijd "
    "leeftijdsgroep",
    "year": "year jahr annee anno ano jaar timeperiod time",
    "date": "date datum data fecha dateofaccident accidentdate unfalldatum datedelaccident dataevento datainfortunio "
    "fechadelaccidente datumongeval",
    "month": "month monat mois mese mes maand",
    "severity": "severity schwere unfallschwere gravite gravita gravedad ernst",
    "weekday": "weekday wochentag jourdelasemaine giornodellasettimana diadelasemana weekdag",
    "case": "case casenumber caseno caseid fallnummer aktenzeichen numerodedossier numerocaso numerodecaso zaaknummer",
    "accidents": "accidents accident_count numberofaccidents unfaelle unfalle anzahl anzahlunfaelle anzahlunfalle "
    "nombredaccidents accidentsdutravail infortuni numeroinfortuni accidentes numerodeaccidentes ongevallen "
    "aantalongevallen obsvalue count",
    "weight": "weight gewicht poids peso",
    "employed": "employed employees workers headcount persons beschaeftigte beschaftigte mitarbeiter personen effectif "
    "effectifs salaries addetti occupati lavoratori trabajadores ocupados werknemers werkzamen",
    "fte": "fte fulltimeequivalents vollzeitaquivalente vollzeitaequivalente vzae vza equivalentstempsplein etp ula",
    "hours": "hours hoursworked stunden arbeitsstunden heures heurestravaillees ore orelavorate horas horastrabajadas "
    "uren gewerkteuren",
    "flag": "flag obsflag",
}
MEANING = {heading.replace("_", ""): meaning for meaning, words in _HEADINGS.items() for heading in words.split()}
"""What a heading means, by its letters and digits: English, German, French, Italian, Spanish, Dutch, Eurostat's."""

PEOPLE = ("employed", "fte", "hours")
"""Measures that accidents are divided by."""
MEASURES = ("accidents", "weight", *PEOPLE)
"""What a column of numbers can be."""


def meaning(heading: object) -> str:
    """What a heading means, "" where that is not sure."""
    return MEANING.get(letters(heading), "")


def as_name(heading: object) -> str:
    """A heading as the name of a dimension: "Ort & Schicht" is `ort_schicht`."""
    plain = unicodedata.normalize("NFKD", str(heading).casefold())
    words = re.findall(r"[a-z0-9]+", "".join(c for c in plain if not unicodedata.combining(c)))
    return "_".join(words)

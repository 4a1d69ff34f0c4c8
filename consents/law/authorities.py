"""The authorities that hear complaints about us, and how to reach them (GDPR Art 77; Art 12(4)). Pure."""

from dataclasses import dataclass

from consents.core import countries
from consents.law.kinds import Regime

HTTPS = "https://"


@dataclass(frozen=True)
class Authority:
    """An authority that hears complaints.

    `site` is its web address without the scheme, `country` is empty where the name already says it, `reach` is its
    postal address and telephone number.
    """

    name: str
    site: str = ""
    country: str = ""
    reach: str = ""

    @property
    def title(self) -> str:
        """Add the country in the reader's language to the name, which is in the country's own."""
        return f"{self.name} ({countries.get_country_name(self.country)})" if self.country else self.name

    @property
    def url(self) -> str:
        return f"{HTTPS}{self.site}" if self.site else ""

    @property
    def in_words(self) -> str:
        """Join everything on one line, for an email or to be read out."""
        return ", ".join(part for part in (self.title, self.reach, self.url) if part)


# One for each country, by the name it gives itself; where that is not written in Latin letters, by its English one.
# In Germany the authority of the Land where a company sits is competent for it; the federal commissioner, named here,
# has to pass a complaint on to it (BDSG § 19(2)). A company there names its own (PORTAL_AUTHORITY).
NATIONAL = {
    country: Authority(name, site, country)
    for country, name, site in [
        ("AT", "Österreichische Datenschutzbehörde", "www.dsb.gv.at"),
        (
            "BE",
            "Autorité de protection des données – Gegevensbeschermingsautoriteit",
            "www.autoriteprotectiondonnees.be",
        ),
        ("BG", "Commission for Personal Data Protection", "www.cpdp.bg"),
        ("CY", "Office of the Commissioner for Personal Data Protection", "www.dataprotection.gov.cy"),
        ("CZ", "Úřad pro ochranu osobních údajů", "uoou.gov.cz"),
        ("DE", "Bundesbeauftragte für den Datenschutz und die Informationsfreiheit", "www.bfdi.bund.de"),
        ("DK", "Datatilsynet", "www.datatilsynet.dk"),
        ("EE", "Andmekaitse Inspektsioon", "www.aki.ee"),
        ("ES", "Agencia Española de Protección de Datos", "www.aepd.es"),
        ("FI", "Tietosuojavaltuutetun toimisto", "tietosuoja.fi"),
        ("FR", "Commission nationale de l’informatique et des libertés", "www.cnil.fr"),
        ("GR", "Hellenic Data Protection Authority", "www.dpa.gr"),
        ("HR", "Agencija za zaštitu osobnih podataka", "azop.hr"),
        ("HU", "Nemzeti Adatvédelmi és Információszabadság Hatóság", "www.naih.hu"),
        ("IE", "Data Protection Commission", "www.dataprotection.ie"),
        ("IS", "Persónuvernd", "www.personuvernd.is"),
        ("IT", "Garante per la protezione dei dati personali", "www.garanteprivacy.it"),
        ("LI", "Datenschutzstelle", "www.datenschutzstelle.li"),
        ("LT", "Valstybinė duomenų apsaugos inspekcija", "vdai.lrv.lt"),
        ("LU", "Commission nationale pour la protection des données", "cnpd.public.lu"),
        ("LV", "Datu valsts inspekcija", "www.dvi.gov.lv"),
        ("MT", "Office of the Information and Data Protection Commissioner", "idpc.org.mt"),
        ("NL", "Autoriteit Persoonsgegevens", "autoriteitpersoonsgegevens.nl"),
        ("NO", "Datatilsynet", "www.datatilsynet.no"),
        ("PL", "Urząd Ochrony Danych Osobowych", "uodo.gov.pl"),
        ("PT", "Comissão Nacional de Proteção de Dados", "www.cnpd.pt"),
        (
            "RO",
            "Autoritatea Națională de Supraveghere a Prelucrării Datelor cu Caracter Personal",
            "www.dataprotection.ro",
        ),
        ("SE", "Integritetsskyddsmyndigheten", "www.imy.se"),
        ("SI", "Informacijski pooblaščenec", "www.ip-rs.si"),
        ("SK", "Úrad na ochranu osobných údajov", "dataprotection.gov.sk"),
    ]
} | {
    "GB": Authority(
        "Information Commissioner’s Office",
        "ico.org.uk",
        "GB",
        "Wycliffe House, Water Lane, Wilmslow, Cheshire SK9\u00a05AF, 0303\u00a0123\u00a01113",
    )
}
CALIFORNIAN = (
    Authority("California Privacy Protection Agency", "cppa.ca.gov"),
    Authority("Attorney General of California", "oag.ca.gov"),
)


def find_authorities(regime: Regime, jurisdiction: str, *, home: str, ours: str = "") -> tuple[Authority, ...]:
    """Find the authority where the person lives, else where the company is; none where neither is known here.

    `jurisdiction`: ISO 3166, with or without its part. `ours`: what the company says of the authority of its own
    country `home`, which beats the table.
    """
    if regime == Regime.CCPA:
        return CALIFORNIAN
    authorities = NATIONAL | ({home: parse_authority(ours)} if ours else {})
    return next(((authorities[country],) for country in (jurisdiction[:2], home) if country in authorities), ())


def parse_authority(words: str) -> Authority:
    """Read one line: name, postal address, telephone and, last and optional, the web address."""
    name, _scheme, site = words.partition(HTTPS)
    return Authority(name.strip().rstrip(",;").rstrip(), site.strip())

"""The terms of the Data Privacy Vocabulary (DPV) 2.3 that the catalogue uses, each looked up in that release.

`dpv:` is https://w3id.org/dpv#, `pd:` https://w3id.org/dpv/pd#. Receipts and exports name these terms as they stand.
"""

# Kinds of personal data, broadest first.
PERSONAL_DATA = [
    "pd:Contact",
    "pd:Name",
    "pd:EmailAddress",
    "pd:TelephoneNumber",
    "pd:PhysicalAddress",
    "pd:BirthDate",
    "pd:OfficialID",
    "pd:Communication",
    "pd:Financial",
    "pd:BankAccount",
    "pd:PaymentCard",
    "pd:CreditScore",
    "pd:Transactional",
    "pd:PurchasesAndSpendingHabit",
    "pd:Preference",
    "pd:Profile",
    "pd:Social",
    "pd:Household",
    "pd:Historical",
    "pd:Internal",
    "pd:External",
    "pd:Tracking",
    "pd:Location",
    "pd:IPAddress",
    "pd:MedicalHealth",
]
# Special categories under GDPR Art 9: what DPV puts under dpv:SpecialCategoryPersonalData.
SPECIAL = {"pd:MedicalHealth"}

PURPOSES = [
    "dpv:AccountManagement",
    "dpv:Advertising",
    "dpv:CommercialPurpose",
    "dpv:CommunicationForCustomerCare",
    "dpv:CommunicationManagement",
    "dpv:CustomerCare",
    "dpv:CustomerManagement",
    "dpv:DirectMarketing",
    "dpv:EnforceSecurity",
    "dpv:EstablishContractualAgreement",
    "dpv:FraudPreventionAndDetection",
    "dpv:FulfilmentOfObligation",
    "dpv:HumanResourceManagement",
    "dpv:IdentityVerification",
    "dpv:LegalCompliance",
    "dpv:Marketing",
    "dpv:NonCommercialPurpose",
    "dpv:OrganisationGovernance",
    "dpv:PaymentManagement",
    "dpv:Personalisation",
    "dpv:PersonalisedAdvertising",
    "dpv:PublicBenefit",
    "dpv:RecordManagement",
    "dpv:ResearchAndDevelopment",
    "dpv:SellDataToThirdParties",
    "dpv:ServiceManagement",
    "dpv:ServicePersonalisation",
    "dpv:ServiceProvision",
    "dpv:TargetedAdvertising",
    "dpv:VendorManagement",
]

# What GDPR Art 21(3) calls direct marketing: an objection to it is never weighed.
MARKETING = {
    "dpv:Advertising",
    "dpv:DirectMarketing",
    "dpv:Marketing",
    "dpv:PersonalisedAdvertising",
    "dpv:TargetedAdvertising",
}


def name(term: str) -> str:
    """The term as people read it: "pd:EmailAddress" is "Email address"."""
    local = term.partition(":")[2]
    spaced = "".join(f" {letter}" if letter.isupper() else letter for letter in local).strip()
    return spaced.capitalize() if spaced.replace(" ", "") != spaced.upper() else local


def choices(terms: list[str]) -> list[tuple[str, str]]:
    return [(term, f"{name(term)} ({term})") for term in terms]

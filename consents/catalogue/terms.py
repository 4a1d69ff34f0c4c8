"""The terms of the Data Privacy Vocabulary (DPV) 2.3 that the catalogue uses, each looked up in that release.

`dpv:` is https://w3id.org/dpv#, `pd:` https://w3id.org/dpv/pd#. Receipts and exports name these terms as they stand.
"""

import re

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


def format_term(term: str) -> str:
    """Format the term as people read it: "pd:EmailAddress" is "Email address", "pd:OfficialID" is "Official ID"."""
    first, *others = re.findall("[A-Z]+(?![a-z])|[A-Z][a-z]*|[^A-Z]+", term.partition(":")[2])
    return " ".join([first, *(word if len(word) > 1 and word.isupper() else word.lower() for word in others)])


def list_term_choices(terms: list[str]) -> list[tuple[str, str]]:
    return [(term, f"{format_term(term)} ({term})") for term in terms]

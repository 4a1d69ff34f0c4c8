"""What Harbour & Pine may ask for and why: `catalogue.yaml`, drafted by one officer, published by another."""

from pathlib import Path

from consents.catalogue import services
from consents.catalogue.exchange.importing import take
from consents.catalogue.exchange.parsing import parse
from consents.catalogue.models import Category, PurposeVersion
from consents.ledger.rules import PORTAL
from consents.people.models import StaffMember

FILE = Path(__file__).with_name("catalogue.yaml")


def publish_all(writer: StaffMember, officer: StaffMember) -> None:
    take(parse(FILE.read_text(encoding="utf-8")), writer.user, PORTAL)
    for category in Category.objects.all():
        services.publish_category(category=category, by=PORTAL)
    for version in PurposeVersion.objects.order_by("purpose__code"):
        services.publish(version=version, officer=officer.user, by=PORTAL)

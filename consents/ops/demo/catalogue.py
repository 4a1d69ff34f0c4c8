"""Publish the demo's catalogue, `catalogue.yaml`: drafted by one officer, published by another."""

from pathlib import Path

from consents.catalogue.exchange.importing import import_catalogue
from consents.catalogue.exchange.parsing import parse_catalogue
from consents.catalogue.models import Category, PurposeVersion
from consents.catalogue.services import categories, publishing
from consents.ops.demo.accounts import by_staff
from consents.people.models import StaffMember

FILE = Path(__file__).with_name("catalogue.yaml")


def publish_catalogue(writer: StaffMember, officer: StaffMember) -> None:
    import_catalogue(parse_catalogue(FILE.read_text(encoding="utf-8")), writer.user, by_staff(writer))
    for category in Category.objects.all():
        categories.publish_category(category=category, by=by_staff(officer))
    for version in PurposeVersion.objects.order_by("purpose__code"):
        publishing.publish_version(version=version, officer=officer.user, by=by_staff(officer))

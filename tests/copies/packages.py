"""The package of a customer's data: granted, made, taken."""

from django.db import connection

from consents.copies.models import Download
from consents.copies.services import packages
from consents.law.kinds import Type
from consents.rights.models import RightsRequest
from tests.world.rights_requests import answer, file, search

PAGE, DATA = Download.Part.PAGE, Download.Part.DATA


def granted(world, type: Type = Type.ACCESS, person=None, **terms) -> RightsRequest:
    request = file(person or world.ada, type, **terms)
    search(world, request)
    return answer(world, request)


def taken(world, request, part=DATA, person=None) -> bytes:
    person = person or world.ada
    mine = {"acting": person.acting, "by": person.actor}
    return b"".join(packages.download_package(rights_request=request.pk, part=part, **mine))


def jobs() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args->>'rights_request' FROM procrastinate_jobs WHERE task_name LIKE '%make_package'")
        return [name for (name,) in cursor.fetchall()]


TELL = "SELECT portal.append_entry(%s, %s, %s, %s, 'rights_request', %s, '', 'portal', NULL, %s, %s)"

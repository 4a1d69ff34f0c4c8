"""Files that an officer adds to the copy of a request that was searched."""

from consents.copies.models import AddedFile
from consents.copies.rules import LeftOut
from consents.copies.services import files
from consents.copies.services.files import NewFile
from consents.law.kinds import Type
from tests.world.rights_requests import by_staff, file, search

NOTE = NewFile("note.txt", b"Called twice about the lamp.")


def searched(world, person=None):
    request = file(person or world.ada, Type.ACCESS)
    search(world, request)
    return request


def add(world, request, new_file=NOTE, left_out=LeftOut.NOTHING, words="", officer=None, **terms) -> AddedFile:
    officer = officer or world.pia
    given = {"system": "The shop", "left_out": left_out, "words": words, "new_file": new_file} | terms
    return files.add_file(rights_request=request.pk, officer=officer, by=by_staff(officer), **given)

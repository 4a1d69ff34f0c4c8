"""Prepare a call of every act of `consents/copies`."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from consents.copies.rules import LeftOut
from consents.copies.services import codes, collection, files, packages
from consents.copies.services.files import NewFile
from consents.core import clock
from consents.ledger.rules import PORTAL, Actor
from consents.people.services import customer_records
from tests.faults.acts.beginnings import granted, member, on_right
from tests.faults.acts.registry import Call, act
from tests.world import rights_requests as requests


@act(packages.make_package, after=granted)
def make_package(world, **_) -> Call:
    request = world.made.pk
    return lambda: packages.make_package(rights_request=request, by=PORTAL)


@act(packages.store_package, after=granted)
def store_package(world, **_) -> Call:
    request = world.made.pk
    return lambda: packages.store_package(
        rights_request=request, page="page", data="{}", by=PORTAL, began_at=clock.now()
    )


@act(packages.request_new_package, after=granted)
def ask_again(world, **_) -> Call:
    mine = {"rights_request": world.made.pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: packages.request_new_package(**mine)


@act(packages.download_package, after=granted)
def take_package(world, **_) -> Call:
    request = world.made.pk
    packages.make_package(rights_request=request)
    mine = {"rights_request": request, "part": "all", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: packages.download_package(**mine)


@act(packages.remove_package, after=granted)
def remove_package(world, later, **_) -> Call:
    package = packages.make_package(rights_request=world.made.pk).pk
    later(timedelta(days=15))
    return lambda: packages.remove_package(package=package, by=PORTAL)


def to_collect(world, email: str = ""):
    """Of somebody on file who never signed in, answered by Pia."""
    customer = customer_records.open_customer_record(reference="C-7001", email=email, by=PORTAL)
    request = requests.type_in(world, customer=customer)
    requests.confirm(world, request)
    requests.search(world, request)
    requests.answer(world, request)
    packages.make_package(rights_request=request.pk)
    return request


def handed_out(world, request) -> str:
    return codes.hand_out_code(**on_right(request, member(world.otto)), token=uuid4())


@act(codes.send_code)
def send_code(world, **_) -> Call:
    request = to_collect(world, "eve@example.com")
    return lambda: codes.send_code(**on_right(request, member(world.otto)))


@act(codes.hand_out_code, after=to_collect)
def hand_out_code(world, **_) -> Call:
    request, token = world.made, uuid4()
    return lambda: codes.hand_out_code(**on_right(request, member(world.otto)), token=token)


@act(codes.stop_code, after=to_collect)
def stop_code(world, **_) -> Call:
    request = world.made
    handed_out(world, request)
    return lambda: codes.stop_code(**on_right(request, member(world.otto)))


@act(collection.enter_code, after=to_collect)
def unlock(world, **_) -> Call:
    request = world.made
    code = handed_out(world, request)
    return lambda: collection.enter_code(rights_request=request.pk, code=code, by=Actor("visitor"))


@act(collection.collect_package, after=to_collect)
def collect(world, **_) -> Call:
    request = world.made
    code = collection.enter_code(rights_request=request.pk, code=handed_out(world, request), by=Actor("visitor"))
    return lambda: collection.collect_package(code=code.pk, part="data", by=Actor("visitor"))


@act(packages.request_new_package_for_customer, after=to_collect)
def make_again(world, later, **_) -> Call:
    request = world.made
    later(timedelta(days=15))
    return lambda: packages.request_new_package_for_customer(**on_right(request, member(world.otto)))


def build_file_to_add(world) -> dict[str, Any]:
    """Of a system that nobody has noted yet, with something left out."""
    terms = {"system": "The shop", "left_out": LeftOut.PART, "words": "A neighbour."}
    terms |= {"new_file": NewFile("note.txt", b"Called twice.")}
    return on_right(requests.file(world.ada), member(world.pia)) | terms


def on_added_file(world, officer) -> dict[str, Any]:
    added = files.add_file(**build_file_to_add(world))
    return {"file": added.pk, "officer": member(officer), "by": requests.by_staff(officer)}


@act(files.add_file)
def add_file(world, **_) -> Call:
    terms = build_file_to_add(world)
    return lambda: files.add_file(**terms)


@act(files.agree_to_left_out)
def agree_to_left_out(world, **_) -> Call:
    terms = on_added_file(world, world.otto)
    return lambda: files.agree_to_left_out(**terms)


@act(files.take_out_file)
def take_out_file(world, **_) -> Call:
    terms = on_added_file(world, world.pia)
    return lambda: files.take_out_file(**terms)


@act(files.read_file)
def read_file(world, **_) -> Call:
    terms = on_added_file(world, world.otto)
    return lambda: files.read_file(**terms)

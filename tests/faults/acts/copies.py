"""Prepare a call of every act of `consents/copies`."""

from datetime import timedelta
from uuid import uuid4

from consents.copies.services import codes, collection, packages
from consents.core import clock
from consents.ledger.rules import PORTAL, Actor
from consents.people.services import customer_records
from tests.faults.acts.beginnings import granted, member, on_right
from tests.faults.acts.registry import Call, act
from tests.world import rights_requests as requests


@act(packages.make_package)
def make_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: packages.make_package(rights_request=request, by=PORTAL)


@act(packages.store_package)
def store_package(world, **_) -> Call:
    request = granted(world).pk
    return lambda: packages.store_package(
        rights_request=request, page="page", data="{}", by=PORTAL, began_at=clock.now()
    )


@act(packages.request_new_package)
def ask_again(world, **_) -> Call:
    mine = {"rights_request": granted(world).pk, "customer": world.ada.customer.id, "by": world.ada.actor}
    return lambda: packages.request_new_package(**mine)


@act(packages.download_package)
def take_package(world, **_) -> Call:
    request = granted(world).pk
    packages.make_package(rights_request=request)
    mine = {"rights_request": request, "part": "data", "acting": world.ada.acting, "by": world.ada.actor}
    return lambda: packages.download_package(**mine)


@act(packages.remove_package)
def remove_package(world, later, **_) -> Call:
    package = packages.make_package(rights_request=granted(world).pk).pk
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


@act(codes.hand_out_code)
def hand_out_code(world, **_) -> Call:
    request, token = to_collect(world), uuid4()
    return lambda: codes.hand_out_code(**on_right(request, member(world.otto)), token=token)


@act(codes.stop_code)
def stop_code(world, **_) -> Call:
    request = to_collect(world)
    handed_out(world, request)
    return lambda: codes.stop_code(**on_right(request, member(world.otto)))


@act(collection.enter_code)
def unlock(world, **_) -> Call:
    request = to_collect(world)
    code = handed_out(world, request)
    return lambda: collection.enter_code(rights_request=request.pk, code=code, by=Actor("visitor"))


@act(collection.collect_package)
def collect(world, **_) -> Call:
    request = to_collect(world)
    code = collection.enter_code(rights_request=request.pk, code=handed_out(world, request), by=Actor("visitor"))
    return lambda: collection.collect_package(code=code.pk, part="data", by=Actor("visitor"))


@act(packages.request_new_package_for_customer)
def make_again(world, later, **_) -> Call:
    request = to_collect(world)
    later(timedelta(days=15))
    return lambda: packages.request_new_package_for_customer(**on_right(request, member(world.otto)))

"""Keep what the directory tells, and let people begin, move and end here as their groups say.

What is told opens nothing by itself: a place follows from PORTAL_STAFF_GROUPS alone, through the acts that every other
way in uses. Whoever the directory once told of, single sign-on asks about here, and no longer in a sign-in's claims.
"""

import logging
from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from consents.accounts.company_sign_in import StaffPlace, choose_place
from consents.core import clock
from consents.core.refusals import NotValid, Refusal, Unknown, get_or_refuse
from consents.ledger.rules import Actor
from consents.ledger.services import appending
from consents.people.models import DirectoryGroup, DirectoryPerson, Role, StaffMember, User
from consents.people.rules import is_address, normalize_address
from consents.people.selectors import select_working
from consents.people.services import staff_members
from consents.people.services.locking import free_address

log = logging.getLogger(__name__)
BY_DIRECTORY = Actor("portal", channel="provisioning")
TEXT_LONGEST, NAME_LONGEST = 254, 60
# All acts of the directory wait for each other here; user and company's chain are locked after it.
TURN = UUID(int=0x5C13)


class NameTaken(Refusal):
    sentence = "This name is already in use here."


class NotOurs(Refusal):
    """`address`: of a customer of whom this tells that they sign in here, to be put on record; empty of a colleague."""

    sentence = (
        "This address is somebody else’s here: a customer’s, or that of a colleague of another name who has left."
    )

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address


class NoAddress(NotValid):
    sentence = "Whoever has a place here needs an email address as userName, and a name."


class NobodyThere(NotValid):
    sentence = "A member of this group is unknown here."


@transaction.atomic
def record_person(*, facts: Mapping[str, Any], by: Actor) -> DirectoryPerson:
    """Keep a person the directory tells of for the first time. Raises NameTaken, NotValid, NotOurs."""
    appending.lock_people(TURN)
    check_texts(facts)
    facts = {**facts, "manager": find_manager(facts.get("manager", ""))}
    address = normalize_address(facts["name"])
    if StaffMember.objects.filter(user__email=address, ended_at=None, user__directory_person=None).exists():
        raise NameTaken
    person = DirectoryPerson(**facts)
    tie_to_own_account(person)
    save_told(person)
    return person


@transaction.atomic
def change_person(*, id: UUID, facts: Mapping[str, Any], by: Actor) -> DirectoryPerson:
    """Change these facts of what the directory tells of a person, and their place with them. A repeat changes nothing.

    Raises Unknown, NameTaken, NotValid, NotOurs, NoAddress.
    """
    appending.lock_people(TURN)
    check_texts(facts)
    person = get_person(id)
    for name, value in facts.items():
        setattr(person, name, find_manager(value, besides=id) if name == "manager" else value)
    save_told(person)
    lock_for_place(person)
    give_place(person, by)
    return person


@transaction.atomic
def remove_person(*, id: UUID, by: Actor) -> None:
    """Forget a person of the directory, whose membership ends. What they did stays on record. Raises Unknown."""
    appending.lock_people(TURN)
    person = get_person(id)
    person.is_active = False
    lock_for_place(person)
    give_place(person, by)
    person.delete()


@transaction.atomic
def record_group(*, facts: Mapping[str, Any], by: Actor) -> DirectoryGroup:
    """Keep a group, still empty. Raises NameTaken, NotValid."""
    appending.lock_people(TURN)
    check_texts(facts)
    group = DirectoryGroup(**facts)
    save_told(group)
    return group


def change_group(
    *, id: UUID, facts: Mapping[str, Any], came: Collection[UUID], left: Collection[UUID] = (), by: Actor
) -> None:
    """Change a group's name or members, then the place of each, one after the other in transactions of their own.

    A repeat finds what is left to do. Raises Unknown, NameTaken, NotValid, NobodyThere; and, when everybody else has
    their place, NotOurs or NoAddress for who cannot have one.
    """
    with transaction.atomic():
        appending.lock_people(TURN)
        check_texts(facts)
        group = get_group(id)
        concerned = {*came, *left}
        if facts.get("name", group.name) != group.name:
            concerned |= set(group.people.values_list("pk", flat=True))
        for name, value in facts.items():
            setattr(group, name, value)
        save_told(group)
        check_members(came)
        group.people.add(*(keep_member(person) for person in came))
        group.people.remove(*group.people.filter(pk__in=[*left]))
    give_places(concerned, by)


def remove_group(*, id: UUID, by: Actor) -> None:
    """Forget a group; whoever had their place by it alone has none. Raises Unknown."""
    with transaction.atomic():
        appending.lock_people(TURN)
        group = get_group(id)
        concerned = set(group.people.values_list("pk", flat=True))
        group.people.clear()
        group.delete()
    give_places(concerned, by)


def give_places(people: Iterable[UUID], by: Actor) -> None:
    """Give each their place. Raises the first refusal when all others are done."""
    refusals: list[Refusal] = []
    for id in sorted(people):
        try:
            with transaction.atomic():
                appending.lock_people(TURN)
                if person := DirectoryPerson.objects.filter(pk=id).first():
                    lock_for_place(person)
                    give_place(person, by)
        except Refusal as refusal:
            log.warning("person %s of the directory has no place here: %s", id, type(refusal).__name__)
            refusals.append(refusal)
    if refusals:
        raise refusals[0]


def give_place(person: DirectoryPerson, by: Actor) -> None:
    """Let the membership follow what the directory tells. Raises NotOurs, NoAddress.

    Whom an officer let go stays outside until the directory lets them go, too, and takes them back.
    """
    place = find_place(person)
    try:
        tie_to_own_account(person)
    except NotOurs:
        if place:
            raise
    member = StaffMember.objects.filter(user=person.user_id, user__isnull=False).first()
    if person.is_active is False or (place is None and person.place is not None):
        if member:
            staff_members.end_staff_membership(member=member, by=by)
    elif place and member is None:
        person.user = invite_person(person, place, by)
    elif place and member and (member.ended_at is None or person.place is None):
        act = staff_members.return_staff_member if member.ended_at else staff_members.move_staff_member
        act(member=member, role=Role(place.role), team=place.team, by=by)
    person.place = vars(place) if place else None
    person.save(update_fields=["user", "place"])
    for report in (person, *person.reports.all()):
        set_told_manager(report, by)


def lock_for_place(person: DirectoryPerson) -> None:
    """Lock whose place or manager may change with this person's, all at once: in the order of all locks.

    An account that is only tied to them with their place is found by their address.
    """
    managers = [person.manager.user_id] if person.manager else []
    reports = person.reports.values_list("user_id", flat=True)
    own = [person.user_id] if person.user_id else select_own_accounts(person).values_list("pk", flat=True)
    appending.lock_people(*{id for id in (*own, *managers, *reports) if id})


def set_told_manager(person: DirectoryPerson, by: Actor) -> None:
    """Let the manager whom the directory names be the one on record, once both work here.

    Where it names nobody, whoever is on record stays, until an officer sets another.
    """
    member = select_working().filter(user__directory_person=person.pk).first()
    manager = select_working().filter(user__directory_person=person.manager_id).first() if person.manager_id else None
    if member and manager:
        staff_members.assign_manager(member=member, manager=manager, by=by)


def find_manager(told: str, *, besides: UUID | None = None) -> DirectoryPerson | None:
    """Return the person of this id, of whom the directory has told; None for anybody else, and for `besides` itself.

    A name that leads nowhere is passed over: it must not keep the rest from being said, least of all that they left.
    """
    try:
        id = UUID(told)
        manager = keep_member(id) if id != besides else None
    except (ValueError, Unknown, NameTaken):
        manager = None
    if told and manager is None:
        log.warning("the directory names a manager who is unknown here, or whose own manager they would be")
    return manager


def find_place(person: DirectoryPerson) -> StaffPlace | None:
    if person.is_active is False:
        return None
    names = person.groups.values_list("name", flat=True) if person.pk else []
    return choose_place(settings.PORTAL_STAFF_GROUPS, names)


def tie_to_own_account(person: DirectoryPerson) -> None:
    """Tie a person to the account of their address, if it can only be theirs. Raises NotOurs."""
    if person.user_id:
        return
    free_address(normalize_address(person.name))
    user = select_own_accounts(person).first()
    if user is None:
        return
    member = StaffMember.objects.filter(user=user).first()
    is_same = (user.first_name, user.last_name) == read_names(person)
    if member is None or hasattr(user, "directory_person") or (member.ended_at and not is_same):
        raise NotOurs("" if member else person.name)
    person.user = user


def select_own_accounts(person: DirectoryPerson) -> QuerySet[User]:
    return User.objects.filter(email=normalize_address(person.name), closed_at=None)


def invite_person(person: DirectoryPerson, place: StaffPlace, by: Actor) -> User:
    """Make their account and membership. Raises AddressInUse; NoAddress, also for who has no name that customers could
    read.
    """
    email, (first, last) = person.name, read_names(person)
    if not is_address(email) or not (first or last):
        raise NoAddress
    role, team = Role(place.role), place.team
    return staff_members.admit_staff(email=email, role=role, team=team, first_name=first, last_name=last, by=by).user


def read_names(person: DirectoryPerson) -> tuple[str, str]:
    """Return first and last name as customers will read them."""
    given, family = (name.strip()[:NAME_LONGEST] for name in (person.given_name, person.family_name))
    return (given, family) if given else (family, "")


def get_person(id: UUID) -> DirectoryPerson:
    """Return a person, or what the directory could have told of a colleague who was here before. Raises Unknown."""
    person = DirectoryPerson.objects.filter(pk=id).first()
    if person:
        return person
    member = get_or_refuse(list_untold_colleagues().filter(pk=id))
    return describe_untold(member)


def check_members(ids: Iterable[UUID]) -> None:
    """Raises NobodyThere."""
    for id in ids:
        try:
            get_person(id)
        except Unknown:
            raise NobodyThere from None


def keep_member(id: UUID) -> DirectoryPerson:
    person = get_person(id)
    if person._state.adding:
        save_told(person)
    return person


def get_group(id: UUID) -> DirectoryGroup:
    """Raises Unknown."""
    return get_or_refuse(DirectoryGroup.objects.filter(pk=id))


def list_untold_colleagues() -> Any:
    """Select members of staff of whom the directory has told nothing yet."""
    return StaffMember.objects.filter(ended_at=None, user__directory_person=None).select_related("user")


def describe_untold(member: StaffMember) -> DirectoryPerson:
    """Build what the directory would have told of a colleague; their id is that of their account."""
    user = member.user
    return DirectoryPerson(
        id=user.pk,
        user=user,
        name=user.email,
        given_name=user.first_name,
        family_name=user.last_name,
        is_active=True,
        told_at=member.started_at,
        changed_at=member.started_at,
    )


def check_texts(facts: Mapping[str, Any]) -> None:
    """Raises NotValid."""
    texts = [value for value in facts.values() if isinstance(value, str)]
    if not all(is_storable(text) for text in texts):
        raise NotValid("A text is too long, or holds a character that cannot be stored.")


def is_storable(text: str) -> bool:
    """Return False for what is too long, and for what the database cannot hold: NUL, or half a character."""
    return len(text) <= TEXT_LONGEST and "\0" not in text and text == text.encode(errors="replace").decode()


def save_told(entry: DirectoryPerson | DirectoryGroup) -> None:
    """Raises NameTaken."""
    entry.changed_at = clock.now()
    try:
        with transaction.atomic():
            entry.save()
    except IntegrityError:
        raise NameTaken from None

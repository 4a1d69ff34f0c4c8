"""Answer what scim2-server asks of the database: read resources, and hand on what changed in them to the acts."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cache
from typing import Annotated, Any, ClassVar
from uuid import UUID

from django.db.models import QuerySet
from pydantic import Field
from scim2_models import (
    URN,
    AnyExtension,
    AuthenticationScheme,
    Bulk,
    CaseExact,
    ChangePassword,
    ComplexAttribute,
    ETag,
    Extension,
    External,
    Filter,
    InvalidValueException,
    Meta,
    Mutability,
    NotFoundException,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ResponseParameters,
    SCIMException,
    ScimFilter,
    ScimPolicy,
    ScimProvider,
    SearchRequest,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
    UniquenessException,
)
from scim2_models.path import CompareOperator, Comparison
from scim2_server.storage import ScimStorage, SearchPage

from consents.accounts.provisioning import acts
from consents.core.refusals import Refusal
from consents.ledger.rules import Actor
from consents.people.models import DirectoryGroup, DirectoryPerson
from consents.people.services import customer_records
from consents.people.services.staff_members import AddressInUse

# Say which attributes of the directory count here, and what this service can do.

MOST_RESULTS = 200


class Name(ComplexAttribute):
    given_name: str | None = None
    family_name: str | None = None


class GroupOfUser(ComplexAttribute):
    value: Annotated[str | None, Mutability.read_only, CaseExact.true] = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: Annotated[str | None, Mutability.read_only] = None


class Manager(ComplexAttribute):
    value: Annotated[str | None, CaseExact.true] = None
    ref: Reference["User"] | None = Field(None, serialization_alias="$ref", validation_alias="$ref")


class EnterpriseUser(Extension):
    """Holds what else a company's directory tells of its people: who must agree to their requests first."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    manager: Manager | None = None

    Manager: ClassVar[type[ComplexAttribute]] = Manager


class User(Resource[AnyExtension]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Uniqueness.server, Required.true] = None
    name: Name | None = None
    active: bool | None = None
    groups: Annotated[list[GroupOfUser] | None, Mutability.read_only] = None

    Name: ClassVar[type[ComplexAttribute]] = Name
    Groups: ClassVar[type[ComplexAttribute]] = GroupOfUser


class MemberOfGroup(ComplexAttribute):
    value: Annotated[str | None, Mutability.immutable, CaseExact.true] = None
    ref: Annotated[Reference["User"] | None, Mutability.immutable] = Field(
        None, serialization_alias="$ref", validation_alias="$ref"
    )


class Group(Resource[Any]):
    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    members: list[MemberOfGroup] | None = None

    Members: ClassVar[type[ComplexAttribute]] = MemberOfGroup


@cache
def build_provider() -> ScimProvider:
    """Describe this service. What it does not know, such as titles and telephone numbers, is passed over, not kept."""
    return ScimProvider(
        [User, EnterpriseUser, Group],
        [ResourceType.from_resource(User[EnterpriseUser]), ResourceType.from_resource(Group)],
        config=build_service_config(),
        policy=ScimPolicy(unknown=ScimPolicy.Unknown.ignore),
    )


def build_service_config() -> ServiceProviderConfig:
    """Say what this service can do, and how to sign in to it."""
    bearer = AuthenticationScheme(
        type=AuthenticationScheme.Type.oauthbearertoken,
        name="Bearer token",
        description="A token made by manage.py make_provisioning_token",
        spec_uri=Reference[External]("https://www.rfc-editor.org/rfc/rfc6750"),
    )
    return ServiceProviderConfig(
        patch=Patch(supported=True),
        bulk=Bulk(supported=False, max_operations=0, max_payload_size=0),
        filter=Filter(supported=True, max_results=MOST_RESULTS),
        change_password=ChangePassword(supported=False),
        sort=Sort(supported=False),
        etag=ETag(supported=False),
        authentication_schemes=[bearer],
    )


class DirectoryStorage(ScimStorage):
    """The people and groups of the directory, for one request."""

    def __init__(self, by: Actor) -> None:
        self.by = by
        self.members_read: set[UUID] = set()
        self.facts_read: dict[UUID, dict[str, Any]] = {}

    def get(
        self,
        resource_type: ResourceType,
        resource_id: str,
        *,
        response_parameters: ResponseParameters[Any] | None = None,
    ) -> Resource[Any]:
        with translate_refusals(self.by):
            if resource_type.name == "User":
                user = build_user(acts.get_person(id := read_id(resource_id)))
                self.facts_read[id] = read_person_facts(user)
                return user
            group = build_group(acts.get_group(id := read_id(resource_id)))
        self.members_read, self.facts_read[id] = list_members(group), read_group_facts(group)
        return group

    def search(
        self, resource_types: list[ResourceType], search_request: SearchRequest[Any], *, position: Any = None
    ) -> SearchPage:
        resources: list[Resource[Any]] = []
        for resource_type in resource_types:
            list_resources = list_users if resource_type.name == "User" else list_group_resources
            resources += list_resources(read_equality(search_request.filter))
        if search_request.filter:
            resources = [resource for resource in resources if search_request.filter.match(resource)]
        start = search_request.start_index_0 or 0
        count = MOST_RESULTS if search_request.count is None else min(search_request.count, MOST_RESULTS)
        return SearchPage(len(resources), resources[start : start + count])

    def create(self, resource_type: ResourceType, resource: Resource[Any]) -> Resource[Any]:
        with translate_refusals(self.by):
            if isinstance(resource, User):
                return build_user(acts.record_person(facts=read_person_facts(resource), by=self.by))
            assert isinstance(resource, Group)
            acts.check_members(list_members(resource))
            group = acts.record_group(facts=read_group_facts(resource), by=self.by)
            # It is there from now on, and sent again it would be in the way: who gets no place is told with a change.
            with suppress(acts.NotOurs, acts.NoAddress, AddressInUse):
                acts.change_group(id=group.pk, facts={}, came=list_members(resource), by=self.by)
            return build_group(group)

    def update(
        self, resource_type: ResourceType, resource: Resource[Any], *, expected_version: str | None = None
    ) -> Resource[Any]:
        with translate_refusals(self.by):
            id = read_id(resource.id)
            if isinstance(resource, User):
                facts = self.list_changes(id, read_person_facts(resource))
                return build_user(acts.change_person(id=id, facts=facts, by=self.by))
            assert isinstance(resource, Group)
            members = list_members(resource)
            came, left = members - self.members_read, self.members_read - members
            facts = self.list_changes(id, read_group_facts(resource))
            acts.change_group(id=id, facts=facts, came=came, left=left, by=self.by)
            return build_group(acts.get_group(id))

    def list_changes(self, id: UUID, facts: dict[str, Any]) -> dict[str, Any]:
        """Return the facts that differ from what was read for this change: what another message says meanwhile, such as
        that somebody has left, stays.
        """
        before = self.facts_read.get(id, {})
        return {name: value for name, value in facts.items() if name not in before or value != before[name]}

    def delete(self, resource_type: ResourceType, resource_id: str, *, expected_version: str | None = None) -> None:
        remove = acts.remove_person if resource_type.name == "User" else acts.remove_group
        with translate_refusals(self.by):
            remove(id=read_id(resource_id), by=self.by)


@contextmanager
def translate_refusals(by: Actor) -> Iterator[None]:
    """Say a refusal of ours in the words of the protocol. One that tells of a customer is on record as a look-up."""
    try:
        yield
    except Refusal as refusal:
        if isinstance(refusal, acts.NotOurs) and refusal.address:
            customer_records.look_up_customer(text=refusal.address, by=by, is_limited=False)
        raise describe_refusal(refusal) from refusal


def describe_refusal(refusal: Refusal) -> SCIMException:
    if refusal.status == 404:
        return NotFoundException(detail="There is no such resource.")
    kind = UniquenessException if refusal.status == 409 else InvalidValueException
    return kind(detail=str(refusal))


def read_id(text: str | None) -> UUID:
    """Raises NotFoundException for what is no id of ours."""
    try:
        return UUID(text)
    except (ValueError, TypeError):
        raise NotFoundException(detail="There is no such resource.") from None


def read_equality(search: ScimFilter[Any] | None) -> tuple[str, str] | None:
    """Return attribute and value of a filter such as `userName eq "x"`, by which the database can look up."""
    node = search.ast if search else None
    if not isinstance(node, Comparison) or node.op != CompareOperator.eq:
        return None
    if isinstance(node.value, str) and acts.is_storable(node.value):
        return str(node.attr_path).rpartition(":")[2].lower(), node.value
    return None


def list_users(equality: tuple[str, str] | None) -> list[User[EnterpriseUser]]:
    people = DirectoryPerson.objects.prefetch_related("groups").order_by("told_at", "pk")
    untold = acts.list_untold_colleagues().order_by("started_at", "pk")
    if equality and equality[0] == "username":
        people, untold = people.filter(name__iexact=equality[1]), untold.filter(user__email__iexact=equality[1])
    elif equality and equality[0] == "externalid":
        people, untold = people.filter(external=equality[1]), untold.none()
    return [build_user(person) for person in people] + [build_user(acts.describe_untold(member)) for member in untold]


def list_group_resources(equality: tuple[str, str] | None) -> list[Group]:
    groups: QuerySet[DirectoryGroup] = DirectoryGroup.objects.prefetch_related("people").order_by("told_at", "pk")
    if equality and equality[0] == "displayname":
        groups = groups.filter(name__iexact=equality[1])
    return [build_group(group) for group in groups]


def build_user(person: DirectoryPerson) -> User[EnterpriseUser]:
    groups = [] if person._state.adding else list(person.groups.all())
    is_named = person.given_name or person.family_name
    user = User[EnterpriseUser](
        id=str(person.pk),
        external_id=person.external or None,
        user_name=person.name,
        name=Name(given_name=person.given_name or None, family_name=person.family_name or None) if is_named else None,
        active=person.is_active,
        groups=[
            GroupOfUser(value=str(group.pk), ref=Reference(f"Groups/{group.pk}"), display=group.name)
            for group in groups
        ]
        or None,
        meta=build_meta("User", person.told_at, person.changed_at),
    )
    if person.manager_id:
        manager = Manager(value=str(person.manager_id), ref=Reference(f"Users/{person.manager_id}"))
        user[EnterpriseUser] = EnterpriseUser(manager=manager)
    return user


def build_group(group: DirectoryGroup) -> Group:
    people = [str(person.pk) for person in group.people.all()]
    return Group(
        id=str(group.pk),
        external_id=group.external or None,
        display_name=group.name,
        members=[MemberOfGroup(value=id, ref=Reference(f"Users/{id}")) for id in people] or None,
        meta=build_meta("Group", group.told_at, group.changed_at),
    )


def build_meta(kind: str, told_at: datetime, changed_at: datetime) -> Meta:
    return Meta(resource_type=kind, created=told_at, last_modified=changed_at, version=f'W/"{changed_at.timestamp()}"')


def read_person_facts(user: User[EnterpriseUser]) -> dict[str, Any]:
    name, enterprise = user.name or Name(), user[EnterpriseUser]
    return {
        "name": user.user_name or "",
        "given_name": name.given_name or "",
        "family_name": name.family_name or "",
        "external": user.external_id or "",
        "is_active": user.active,
        "manager": (enterprise and enterprise.manager and enterprise.manager.value) or "",
    }


def read_group_facts(group: Group) -> dict[str, Any]:
    return {"name": group.display_name or "", "external": group.external_id or ""}


def list_members(group: Group) -> set[UUID]:
    """Raises InvalidValueException for a member that is nobody of ours."""
    try:
        return {UUID(member.value) for member in group.members or []}
    except (ValueError, TypeError):
        raise InvalidValueException(detail=str(acts.NobodyThere())) from None

"""Say which attributes of the directory count here, and what this service can do."""

from functools import cache
from typing import Annotated, Any, ClassVar

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
    Mutability,
    Patch,
    Reference,
    Required,
    Resource,
    ResourceType,
    ScimPolicy,
    ScimProvider,
    ServiceProviderConfig,
    Sort,
    Uniqueness,
)

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

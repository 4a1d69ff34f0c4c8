"""The company's directory as it speaks to the portal, for tests."""

import json
from typing import Any

from django.test import Client

from consents.core.bearer_tokens import hash_token
from consents.ledger.rules import Actor
from consents.people.models import Role, StaffMember, StaffProposal
from consents.people.services import staff_members
from tests.world.systems import PLACES


def by_officer(officer: StaffMember) -> Actor:
    return Actor("staff", str(officer.pk))


def propose_officer(officer: StaffMember, member: StaffMember) -> StaffProposal:
    return staff_members.change_colleague_place(
        member=member.pk, role=Role.COMPLIANCE_OFFICER, team="Oversight", officer=officer, by=by_officer(officer)
    )


def propose_reset(officer: StaffMember, member: StaffMember) -> StaffProposal:
    return staff_members.propose_factor_reset(member=member.pk, officer=officer, by=by_officer(officer))


def approve_change(officer: StaffMember, proposal: StaffProposal) -> StaffProposal:
    by = by_officer(officer)
    return staff_members.decide_staff_change(proposal=proposal.pk, is_approved=True, officer=officer, by=by)


def cancel_change(officer: StaffMember, proposal: StaffProposal) -> StaffProposal:
    by = by_officer(officer)
    return staff_members.decide_staff_change(proposal=proposal.pk, is_approved=False, officer=officer, by=by)


TOKEN, NEXT_TOKEN = "of-the-directory", "of-the-directory-next"
CORE = "urn:ietf:params:scim:schemas:core:2.0"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"


class Directory:
    """Sends what a directory sends, and returns status and content."""

    def __init__(self, token: str = TOKEN) -> None:
        self.client = Client(headers={"authorization": f"Bearer {token}"})

    def send(self, method: str, path: str, content: Any = None, **query: str) -> tuple[int, dict[str, Any]]:
        body = content if isinstance(content, str) else json.dumps(content)
        response = self.client.generic(
            method, f"/scim/v2/{path}", body if content is not None else "", "application/scim+json", query_params=query
        )
        assert response.status_code < 500, response.content
        return response.status_code, json.loads(response.content) if response.content else {}

    def add_person(self, address: str = "rita@example.com", **more: Any) -> str:
        person = {"schemas": [f"{CORE}:User"], "userName": address, "name": {"givenName": "Rita", "familyName": "R"}}
        status, told = self.send("POST", "Users", person | {"active": True} | more)
        assert status == 201, told
        return str(told["id"])

    def tell_manager(self, person: str, manager: str) -> tuple[int, dict[str, Any]]:
        value = {"op": "replace", "path": f"{ENTERPRISE}:manager", "value": {"value": manager}}
        return self.patch(f"Users/{person}", value)

    def add_group(self, name: str, *members: str) -> str:
        group = {"schemas": [f"{CORE}:Group"], "displayName": name, "members": [{"value": id} for id in members]}
        status, told = self.send("POST", "Groups", group)
        assert status == 201, told
        return str(told["id"])

    def patch(self, path: str, *operations: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        message = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
        return self.send("PATCH", path, {"schemas": [message], "Operations": operations})


def let_in(settings: Any) -> Directory:
    """Give the portal a directory, and groups that have a place in it."""
    settings.PORTAL_PROVISIONING_TOKENS = [hash_token(TOKEN)]
    settings.PORTAL_STAFF_GROUPS = PLACES
    return Directory()

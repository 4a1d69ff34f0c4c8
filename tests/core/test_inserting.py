"""A row is inserted by a statement that was made once as Django inserts it."""

from uuid import uuid4

from consents.core.inserting import insert_row
from consents.notifications.models import Message
from consents.people.models import Submission
from tests.world.spelling import spell_out


def test_it_inserts_what_the_row_says_and_reads_what_the_database_chose(world):
    message = Message(kind="kind", key="key", user=world.ada.user, context={"one": [1, "2"]})

    insert_row(message)

    assert not message._state.adding and message.queued_at.tzinfo is not None
    assert spell_out(Message.objects.select_related("user").get(pk=message.pk)) == spell_out(message)


def test_it_leaves_to_the_database_what_is_not_given(world):
    numbered = [Submission(user=world.ada.user, token=uuid4(), content=b"\x00\xff") for _number in range(2)]
    early = Message(kind="kind", key="key", user=world.ada.user, queued_at=world.ada.user.date_joined)

    for row in (*numbered, early):
        insert_row(row)

    assert numbered[1].pk > numbered[0].pk > 0
    assert [Submission.objects.get(pk=row.pk).sent_at for row in numbered] == [row.sent_at for row in numbered]
    assert Message.objects.get(pk=early.pk).queued_at == world.ada.user.date_joined

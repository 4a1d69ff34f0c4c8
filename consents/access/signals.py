"""News of access, sent inside the transaction of the act."""

from django.dispatch import Signal

# customer: UUID, kind: BlockKind, by: Actor. Sent when a customer blocked a person, a team or everybody.
block_placed = Signal()

# customer: UUID, reader: UUID (the user), since: datetime. Asked when the home page is shown: lines that say what
# others did since, each as text and address.
home_shown = Signal()

# beside: Mapping[str, list], reader: str (the user's id). Asked when the home page is shown: what the company has to
# tell the customer until they have read it, or asks them, each as mapping (title, text, url, link, tone: "stop" or
# "wait"; of what they have read url, link and the tone "past"). `beside`: what was read for it, the rows of
# readings.BESIDE_HOME.
notices_shown = Signal()

# customer: UUID, now: datetime. Asked when the home page is shown while access runs that no answer allowed: what of it
# the customer may know, as lists of mappings (ground, who, what, what_for, sentence, until, left, url).
unasked_access_shown = Signal()

"""Rights about automated decisions: a person looks at one, or explains it, and answers in words."""

from consents.law.kinds import Type
from consents.rights.fulfilment.protocol import Fulfilment


class Review(Fulfilment):
    types = (Type.AUTOMATED, Type.ADMT_ACCESS, Type.ADMT_APPEAL)

"""What counts as naming a provision: a refusal rests on one, and so does what an erasure leaves. Pure."""

# Names of laws and their numbers; what fits in here says nothing about a person. The database says the same.
_NAMES = (
    "UK|EU|GDPR|DPA|CCPA|CPRA|BDSG|AO|HGB|BGB|LOPDGDD|TDDDG|Civ|Cal|CCR|Code|Data Protection Act|Directive|Regulation"
    "|Act|Art|Arts|Article|Articles|Abs|Nr|Rec|Recital|Sched|Schedule|Sec|Section|para|lit|No|and|to"
)
_PART = rf"((({_NAMES})\.?|§{{1,2}}|[0-9]+[a-z]?([./-][0-9]+)*)(\([0-9A-Za-z]{{1,4}}\))*)"
PROVISION = rf"^(?=.*[0-9]){_PART}([ ,;]+{_PART})*$"

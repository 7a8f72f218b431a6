"""The shape of a guide as the mini-program reads it: papers, limits, fees, questions, law."""

from typing import Final

from apiflask import fields

from .shapes import Money, Out, Partly, maybe, rows, words

_ONE_OR_MANY: Final = {
    "oneOf": [
        {"type": ["string", "boolean", "integer"]},
        {"type": "array", "items": {"type": "string"}},
    ]
}
_COUNT: Final = {
    "oneOf": [
        {"type": "integer"},
        {
            "type": "object",
            "properties": {"field": {"type": "string"}, "beyond": {"type": "integer"}},
            "required": ["field"],
        },
    ]
}


class WhenOut(Out):
    """A condition on the answers."""

    field = fields.String()
    equals = fields.Raw(metadata=_ONE_OR_MANY)


class AgencyOut(Out):
    """An agency."""

    id = fields.String()
    name = fields.String()


class BasisOut(Out):
    """A law or document."""

    name = fields.String()
    document = maybe()
    article = maybe()


class MaterialOut(Out):
    """One paper to hand in."""

    key = fields.String()
    name = fields.String()
    required = fields.Boolean()
    source = fields.String()
    originals = fields.Integer()
    copies = fields.Integer()
    waivable_by_e_licence = fields.Boolean()
    upload = fields.Boolean()
    note = maybe()
    when = fields.Nested(WhenOut, allow_none=True)


class LimitOut(Out):
    """A time limit with its unit."""

    value = fields.Integer(allow_none=True)
    unit = fields.String()
    text = fields.String()


class LimitsOut(Out):
    """What the law allows and what is promised."""

    statutory = fields.Nested(LimitOut)
    promised = fields.Nested(LimitOut)


class FeeOut(Out):
    """One charge."""

    code = fields.String()
    name = fields.String()
    amount = Money()
    unit = fields.String()
    when = fields.Nested(WhenOut, allow_none=True)
    quantity = fields.Raw(metadata=_COUNT)


class ExemptionOut(Out):
    """Who need not pay what."""

    code = fields.String()
    name = fields.String()
    basis = fields.String()
    proof = fields.String()
    waives = words()
    percent = fields.Integer(allow_none=True)
    when = fields.Nested(WhenOut, allow_none=True)


class FeesOut(Out):
    """What it costs."""

    charged = fields.Boolean()
    nature = maybe()
    basis = words()
    lines = rows(FeeOut)
    exemptions = rows(ExemptionOut)
    notes = words()


class OnlineOut(Out):
    """How far it goes by network."""

    supported = fields.Boolean()
    depth = words()
    full = fields.Boolean()


class VisitsOut(Out):
    """How often one must come."""

    count = fields.Integer()
    reason = maybe()


class ResultOut(Out):
    """What comes out."""

    type = fields.String()
    name = fields.String()
    validity = maybe()
    e_licence = fields.Boolean()


class FaqOut(Out):
    """A question people ask."""

    question = fields.String()
    answer = fields.String()


class OptionOut(Out):
    """One choice."""

    value = fields.String()
    label = fields.String()


class FieldOut(Partly):
    """One question of the form; limits that it does not have are absent."""

    key = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(required=True)
    required = fields.Boolean(required=True)
    help = maybe()
    options = rows(OptionOut)
    visible_if = fields.Nested(WhenOut)
    check_if = fields.Nested(WhenOut)
    max_length = fields.Integer()
    pattern = fields.String()
    min = fields.Integer()
    max = fields.Integer()
    places = fields.Integer()
    past = fields.Boolean()
    must_agree = fields.Boolean()
    levels = fields.Integer()
    columns = fields.List(fields.Nested(lambda: FieldOut()))
    max_rows = fields.Integer()
    prefill = fields.String()
    pii = fields.String()
    section = fields.String()


class GuideOut(Out):
    """A whole guide with its form; `provenance` names what nobody has confirmed yet."""

    key = fields.String()
    version = fields.Integer()
    name = fields.String()
    short_name = fields.String()
    agency = fields.Nested(AgencyOut)
    window = fields.String()
    themes = words()
    service_objects = words()
    real_name_level = fields.Integer()
    company_level = maybe()
    pay_when = maybe()
    conditions = words()
    materials = rows(MaterialOut)
    limits = fields.Nested(LimitsOut)
    fees = fields.Nested(FeesOut)
    online = fields.Nested(OnlineOut)
    visits = fields.Nested(VisitsOut)
    process = words()
    result = fields.Nested(ResultOut)
    legal_basis = rows(BasisOut)
    faq = rows(FaqOut)
    form = rows(FieldOut)
    provenance = fields.Dict(keys=fields.String(), values=fields.String())

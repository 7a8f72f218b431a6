"""What a service file may say; its messages are codes whose sentences lie in config/texts/."""

from typing import Any, cast, get_args

from marshmallow import fields, post_load

from .kinds import (
    LEVELS,
    SAID,
    UNITS,
    Strict,
    amongst,
    code,
    flag,
    line,
    lists,
    many,
    one,
    oneof,
    slug,
    some,
    sure,
    whole,
)
from .shapes import FieldType

ITEM_TYPES = ("00", "01", "02", "03", "04", "05", "06", "07", "08", "09", "10", "20")
FIELD_TYPES = cast(tuple[str, ...], get_args(FieldType))
PREFILLS = ("name", "id_type", "id_number", "phone", "birth_date", "company_name", "uscc")


def _said(value: object) -> bool:
    return value is not None and value is not False and value != []


class WhenSchema(Strict):
    """{field, equals}: equals is one value or a list of them."""

    field = slug()
    equals = fields.Raw(required=True, error_messages=SAID)


class OptionSchema(Strict):
    """{value, label}."""

    value = line(most=60)
    label = line(most=100)


class QuantitySchema(Strict):
    """{field, beyond}."""

    field = slug()
    beyond = whole(required=False)


class FieldSchema(Strict):
    """A question."""

    key = slug()
    label = line(most=100)
    type = oneof(*FIELD_TYPES)
    required = flag()
    help = line(False)
    options = some(OptionSchema)
    visible_if = one(WhenSchema, False)
    check_if = one(WhenSchema, False)
    max_length = whole(1, False)
    pattern = line(False)
    min = whole(required=False)
    max = whole(required=False)
    places = whole(required=False)
    past = flag(False)
    must_agree = flag(False)
    levels = whole(1, False)
    columns = fields.List(fields.Nested(lambda: FieldSchema()), load_default=list)
    max_rows = whole(1, False)
    prefill = oneof(*PREFILLS, required=False)
    pii = oneof("low", "medium", "high", "sensitive", required=False)

    @post_load
    def brief(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Leave out what was left out: a form is read far more often than written."""
        kept = ("key", "label", "type", "required")
        return {name: value for name, value in data.items() if name in kept or _said(value)}


class SectionSchema(Strict):
    """A titled group of questions."""

    title = line(most=60)
    questions = some(FieldSchema, True, "fields")


class FormSchema(Strict):
    """Shared sections by name, which of their choices are offered, and own questions."""

    sections = many(slug())
    offers = lists()
    questions = some(FieldSchema, False, "fields")


class LimitSchema(Strict):
    """A time limit."""

    value = whole(required=False)
    unit = oneof(*UNITS)
    text = line()


class LimitsSchema(Strict):
    """Both limits."""

    statutory = one(LimitSchema)
    promised = one(LimitSchema)


class MaterialSchema(Strict):
    """A paper."""

    key = slug()
    name = line()
    required = flag()
    source = oneof("applicant", "government", "generated", "institution")
    originals = whole()
    copies = whole()
    waivable_by_e_licence = flag()
    upload = flag()
    note = line(False)
    when = one(WhenSchema, False)


def _is_quantity(value: object) -> None:
    inner: fields.Field[Any] = one(QuantitySchema) if isinstance(value, dict) else whole(1)
    inner.deserialize(value)


class FeeLineSchema(Strict):
    """A charge in fen."""

    code = code()
    name = line(most=60)
    amount = whole(1)
    unit = line(most=10)
    when = one(WhenSchema, False)
    quantity = fields.Raw(validate=_is_quantity, load_default=1)


class ExemptionSchema(Strict):
    """A charge not to be paid."""

    code = line(most=40)
    name = line(most=60)
    basis = line()
    proof = line()
    waives = many(line(most=40), True)
    percent = whole(1, False)
    when = one(WhenSchema, False)


class FeesSchema(Strict):
    """What it costs."""

    charged = flag()
    nature = line(False)
    basis = many(line())
    lines = some(FeeLineSchema)
    exemptions = some(ExemptionSchema)
    notes = many(line())


class CodeSchema(Strict):
    """An opaque code."""

    scheme = oneof("sample", "national", "provincial", "county")
    value = line(most=64)


class BasisSchema(Strict):
    """A law."""

    name = line()
    document = line(False)
    article = line(False)


class OnlineSchema(Strict):
    """How far online."""

    supported = flag()
    depth = many(oneof("1", "2", "3", "4", "5", "6", "7", "8"))
    full = flag()


class VisitsSchema(Strict):
    """How often in person."""

    count = whole()
    reason = line(False)


class ScopeSchema(Strict):
    """Where else."""

    scope = line(most=20)
    note = line(False)


class ResultSchema(Strict):
    """What comes out."""

    type = oneof("10", "20", "30", "90")
    name = line()
    validity = line(False)
    e_licence = flag()


class ProcedureSchema(Strict):
    """A special procedure."""

    type = oneof("1", "2")
    name = line()
    counts_in_limit = flag()
    max_days = whole(required=False)
    unit = oneof(*UNITS, required=False)
    approver = line(False)
    note = line(False)


class VariantSchema(Strict):
    """Another promise."""

    name = line()
    condition = line()
    promised = one(LimitSchema)


class StepSchema(Strict):
    """A part of a bundle."""

    key = slug()
    name = line()
    service = slug(False)
    needs = many(slug())


class QuestionSchema(Strict):
    """A question and its answer."""

    question = line()
    answer = line()


class SourceSchema(Strict):
    """Where it was read."""

    title = line()
    url = line(False)


class ServiceSchema(Strict):
    """A whole service file."""

    key = slug()
    name = line(most=100)
    short_name = line(most=30)
    aliases = many(line(most=30))
    kind = oneof("single", "bundle")
    item_type = oneof(*ITEM_TYPES)
    code = one(CodeSchema)
    base_code = one(CodeSchema, False)
    agency = slug()
    window = line()
    level = oneof(*LEVELS)
    accept_levels = many(oneof(*LEVELS), True)
    service_objects = many(oneof("1", "2", "3", "4", "5", "6"), True)
    handling_type = oneof("1", "2", "9")
    handling_forms = many(oneof("1", "2", "3", "4", "9"), True)
    themes = many(line(most=20), True)
    real_name_level = amongst(0, 1, 2, 3)
    company_level = oneof("C1", "C2", required=False)
    pay_when = oneof("submit", "accept", "decide", required=False)
    legal_basis = some(BasisSchema, True)
    conditions = many(line(), True)
    materials = some(MaterialSchema, True)
    limits = one(LimitsSchema)
    variants = some(VariantSchema)
    fees = one(FeesSchema)
    online = one(OnlineSchema)
    visits = one(VisitsSchema)
    cross_region = one(ScopeSchema)
    process = many(line(most=60), True)
    special_procedures = some(ProcedureSchema)
    result = one(ResultSchema)
    form = one(FormSchema)
    steps = some(StepSchema)
    faq = some(QuestionSchema)
    sources = some(SourceSchema)
    unconfirmed = sure()

"""The shapes of a service: what a file says, the store keeps and everybody reads."""

from dataclasses import dataclass
from typing import Any, Literal, NotRequired, TypedDict

FieldType = Literal[
    "text", "textarea", "select", "radio", "multiselect", "boolean", "date", "month", "datetime",
    "slot", "integer", "decimal", "id_number", "uscc", "mobile", "region", "url", "table",
]  # fmt: skip
PayWhen = Literal["submit", "accept", "decide"]
Standing = Literal["C1", "C2"]
Confidence = Literal["L", "I"]
Answers = dict[str, Any]


class When(TypedDict):
    """True when the answer to `field` equals `equals`, or one of them where it is a list."""

    field: str
    equals: Any


class Option(TypedDict):
    """One choice of a select: what is stored, and what people read."""

    value: str
    label: str


class Quantity(TypedDict):
    """How often a fee is due: the number answered (or choices made) less what is free."""

    field: str
    beyond: NotRequired[int]


class FormField(TypedDict):
    """One question of a form; the rest of the keys narrow what is taken for an answer."""

    key: str
    label: str
    type: FieldType
    required: bool
    help: NotRequired[str]
    options: NotRequired[list[Option]]
    visible_if: NotRequired[When]
    check_if: NotRequired[When]
    max_length: NotRequired[int]
    pattern: NotRequired[str]
    min: NotRequired[int]
    max: NotRequired[int]
    places: NotRequired[int]
    past: NotRequired[bool]
    must_agree: NotRequired[bool]
    levels: NotRequired[int]
    columns: NotRequired[list["FormField"]]
    max_rows: NotRequired[int]
    prefill: NotRequired[str]
    pii: NotRequired[str]
    section: NotRequired[str]


class Section(TypedDict):
    """A titled group of questions."""

    title: str
    fields: list[FormField]


class Form(TypedDict):
    """Shared sections, the service's own questions, and choices narrowed by question."""

    sections: list[str]
    offers: dict[str, list[str]]
    fields: list[FormField]


class Limit(TypedDict):
    """A time limit with its unit: working_day, calendar_day, or none (then value is None)."""

    value: int | None
    unit: str
    text: str


class Limits(TypedDict):
    """What the law allows and what the county promises."""

    statutory: Limit
    promised: Limit


class Material(TypedDict):
    """One paper to hand in; `upload` says whether its picture is wanted with the application."""

    key: str
    name: str
    required: bool
    source: str
    originals: int
    copies: int
    waivable_by_e_licence: bool
    upload: bool
    note: str | None
    when: When | None


class FeeLine(TypedDict):
    """One charge in fen: due when `when` holds, `quantity` times."""

    code: str
    name: str
    amount: int
    unit: str
    when: When | None
    quantity: int | Quantity


class Exemption(TypedDict):
    """Who need not pay the lines in `waives`, on what basis and by what proof.

    `percent` is how much of them is let off, where it is not all.
    """

    code: str
    name: str
    basis: str
    proof: str
    waives: list[str]
    percent: int | None
    when: When | None


class Fees(TypedDict):
    """What a service costs."""

    charged: bool
    nature: str | None
    basis: list[str]
    lines: list[FeeLine]
    exemptions: list[Exemption]
    notes: list[str]


class Code(TypedDict):
    """An opaque code with the scheme it belongs to; never parsed."""

    scheme: str
    value: str


class Online(TypedDict):
    """How far the service goes by network (GB code list, many values)."""

    supported: bool
    depth: list[str]
    full: bool


class Visits(TypedDict):
    """How often one must come in person, and why."""

    count: int
    reason: str | None


class Scope(TypedDict):
    """Where else it may be handled."""

    scope: str
    note: str | None


class Result(TypedDict):
    """What comes out."""

    type: str
    name: str
    validity: str | None
    e_licence: bool


class Basis(TypedDict):
    """A law or document the service rests on."""

    name: str
    document: str | None
    article: str | None


class Procedure(TypedDict):
    """A special procedure and whether its time counts."""

    type: str
    name: str
    counts_in_limit: bool
    max_days: int | None
    unit: str | None
    approver: str | None
    note: str | None


class Variant(TypedDict):
    """Another promise under a condition."""

    name: str
    condition: str
    promised: Limit


class Step(TypedDict):
    """One part of a bundle, with the steps that must be done before it."""

    key: str
    name: str
    service: str | None
    needs: list[str]


class Question(TypedDict):
    """A question people ask and its answer."""

    question: str
    answer: str


class Source(TypedDict):
    """Where a guide's facts were read."""

    title: str
    url: str | None


@dataclass(frozen=True)
class Agency:
    """The office that answers for a service; catalogue.agencies knows its telephone."""

    id: str
    name: str


@dataclass(frozen=True)
class Service:
    """One service (事项) in one version, complete with its guide, its form and its fees.

    Versions never change, so that one may be remembered by key and version.
    """

    key: str
    version: int
    name: str
    short_name: str
    aliases: list[str]
    kind: str
    item_type: str
    code: Code
    base_code: Code | None
    agency: Agency
    window: str
    level: str
    accept_levels: list[str]
    service_objects: list[str]
    handling_type: str
    handling_forms: list[str]
    themes: list[str]
    real_name_level: int
    pay_when: PayWhen | None
    legal_basis: list[Basis]
    conditions: list[str]
    materials: list[Material]
    limits: Limits
    variants: list[Variant]
    fees: Fees
    online: Online
    visits: Visits
    cross_region: Scope
    process: list[str]
    special_procedures: list[Procedure]
    result: Result
    form: Form
    sections: dict[str, Section]
    steps: list[Step]
    faq: list[Question]
    sources: list[Source]
    provenance: dict[str, Confidence]
    company_level: Standing | None = None

    def unconfirmed(self, path: str) -> Confidence | None:
        """How sure a field is: "L" or "I" while nobody has confirmed it (or its parent)."""
        parts = path.split(".")
        for end in range(len(parts), 0, -1):
            found = self.provenance.get(".".join(parts[:end]))
            if found:
                return found
        return None

    def __hash__(self) -> int:
        """By what names it; two that are equal have the same."""
        return hash((self.key, self.version))

"""Every charged service quoted in every branch, and who need not pay."""

from typing import Any

import pytest

from base.store import Database
from catalogue import fees, services

ONCE, TWICE = {"endorse_times": "once"}, {"endorse_times": "twice"}
MACAU, BOTH = {"dest": ["macau"]}, {"dest": ["hong_kong", "macau"]}
BRANCHES: list[tuple[str, dict[str, Any], int]] = [
    ("id_card_renewal", {"apply_kind": "expired"}, 2000),
    ("id_card_renewal", {"apply_kind": "corrected"}, 2000),
    ("id_card_renewal", {"apply_kind": "lost"}, 4000),
    ("id_card_renewal", {"apply_kind": "damaged"}, 4000),
    ("id_card_renewal", {"apply_kind": "expired", "need_temp_id": True}, 3000),
    ("id_card_renewal", {"apply_kind": "lost", "need_temp_id": True}, 5000),
    ("id_card_renewal", {"apply_kind": "lost", "need_temp_id": False}, 4000),
    ("real_estate_transfer", {"property_use": "dwelling", "cert_copies": 1}, 8000),
    ("real_estate_transfer", {"property_use": "dwelling", "cert_copies": 3}, 10000),
    ("real_estate_transfer", {"property_use": "non_dwelling", "cert_copies": 1}, 55000),
    ("real_estate_transfer", {"property_use": "non_dwelling", "cert_copies": 2}, 56000),
    ("real_estate_transfer", {"property_use": "parking", "cert_copies": 1}, 8000),
    ("passport_issue", {"apply_kind": "first"}, 12000),
    ("passport_issue", {"apply_kind": "lost", "need_note": True}, 14000),
    ("driving_license_renewal", {}, 1000),
    ("hk_macau_permit", {"apply_kind": "first"} | ONCE | MACAU, 7500),
    ("hk_macau_permit", {"apply_kind": "replace"} | TWICE | MACAU, 9000),
    ("hk_macau_permit", {"apply_kind": "reissue"} | ONCE | BOTH, 9000),
    ("hk_macau_permit", {"apply_kind": "endorsement_only"} | ONCE | MACAU, 1500),
    ("hk_macau_permit", {"apply_kind": "endorsement_only"} | TWICE | BOTH, 6000),
]  # fmt: skip


@pytest.mark.parametrize(("key", "answers", "total"), BRANCHES)
def test_a_charged_service_costs_what_its_rules_say(
    shipped: Database, key: str, answers: dict[str, object], total: int
) -> None:
    quote = fees.quote(services.get(shipped, key), answers)

    assert quote.total == total == sum(line.total for line in quote.lines)
    assert all(line.basis for line in quote.lines)


def test_every_line_of_every_charged_service_is_reached_by_a_branch(shipped: Database) -> None:
    reached = {
        line.code
        for key, answers, _ in BRANCHES
        for line in fees.quote(services.get(shipped, key), answers).lines
    }

    charged = [each for each in services.browse(shipped) if each.fees["charged"]]

    assert {line["code"] for each in charged for line in each.fees["lines"]} == reached
    assert {each.key for each in charged} == {key for key, _, _ in BRANCHES}


def test_a_free_service_is_quoted_nothing(shipped: Database) -> None:
    for each in services.browse(shipped):
        if not each.fees["charged"]:
            assert fees.quote(each, {}) == fees.Quote((), 0)


def test_an_exemption_is_a_line_that_names_basis_and_proof(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")
    answers = {"apply_kind": "expired", "need_temp_id": True, "fee_exemption": "ID_LOW_INCOME"}

    quote = fees.quote(service, answers, fees.claimed(service, answers))

    waiver = quote.lines[-1]
    assert (quote.total, waiver.total) == (1000, -2000)
    assert waiver.basis == "发改价格〔2003〕2322号"
    assert "低保证" in waiver.proof


def test_an_exemption_waives_nothing_that_is_not_due(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")

    assert fees.quote(service, {"apply_kind": "lost"}, ["ID_LOW_INCOME"]).total == 4000


def test_an_exemption_granted_twice_counts_once(shipped: Database) -> None:
    service = services.get(shipped, "id_card_renewal")

    assert fees.quote(service, {"apply_kind": "expired"}, ["ID_LOW_INCOME"] * 2).total == 0


@pytest.mark.parametrize(("percent", "left"), [(50, 1000), (33, 1340), (None, 0)])
def test_an_exemption_may_take_off_a_part(
    shipped: Database, percent: int | None, left: int
) -> None:
    service = services.get(shipped, "id_card_renewal")
    service.fees["exemptions"][0]["percent"] = percent

    quote = fees.quote(service, {"apply_kind": "expired"}, ["ID_LOW_INCOME"])

    assert quote.total == left
    assert quote.lines[-1].amount * quote.lines[-1].quantity == quote.lines[-1].total


def test_an_exemption_nobody_claimed_is_not_claimed(shipped: Database) -> None:
    assert fees.claimed(services.get(shipped, "id_card_renewal"), {"apply_kind": "lost"}) == ()


def test_an_exemption_of_another_service_is_refused(shipped: Database) -> None:
    with pytest.raises(fees.UnknownExemption):
        fees.quote(services.get(shipped, "passport_issue"), {}, ["ID_LOW_INCOME"])

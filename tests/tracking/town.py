"""How people in these tests apply, supplement, pay and decide."""

import secrets
from dataclasses import dataclass, replace
from typing import Any

from base import files
from base.identity_numbers import id_check_digit
from base.store import Database
from catalogue import fees
from catalogue.shapes import Service
from tracking import cases

PDF = b"%PDF-1.7\n1 0 obj\nendobj\ntrailer\n%%EOF"
CLERK = "operator:chen"
ID_NUMBER = "34182119900307001" + id_check_digit("34182119900307001")


def answers(**more: Any) -> dict[str, Any]:
    return {
        "applicant_name": "王小红",
        "applicant_id_type": "111",
        "applicant_id_no": ID_NUMBER,
        "applicant_mobile": "13900001111",
        "applicant_region": "341821100000",
        "applicant_address": "建平镇中港路一号",
        "is_agent": False,
        "result_delivery": "1",
        "license_class": "C1",
        "expiry": "2027-03-01",
        "residence_region": "341821100000",
    } | more


@dataclass
class Desk:
    """One resident before one service."""

    db: Database
    service: Service
    resident: Any

    def file(self, owner: str | None = None) -> str:
        return files.put(self.db, owner or self.resident.id, "照片.pdf", PDF).id

    def with_service(self, **changes: Any) -> "Desk":
        return Desk(self.db, replace(self.service, **changes), self.resident)

    def quote(self) -> fees.Quote:
        return fees.quote(self.service, answers())

    def submit(self, key: str | None = None, **changes: Any) -> cases.Case:
        given = {
            "resident": self.resident,
            "service": self.service,
            "answers": answers(),
            "quote": self.quote(),
            "key": key or secrets.token_hex(8),
        } | changes
        if "files" not in given:
            given["files"] = {"photo": [self.file()]}
        return cases.submit(self.db, **given)

    def move(self, case: cases.Case, move: str, **facts: Any) -> cases.Case:
        own = move in ("supplement", "withdraw")
        by = f"resident:{case.resident}" if own else CLERK
        if move == "ask_supplement":
            facts = {"defects": [{"material": "photo", "words": "照片太暗，请重拍"}]} | facts
        return cases.move(self.db, case.number, move, **({"by": by} | facts))

    def paid(self, case: cases.Case, bill: str = "b1") -> cases.Case:
        return cases.paid(self.db, case.number, bill, case.payment.amount)

    def row(self, case: cases.Case) -> dict[str, Any]:
        return self.db["cases"].find_one({"_id": case.number})

    def promised(self, case: cases.Case) -> list[str]:
        return sorted(each["effect"] for each in self.row(case)["outbox"].values())

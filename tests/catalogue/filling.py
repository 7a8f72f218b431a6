"""Forms as people fill them in the tests: complete answers, and what is wrong with others."""

from typing import Any

import pytest

from catalogue import forms
from catalogue.shapes import Service

ID = "11010519491231002X"
PERSON: dict[str, Any] = {
    "applicant_name": "王小花",
    "applicant_id_type": "111",
    "applicant_id_no": ID,
    "applicant_mobile": "13800000000",
    "applicant_region": "341821100005",
    "applicant_address": "建平镇示例路1号",
}
HERSELF = PERSON | {"is_agent": False, "result_delivery": "1"}
CARD = HERSELF | {"apply_kind": "expired"}
HOUSE = HERSELF | {
    "cert_no": "皖（2020）郎溪县不动产权第0000001号",
    "transfer_reason": "sale",
    "counterparty": [{"name": "李四", "document": ID, "mobile": "13900000000"}],
    "property_use": "dwelling",
    "co_ownership": "sole",
    "cert_copies": 3,
}


def faults(service: Service, answers: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(forms.FormInvalid) as refused:
        forms.check(service, answers)
    assert all(each["message"] for each in refused.value.details)
    return {each["field"]: each["code"] for each in refused.value.details}


def asked(service: Service, key: str) -> Any:
    return next(each for each in forms.fields(service) if each["key"] == key)

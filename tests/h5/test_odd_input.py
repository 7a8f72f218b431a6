"""Whatever is sent to the pages, nobody sees a failure of ours."""

from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from .phone import FORM, straight

ODD = [
    "\0",
    "$ne",
    "../../etc/passwd",
    "１２３",
    "{{7*7}}",
    "<script>",
    "'\"",
    "a" * 3000,
    "\ud800",
]
PATHS = [
    "/h5/services/{}",
    "/h5/services/{}/apply",
    "/h5/services?words={}",
    "/h5/services?theme={}",
    "/h5/places?town={}",
    "/h5/pay/{}",
    "/h5/pay/{}/alipay",
    "/h5/cases/{}",
    "/h5/sign-in?to={}",
    "/h5/sign-in/back?code={}&state={}",
    "/h5/elder?on={}&to={}",
]


@pytest.mark.parametrize("path", PATHS)
def test_odd_addresses_are_answered_plainly(town, path):
    for odd in ODD:
        answer = straight(town, path.replace("{}", quote(odd, safe="", errors="surrogatepass")))
        assert answer.status_code < 500, odd[:20]
        assert "<script>" not in answer.text


def test_bytes_that_are_no_text_are_taken_as_they_are(citizen):
    page = citizen.open(FORM)
    form = dict(page.form(FORM).fields)
    body = "&".join(f"{quote(name)}={quote(value)}" for name, value in form.items())
    body += "&applicant_address=%ff%fe%00&applicant_region=%24ne&members.99999.name=x"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = citizen.view.session.post(page.url, data=body, headers=headers, timeout=60)
    assert answer.status_code == 422


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.dictionaries(st.sampled_from(["applicant_name", "applicant_id_no", "apply_kind",
       "is_agent", "result_delivery", "old_id_expiry", "applicant_mobile"]),
       st.text(max_size=40), max_size=7))  # fmt: skip
def test_whatever_is_written_into_a_form_comes_back_with_its_faults(citizen, written):
    page = citizen.open(FORM)
    told = {name: value.encode(errors="replace").decode() for name, value in written.items()}
    page = citizen.send(page.form(FORM), told, expect=422)
    assert "需要修改" in page.text

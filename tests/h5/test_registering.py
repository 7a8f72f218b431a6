"""Becoming known, and coming back to where one was going."""

from .phone import FORM


def step(phone, to=FORM):
    """Agree, and stand before the real name's form."""
    page = phone.open(to)
    return phone.send(page.form("/register/agreement"))


def proof(phone, **changed):
    person = phone.person
    told = {"name": person["name"], "id_number": person["id_number"], "consent": "yes"}
    return told | changed


def test_the_way_to_a_form_leads_past_agreement_and_name(newcomer):
    page = step(newcomer)
    assert "第2步，共2步" in page.text
    page = newcomer.send(page.form("/register/identity"), proof(newcomer))
    assert page.url.endswith(FORM)
    assert newcomer.open("/h5/register?to=/h5/me").url.endswith("/h5/me")
    assert newcomer.open("/h5/register/identity?to=/h5/me").url.endswith("/h5/me")


def test_an_old_agreement_is_shown_anew(newcomer):
    page = newcomer.open("/h5/register")
    again = newcomer.send(page.form("/register/agreement"), {"version": "1999"})
    assert "/register/agreement" in again.url


def test_an_agreement_given_can_be_read_again(citizen):
    page = citizen.open("/h5/register/agreement?to=/h5/me")
    assert "您已经同意这份协议" in page.text
    assert page.link("返回").endswith("/h5/me")


def test_without_consent_nothing_is_checked(newcomer):
    page = step(newcomer)
    told = proof(newcomer)
    del told["consent"]
    page = newcomer.send(page.form("/register/identity"), told, expect=422)
    assert "请先勾选同意" in page.text


def test_a_wrong_number_is_named_and_the_name_stays(newcomer):
    page = step(newcomer)
    told = proof(newcomer, id_number="34182119900101")
    page = newcomer.send(page.form("/register/identity"), told, expect=422)
    assert "身份证号码不正确" in page.text
    assert dict(page.form("/register/identity").fields)["name"] == newcomer.person["name"]


def test_a_name_that_is_no_name_is_said_beside_the_name(newcomer):
    page = step(newcomer)
    page = newcomer.send(page.form("/register/identity"), proof(newcomer, name="1"), expect=422)
    assert 'href="#f-name"' in page.answer.text


def test_another_persons_number_is_refused(newcomer, other):
    page = step(newcomer)
    told = proof(newcomer, id_number=other.person["id_number"])
    page = newcomer.send(page.form("/register/identity"), told, expect=422)
    assert "姓名和身份证号码不一致" in page.text


def test_a_silent_authority_costs_nothing(town, newcomer):
    page = step(newcomer)
    town.control("POST", "/identity/mode", {"down": True})
    try:
        page = newcomer.send(page.form("/register/identity"), proof(newcomer), expect=503)
    finally:
        town.control("POST", "/identity/mode", {})
    assert "没有响应" in page.text
    page = newcomer.send(page.form("/register/identity"), proof(newcomer))
    assert page.url.endswith(FORM)


def test_a_form_sent_after_the_agreement_was_withdrawn_leads_back_to_it(citizen):
    page = citizen.open(FORM)
    consents = citizen.open("/h5/me/consents")
    form = next(each for each in consents.forms if ("purpose", "agreement") in each.fields)
    citizen.send(form)
    again = citizen.send(page.form(FORM))
    assert "/register/agreement" in again.url

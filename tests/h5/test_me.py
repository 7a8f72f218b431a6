"""My messages, my data, my consents, large letters, and the frame around every page."""

import re
import uuid
from dataclasses import replace

import flask
import pytest

from app import create_app
from app.h5 import session
from base import audit
from catalogue import regions
from people import residents
from people.residents import Account
from tracking import messages, templates

from .phone import Phone, straight
from .test_applying import me

PAGES = ("/h5/", "/h5/services", "/h5/services/senior_card", "/h5/places", "/h5/nothing")


def test_messages_are_new_once(town, citizen):
    citizen.case()
    town.eventually(lambda: messages.unread(town.db, me(town, citizen)))
    assert "条未读" in citizen.open("/h5/me").text
    first = citizen.open("/h5/messages").text
    assert "申请已提交" in first
    assert "（未读）" in first
    assert "（未读）" not in citizen.open("/h5/messages").text


def test_without_messages_the_page_says_so(citizen):
    assert "还没有消息" in citizen.open("/h5/messages").text


def test_my_data_are_masked(citizen):
    page = citizen.open("/h5/me")
    assert "已实名认证" in page.text
    for name in ("name", "id_number", "phone"):
        assert citizen.person[name] not in page.answer.text


def test_who_is_not_verified_is_shown_the_way(newcomer):
    page = newcomer.open("/h5/me")
    assert "未实名" in page.text
    assert "/h5/register" in page.link("去实名认证")


def test_channels_are_chosen_and_kept(town, citizen):
    page = citizen.open("/h5/me/messages")
    assert "不能关闭" in page.text
    form = page.form("/h5/me/messages")
    form.fields = [each for each in form.fields if each[1] != "progress:sms"]
    assert "已保存" in citizen.send(form).text
    assert residents.muted(town.db, me(town, citizen)) == {"progress": ["sms"]}


def asked(citizen, settings, agent):
    """The page of message settings as a browser of this kind is sent it; signed in all the same."""
    runtime = replace(citizen.town.runtime, settings=settings)
    app = create_app(runtime)
    with app.test_request_context():
        account = Account("oa", settings.wechat_oa_appid, citizen.person["oa_openid"])
        session.remember(residents.by_account(runtime.db, "oa", account.openid), account)
        signed = dict(flask.session)
    client = app.test_client()
    with client.session_transaction(base_url="https://localhost") as cookie:
        cookie.update(signed)
    told = {"base_url": "https://localhost", "headers": {"User-Agent": agent}}
    answer = client.get("/h5/me/messages", **told)
    assert answer.status_code == 200
    return answer


def test_only_in_wechat_the_page_asks_for_leave_and_may_show_its_tag(citizen):
    real = replace(citizen.town.runtime.settings, wechat_api_url="https://api.weixin.qq.com")
    inside, outside = (asked(citizen, real, each) for each in ("MicroMessenger/8.0", "Chrome"))

    policy = inside.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-src https://*.qq.com webcompt:")
    assert "unsafe" not in policy
    groups = re.findall(r'data-templates="([^"]+)"', inside.text)
    assert [len(each.split(",")) for each in groups] == [3, 3]
    assert "https://res.wx.qq.com/open/js/" in inside.text
    assert "data-templates" not in outside.text
    assert "qq.com" not in outside.headers["Content-Security-Policy"]


@pytest.fixture
def county_without_notices(tmp_path, monkeypatch):
    """A county that has registered no subscription notices."""
    other = tmp_path / "messages.toml"
    other.write_text(re.sub("biz_id = .*", "", templates.FILE.read_text("utf-8")), "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(templates, "FILE", other)
        forget()
        yield
    forget()


def forget():
    for known in (templates._table, templates.templates):
        known.cache_clear()


def test_a_county_without_notices_asks_for_no_leave(citizen, county_without_notices):
    answer = asked(citizen, citizen.town.runtime.settings, "MicroMessenger/8.0")
    assert "data-templates" not in answer.text


def test_a_consent_is_listed_and_taken_back(citizen):
    page = citizen.open("/h5/consents", expect=404)
    page = citizen.open("/h5/me/consents")
    assert "核验实名信息" in page.text
    form = next(each for each in page.forms if ("purpose", "identity_check") in each.fields)
    page = citizen.send(form)
    assert "核验实名信息" not in page.text


def test_an_operators_look_is_told_without_her_name(town, citizen):
    number = citizen.case()
    audit.record(town.db, "operator:chuangkou", "case.answers", f"case:{number}", why="受理")
    audit.record(town.db, "system", "something.new", f"resident:{me(town, citizen)}")
    page = citizen.open("/h5/me/looks").text
    assert "工作人员 查看了申请表" in page
    assert "系统 查看或处理了您的资料" in page
    assert "chuangkou" not in page


def test_large_letters_stay_until_they_are_switched_off(newcomer):
    assert 'class="elder"' not in newcomer.open("/h5/").answer.text
    page = newcomer.open(newcomer.open("/h5/me").link("长辈版"))
    assert page.url.endswith("/h5/me")
    assert 'class="elder"' in newcomer.open("/h5/nothing", expect=404).answer.text
    page = newcomer.open(page.link("标准版"))
    assert 'class="elder"' not in page.answer.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_strict_and_loads_nothing_from_elsewhere(town, path):
    answer = straight(town, path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'self'; img-src 'self' data:;")
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    loaded = re.findall(r'(?:src|href)="([^"]*)"', answer.text)
    assert [each for each in loaded if not each.startswith(("/h5", "/console", "#"))] == []
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script(?! src=)", answer.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_of_the_sample_county_says_so(town, path):
    assert "演示数据" in straight(town, path).text


def test_the_county_is_named_by_its_data(town):
    assert regions.tree(town.db)[0].region.name in straight(town, "/h5/").text


def test_pages_of_somebody_signed_in_are_not_kept_by_caches(citizen, town):
    assert citizen.open("/h5/me").answer.headers["Cache-Control"] == "no-store"
    assert straight(town, "/h5/").headers["Cache-Control"] == "no-cache"


def test_an_error_says_what_to_do_and_keeps_its_number_small(town):
    request = uuid.uuid4().hex
    answer = straight(town, "/h5/nothing", headers={"X-Request-ID": request})
    assert answer.status_code == 404
    assert "请核对链接或编号是否完整" in answer.text
    assert f"编号 {request}" in answer.text
    assert "回到工作台" in straight(town, "/console/nothing").text


def test_nobodys_pages_need_nobody(town):
    phone = Phone(town, town.person())
    assert phone.open("/h5/services").status == 200

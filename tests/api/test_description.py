"""What the API says about itself: complete, valid, and read without anybody else's help."""

import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.api import openapi
from base import texts


def test_the_document_is_valid_openapi(document):
    assert document["openapi"].startswith("3.1")
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []


def operations(document):
    return [each for of_path in document["paths"].values() for each in of_path.values()]


def test_every_operation_is_explained_in_words(document):
    chinese = re.compile("[一-鿿]")
    for each in operations(document):
        assert chinese.search(each["summary"]), each
        assert each["tags"][0] in {tag["name"] for tag in document["tags"]}
        assert all(chinese.search(one["description"]) for one in each["parameters"]), each


def test_every_field_is_explained_in_words(document):
    shapes = document["components"]["schemas"].items()
    silent = [
        f"{name}.{field}"
        for name, shape in shapes
        for field, about in shape["properties"].items()
        if not about.get("description")
    ]
    assert silent == []


def test_no_operation_is_described_that_does_not_exist(built):
    described = {
        f"{group}.{view}"
        for group, views in texts.table("api.operations").items()
        for view in views
    }
    assert described == {rule.endpoint for rule, _ in openapi.operations(built.app)}


def test_nothing_is_answered_without_a_shape(document):
    for each in operations(document):
        for status, answer in each["responses"].items():
            assert status == "204" or answer["content"], each["operationId"]


def free_form(schema):
    return "object" in schema.get("type", "") and "properties" not in schema


def test_only_answers_and_parameters_are_free_form(document):
    found = {
        f"{name}.{field}"
        for name, shape in document["components"]["schemas"].items()
        for field, each in shape["properties"].items()
        if free_form(each) and each.get("additionalProperties") in (None, {}, True)
    }
    assert found == {"ApplicationIn.answers", "SupplementIn.answers", "QuoteIn.answers"}


def test_the_page_shows_every_operation_and_needs_nobody(api, document):
    page = api.town.call("GET", "/api/docs")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")
    assert "<script" not in page.text
    assert not re.findall(r"(?:src|href)=\"(?:https?:)?//", page.text)
    assert all(each["summary"] in page.text for each in operations(document))
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', page.text).group(1)
    style = api.town.call("GET", sheet)
    assert style.headers["Content-Type"].startswith("text/css")
    assert "url(" not in style.text


@pytest.mark.parametrize("path", ["/api/v1/agreement", "/api/openapi.json", "/api/v1/me"])
def test_every_json_answer_is_closed(api, path):
    headers = api.town.call("GET", path).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "application/json"

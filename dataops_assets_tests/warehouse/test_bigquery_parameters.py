import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dataops_assets.warehouse.bigquery.parameters import Typed, label, parameter, valid_labels
from dataops_assets_tests.warehouse.strict_requests import check_labels


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("x", "STRING"),
        (True, "BOOL"),
        (1, "INT64"),
        (1.5, "FLOAT64"),
        (Decimal("1.5"), "NUMERIC"),
        (b"x", "BYTES"),
        (dt.date(2013, 1, 1), "DATE"),
        (dt.time(1, 2), "TIME"),
        (dt.datetime(2013, 1, 1, tzinfo=dt.UTC), "TIMESTAMP"),
        (Typed(None, "STRING"), "STRING"),
        (dt.datetime(2013, 1, 1), "DATETIME"),
    ],
)
def test_types(value: Any, kind: str) -> None:
    assert parameter("p", value).to_api_repr()["parameterType"] == {"type": kind}
    if not isinstance(value, Typed):
        assert parameter("p", [value]).to_api_repr()["parameterType"] == {"type": "ARRAY", "arrayType": {"type": kind}}


def test_an_empty_list() -> None:
    made = parameter("p", Typed([], "DATE")).to_api_repr()
    assert made["parameterType"]["arrayType"] == {"type": "DATE"}
    assert made["parameterValue"] == {"arrayValues": []}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (None, "@p: the type of None"),
        ([], "@p: a list without elements"),
        ([1, "x"], "@p: a list of INT64 and STRING"),
        ([1, None], "@p: the type of None"),
        ({"a": 1}, "cannot be told"),
    ],
)
def test_no_type(value: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        parameter("p", value)


@given(st.text())
def test_any_text_is_a_label(text: str) -> None:
    check_labels({"key": label(text)})


def test_long_labels_stay_two() -> None:
    assert label("a" * 63) == "a" * 63
    assert label("a" * 70) != label("a" * 71)


@pytest.mark.parametrize("key", ["", "1a", "Run", "a" * 64, "a.b"])
def test_a_wrong_key(key: str) -> None:
    with pytest.raises(ValueError, match="lower-case letter"):
        valid_labels({key: "x"})

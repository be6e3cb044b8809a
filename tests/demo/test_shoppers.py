from __future__ import annotations

import json
from collections import Counter

from demo.shoppers import CHECKOUT, Shoppers


def test_the_same_seed_gives_the_same_line_of_shoppers() -> None:
    one, two, other = (Shoppers("eu-west", "shop", seed) for seed in (1, 1, 2))
    first = [one.next() for _ in range(50)]
    assert first == [two.next() for _ in range(50)]
    assert first != [other.next() for _ in range(50)]


def test_six_requests_in_a_hundred_check_out_a_room_full_of_things() -> None:
    shoppers = Shoppers("eu-west", "shop", 1)
    errands = [shoppers.next() for _ in range(5000)]
    kinds = Counter(errand.kind for errand in errands)
    orders = [json.loads(e.request.body) for e in errands if e.kind == CHECKOUT]
    large = sum(len(order["lines"]) > 4 for order in orders)
    assert 0.57 < kinds["browse"] / 5000 < 0.63
    assert 0.22 < kinds["cart"] / 5000 < 0.28
    assert 0.05 < large / 5000 < 0.07


def test_every_request_has_a_name_of_its_own() -> None:
    shoppers = Shoppers("us-east", "shop", 1)
    names = [shoppers.next().request.header("X-Request-Id") for _ in range(100)]
    assert len(set(names)) == 100
    assert names[0] == "us-east-1-1"

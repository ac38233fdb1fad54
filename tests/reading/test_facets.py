"""Facets count what each further filter would leave of a list (F6)."""

from tests.conftest import RunningGateway

PRODUCTS = "{ products { id name } }"
FACETS = """
query ($product: ID!) {
  users(filter: { productId: $product }) { totalCount facets { products { product { id } count } } }
}
"""


def test_products_are_counted_among_the_holders_of_another(gateway: RunningGateway):
    for product in gateway.data(PRODUCTS)["products"]:
        users = gateway.data(FACETS, {"product": product["id"]})["users"]
        counts = {count["product"]["id"]: count["count"] for count in users["facets"]["products"]}
        assert counts[product["id"]] == users["totalCount"]
        assert all(count <= users["totalCount"] for count in counts.values())

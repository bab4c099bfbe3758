"""Sites of listings: the database and the program tell them alike."""

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.urls import url_identity
from normalizer.spellings import listing_site

HOSTS = st.text(st.sampled_from("aZ9-.w:É4830İ@"), max_size=12)
URLS = st.one_of(
    st.builds(
        "{}://{}{}".format,
        st.sampled_from(("http", "HTTPS", "x")),
        st.one_of(HOSTS, st.sampled_from(("www.a.example", "WWW.A.example:443", "a.example:80"))),
        st.sampled_from(
            ("", "/", "/cars/1", "?a=http://b", "#x", "://b/c", "/a/http://www.b:80/c")
        ),
    ),
    st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=20),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(url=URLS)
def test_the_database_and_the_program_name_the_same_site(
    connection: psycopg.Connection, url: str
) -> None:
    row = connection.execute("SELECT listing_site(%s)", [url]).fetchone()
    assert row == (listing_site(url),)


@settings(max_examples=200, deadline=None)
@given(
    prefix=st.sampled_from(("", "www.", "WWW.")),
    port=st.sampled_from(("", ":80", ":443", ":8080")),
    scheme=st.sampled_from(("http", "https")),
)
def test_spellings_of_one_page_lie_on_one_site(prefix: str, port: str, scheme: str) -> None:
    url = f"{scheme}://{prefix}cars.example{port}/cars/1"
    if url_identity(url) == url_identity("http://cars.example/cars/1"):
        assert listing_site(url) == "cars.example"

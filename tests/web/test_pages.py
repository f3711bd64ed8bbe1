"""The pages without a browser: what they show, who may see them, and what goes wrong."""

import re
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.records import Contradiction
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ThreadChange
from service.web.app import PAGES
from service.web.catalogue import Catalogue
from service.web.pages import HERE
from tests.store import make

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def token_of(html: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', html)
    assert found, html[:500]
    return found[1]


def review(client: TestClient, item: Contradiction, headers: dict[str, str] | None = None, **fields: Any) -> Any:
    token = token_of(client.get("/").text)
    data = {"csrf": token, "version": item.version, "status": "confirmed"} | fields
    return client.post(f"/contradictions/{item.id}/review", data=data, headers=headers, follow_redirects=False)


@pytest.fixture
def item(told: dict[str, Contradiction]) -> Contradiction:
    return told["flood-1/0 flood-2/0"]


def test_every_view_answers_with_a_guarded_page(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    thread = ledger.list_threads().items[0].id
    article = item.judgement.link.a.claim.article_id
    paths = [
        "/",
        f"/contradictions/{item.id}",
        "/threads",
        f"/threads/{thread}",
        f"/articles/{article}",
        "/check",
        "/import",
        "/admin",
    ]
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.text[:300])
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r'\sstyle="|\son\w+="|<script>|javascript:', answer.text), path


def test_the_pages_stay_out_of_the_description_of_the_api(client: TestClient) -> None:
    assert all(
        path.startswith(("/v1/", "/healthz", "/readyz", "/metrics")) for path in client.get("/openapi.json").json()["paths"]
    )


def test_the_inbox_shows_both_sides_with_what_clashes(client: TestClient, item: Contradiction) -> None:
    page = client.get("/").text
    assert "<strong><bdi>Mayor Ilse Brandt</bdi></strong>" in page
    assert '<mark class="clash">more than 1,000</mark> people had been brought to safety' in page
    assert "To review <span" in page and page.count('class="finding"') == 5


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("status=confirmed", 1), ("status=all", 6), ("relation=dispute", 1), ("kind=numeric", 3), ("speaker=brandt", 2),
        ("publisher=Harbour+Times", 1), ("since=2025-03-09", 0), ("until=2025-03-03", 1), ("lang=uk", 2), ("min=90", 2),
        ("q=shelters", 0), ("q=safety", 1), ("order=strongest", 5), ("speaker=&kind=&q=&publisher=", 5),
        ("status=all&lang=nb", 1),
        ("kind=silly&min=abc&since=yesterday&q=%21%21&status=x&order=y&speaker=%00", 5), ("cursor=zzz", 5), ("unknown=1", 5),
    ],
)  # fmt: skip
def test_the_inbox_is_filtered_by_its_address(client: TestClient, item: Contradiction, query: str, count: int) -> None:
    answer = client.get(f"/?{query}")
    assert (answer.status_code, answer.text.count('class="finding"')) == (200, count)


def test_what_the_address_does_not_mean_is_named(client: TestClient, item: Contradiction) -> None:
    assert "Not understood and left out: kind, min." in client.get("/?kind=silly&min=101").text


def test_the_inbox_goes_on_page_by_page(client: TestClient, ledger: Ledger) -> None:
    made = [make.flagged(ledger, f"There are {n} boats.", f"There are {n}00 boats.", probability=0.6) for n in range(32)]
    seen: list[str] = []
    for path in ("/", "/?order=strongest"):
        first = client.get(path).text
        onward = re.search(r'rel="next" href="([^"]+)"', first)
        assert onward
        second = client.get(onward[1].replace("&amp;", "&")).text
        seen = re.findall(r' id="(con_\w+)"', first) + re.findall(r' id="(con_\w+)"', second)
        assert sorted(seen) == sorted(item.id for item in made)
    assert seen[0] == made[-1].id


def test_a_contradiction_is_shown_with_all_that_is_needed(client: TestClient, item: Contradiction) -> None:
    page = client.get(f"/contradictions/{item.id}").text
    for words in (
        '<mark class="clash">Some 400</mark> people had left', "Buses brought them to two schools", "2 independent",
        "about 83 are",
        "Varda Courier", "3 Mar 2025, 06:40 UTC", "the figures are for the same day", "Found by counterclaim-judge 1",
        "https://news.example/flood-1", "How many people left their homes",
    ):  # fmt: skip
        assert words in page, words


def test_a_confirmation_by_a_plain_form_leads_back_to_the_list(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    answer = review(client, item, back="/?kind=numeric", note="Both on Monday.")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/?kind=numeric&done={item.id}")
    known = ledger.get_contradiction(item.id)
    assert [(r.status, r.reviewer, r.note) for r in known.reviews] == [("confirmed", "local", "Both on Monday.")]
    page = client.get(answer.headers["Location"]).text
    assert "Now confirmed:" in page
    data = {"csrf": token_of(page), "version": known.version, "back": "/"}
    assert client.post(f"/contradictions/{item.id}/undo", data=data, follow_redirects=False).status_code == 303
    undone = ledger.get_contradiction(item.id)
    assert (undone.status, [r.status for r in undone.reviews]) == ("suggested", ["confirmed", "suggested"])


def test_a_decision_leads_nowhere_else(client: TestClient, item: Contradiction) -> None:
    for back in ("//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)"):
        answer = review(
            client, item, back=back, status="suggested", version=client.get(f"/v1/contradictions/{item.id}").json()["version"]
        )
        assert answer.headers["Location"] == f"/contradictions/{item.id}"


def test_dismissing_asks_why(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    answer = review(client, item, status="dismissed")
    assert answer.status_code == 422 and "Say why it is dismissed" in answer.text
    assert ledger.get_contradiction(item.id).version == 1
    assert review(client, item, status="dismissed", reason="other_day", note="Mon, Tue").status_code == 303
    assert ledger.get_contradiction(item.id).reviews[0].note == "They speak of different days. Mon, Tue"


def test_of_two_editors_the_slower_one_loses_nothing_typed(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    ledger.review(item.id, status="confirmed", reviewer="Kari")
    answer = review(client, item, status="dismissed", reason="misread", note="<b>My</b> long thought")
    assert answer.status_code == 412
    assert "Kari was faster: it is confirmed since" in answer.text
    assert "&lt;b&gt;My&lt;/b&gt; long thought</textarea>" in answer.text
    assert re.search(r'value="misread" checked', answer.text)
    assert 'name="version" value="2"' in answer.text
    as_json = review(client, item, {"Accept": "application/json"}, status="dismissed", reason="misread")
    assert (as_json.status_code, as_json.json()["status"], as_json.json()["version"]) == (412, "confirmed", 2)
    late = client.post(f"/contradictions/{item.id}/undo", data={"csrf": token_of(client.get("/").text), "version": 1})
    assert late.status_code == 412


def test_a_bad_review_changes_nothing(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    for fields in ({"status": "maybe"}, {"version": ""}, {"version": "x"}, {"note": "x" * 10_001}, {"note": "a\0b"}):
        answer = review(client, item, **fields)
        assert answer.status_code == 422, fields
        assert "problem-box" in answer.text
    assert ledger.get_contradiction(item.id).version == 1
    nothing = client.post(f"/contradictions/{item.id}/undo", data={"csrf": token_of(client.get("/").text), "version": 1})
    assert nothing.status_code == 409


def test_a_form_without_its_token_stores_nothing_and_comes_back(
    client: TestClient, ledger: Ledger, item: Contradiction
) -> None:
    answer = review(client, item, csrf="0" * 64, note="A thought")
    assert answer.status_code == 403
    assert "A thought</textarea>" in answer.text and f'action="/contradictions/{item.id}/review"' in answer.text
    assert ledger.get_contradiction(item.id).version == 1
    token = token_of(answer.text)
    data = {"csrf": token, "version": 1, "status": "confirmed", "note": "A thought"}
    assert client.post(f"/contradictions/{item.id}/review", data=data, follow_redirects=False).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_another_site_cannot_send_a_form(client: TestClient, ledger: Ledger, item: Contradiction, site: str) -> None:
    answer = review(client, item, {"Sec-Fetch-Site": site})
    assert answer.status_code == 403 and "another site" in answer.text
    assert "textarea" not in answer.text
    assert ledger.get_contradiction(item.id).version == 1


def test_every_form_needs_a_token(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    article = item.judgement.link.a.claim.article_id
    paths = [
        f"/contradictions/{item.id}/review", f"/contradictions/{item.id}/undo", "/check", "/admin/keys",
        f"/admin/keys/{new_id('key')}/revoke", f"/admin/articles/{article}/retry", "/sign-in", "/sign-out", "/theme", "/import",
    ]  # fmt: skip
    posts = [route for router in PAGES for route in router.routes if "POST" in route.methods]
    assert len(posts) == len(paths)
    for path in paths:
        assert client.post(path, content=b"status=confirmed&version=1", headers=FORM).status_code == 403, path
    assert ledger.list_keys() == []


def test_other_bodies_are_refused(client: TestClient, item: Contradiction) -> None:
    path = f"/contradictions/{item.id}/review"
    assert client.post(path, json={"status": "confirmed"}).status_code == 415
    assert client.post(path, content=b"a=%ff&" * 200, headers=FORM).status_code == 422
    assert client.post(path, content=b"\xff\xfe", headers=FORM).status_code == 422


def test_what_is_not_there_is_said_on_a_page(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    ledger.delete_article(item.judgement.link.a.claim.article_id)
    answer = client.get(f"/contradictions/{item.id}")
    assert answer.status_code == 404 and "One of its articles was deleted" in answer.text
    assert review(client, item, note="My thought").status_code == 404
    for path in (f"/articles/{new_id('art')}", f"/threads/{new_id('thr')}"):
        assert client.get(path).status_code == 404
    for path in ("/articles/nonsense", f"/contradictions/{new_id('art')}", "/threads/%ff"):
        answer = client.get(path)
        assert (answer.status_code, answer.headers["Content-Type"]) == (422, "text/html; charset=utf-8")


def test_a_claim_of_two_megabytes_is_shown_where_it_clashes(client: TestClient, ledger: Ledger) -> None:
    words = "вода " * 199_000
    left = f"{words}100 boats {words[:20_000]}"
    found = make.flagged(ledger, left, "There are 200 boats.", spans_a=((len(words), len(words) + 3),), spans_b=((10, 13),))
    assert len(left.encode()) > 1_800_000
    for path in ("/", f"/contradictions/{found.id}"):
        page = client.get(path).text
        assert '<mark class="clash">100</mark>' in page and len(page) < 60_000


def test_a_date_that_nobody_named_is_marked_as_assumed(client: TestClient, ledger: Ledger) -> None:
    found = make.flagged(ledger, "There are 100 boats.", "There are 200 boats.", a_assumed=("published_at",))
    assert client.get(f"/contradictions/{found.id}").text.count("the source named no date") == 1


def test_a_thread_of_figures_has_a_chart_and_a_table(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    page = client.get(f"/threads/{item.thread_id}").text
    assert '<svg viewBox="0 0 12 12"' in page and 'id="chart-data"' in page
    assert page.count('<tr id="r-clm_') == 8
    assert '<td class="number">1,400</td><td class="number">1,600</td>' in page
    assert page.count(">open</span>") == 3


def test_a_thread_without_figures_is_a_list(client: TestClient, told: dict[str, Contradiction]) -> None:
    page = client.get(f"/threads/{told['flood-4/1 flood-5/0'].thread_id}").text
    assert "What was said" in page and "uplot" not in page
    assert (
        page.index("The dam at Stenna is sound") < page.index("water had passed over the crest") < page.index("Вода перелилася")
    )


def test_a_thread_that_was_merged_leads_to_the_other(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    into = ledger.save_thread(ThreadChange(new_id("thr"), "All of it", merged=(item.thread_id or "",)))
    answer = client.get(f"/threads/{item.thread_id}", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/threads/{into.id}")


def test_an_article_has_its_claims_in_place(client: TestClient, ledger: Ledger) -> None:
    del ledger
    text = "The bridge is closed.\n\nAna Ruiz said so."
    client.post("/v1/articles?wait=30", json={"publisher": "Gazette", "published_at": "2024-02-10T09:30:00Z", "text": text})
    article = client.get("/v1/articles").json()["items"][0]
    page = client.get(f"/articles/{article['id']}").text
    claims = client.get("/v1/claims").json()["items"]
    assert claims
    for claim in claims:
        assert f'id="c-{claim["id"]}"' in page and f'href="#n-{claim["id"]}"' in page and f'id="n-{claim["id"]}"' in page


def test_a_draft_is_checked_and_not_stored(client: TestClient, ledger: Ledger) -> None:
    body = {"publisher": "Gazette", "published_at": datetime.now(UTC).isoformat(), "lang": "en"}
    client.post("/v1/articles?wait=30", json=body | {"text": "Some 130,000 troops stand near the northern border."})
    before = ledger.counts()
    token = token_of(client.get("/check").text)
    page = client.post("/check", data={"csrf": token, "text": "Some 100,000 troops stand near the northern border."}).text
    assert "1 claim" in page and "Contradicted by" in page and "Some 130,000 troops" in page
    assert ledger.counts() == before
    for text in ("", " \n ", "x" * 1_000_001):
        answer = client.post("/check", data={"csrf": token, "text": text})
        assert answer.status_code in (413, 422) and "problem-box" in answer.text


def test_keys_are_made_shown_once_and_revoked(client: TestClient, ledger: Ledger) -> None:
    token = token_of(client.get("/admin").text)
    assert client.post("/admin/keys", data={"csrf": token, "name": "", "scope": "read"}).status_code == 422
    assert client.post("/admin/keys", data={"csrf": token, "name": "desk"}).status_code == 422
    page = client.post("/admin/keys", data={"csrf": token, "name": "<i>boss</i>", "scope": ["read", "admin"]}).text
    secret = re.search(r"ck_[\w-]{40,}", page)
    assert secret and "&lt;i&gt;boss&lt;/i&gt;" in page
    assert client.get("/admin", follow_redirects=False).status_code == 303  # the first key closes the desk
    sign_in(client, secret[0])
    page = client.get("/admin").text
    assert secret[0] not in page
    other, _ = ledger.create_key("other", ["read"])
    client.post(f"/admin/keys/{other.id}/revoke", data={"csrf": token_of(page)})
    assert ledger.get_key(other.id).revoked_at is not None


def test_files_are_taken_in(client: TestClient, ledger: Ledger) -> None:
    token = token_of(client.get("/import").text)
    headers = {"X-CSRF-Token": token, "Content-Type": "application/octet-stream"}
    first = b'{"publisher": "Gazette", "published_at": "2024-02-10T09:30:00Z", "text": "The bridge is closed."}'
    lines = first + b'\n{"text": ""}\nnonsense\n'
    items = client.post("/import?name=a.jsonl", content=lines, headers=headers).json()["items"]
    assert [("error" in item, item["number"]) for item in items] == [(False, 1), (True, 2), (True, 3)]
    assert items[0]["new"] and ledger.get_article(items[0]["id"]).publisher == "Gazette"
    again = client.post("/import?name=a.jsonl", content=lines, headers=headers).json()["items"]
    assert not again[0]["new"]
    text = client.post("/import?name=b.txt&publisher=Herald", content=b"The harbour is open.", headers=headers).json()["items"]
    assert ledger.get_article(text[0]["id"]).publisher == "Herald"
    assert "error" in client.post("/import?name=c.png", content=b"\x89PNG\0\0\0", headers=headers).json()["items"][0]
    assert client.get("/import/state").json()["failure"] is None


def sign_in(client: TestClient, secret: str, **fields: str) -> Any:
    token = token_of(client.get("/sign-in").text)
    return client.post("/sign-in", data={"csrf": token, "key": secret} | fields, follow_redirects=False)


def test_a_desk_with_keys_asks_for_one(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    _, secret = ledger.create_key("Kari", ["read", "review"])
    answer = client.get("/?kind=numeric", follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?next=/%3Fkind%3Dnumeric")
    assert sign_in(client, "ck_wrong").status_code == 401
    answer = sign_in(client, f" {secret}\n", next="/?kind=numeric")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/?kind=numeric")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie and secret not in cookie
    assert review(client, item).status_code == 303
    assert ledger.get_contradiction(item.id).reviews[0].reviewer == "Kari"
    assert client.get("/admin").status_code == client.get("/import").status_code == 403
    assert client.get("/sign-in?next=//evil.example", follow_redirects=False).headers["Location"] == "/"
    client.post("/sign-out", data={"csrf": token_of(client.get("/").text)})
    assert client.get("/", follow_redirects=False).status_code == 303


def test_a_key_that_may_only_read_sees_no_buttons(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    _, secret = ledger.create_key("Reader", ["read"])
    sign_in(client, secret)
    page = client.get("/").text
    assert "data-does" not in page and 'href="/admin"' not in page
    token = re.search(r'data-token="(\w+)"', page)
    assert token
    data = {"csrf": token[1], "version": 1, "status": "confirmed"}
    assert client.post(f"/contradictions/{item.id}/review", data=data).status_code == 403
    assert "lacks the scope review" in client.get(f"/contradictions/{item.id}").text


def test_a_revoked_key_ends_its_sessions_and_a_made_up_cookie_is_none(client: TestClient, ledger: Ledger) -> None:
    key, secret = ledger.create_key("Kari", ["read"])
    sign_in(client, secret)
    assert client.get("/").status_code == 200
    value = client.cookies["counterclaim_desk"]
    for forged in (value[:-1] + ("0" if value[-1] != "0" else "1"), "x" + value, "", ".", "a.b", value.replace(".", "")):
        client.cookies.clear()
        answer = client.get("/", headers={"Cookie": f"counterclaim_desk={forged}"}, follow_redirects=False)
        assert answer.status_code == 303, forged
    client.cookies.set("counterclaim_desk", value)
    ledger.revoke_key(key.id)
    assert client.get("/", follow_redirects=False).status_code == 303


def test_what_was_typed_outlives_the_end_of_a_sign_in(client: TestClient, ledger: Ledger, item: Contradiction) -> None:
    _, secret = ledger.create_key("Kari", ["read", "review"])
    sign_in(client, secret)
    token = token_of(client.get(f"/contradictions/{item.id}").text)
    client.cookies.clear()
    data = {"csrf": token, "version": 1, "status": "dismissed", "reason": "misread", "note": "\nA <long> thought\n"}
    asked = client.post(f"/contradictions/{item.id}/review", data=data)
    assert asked.status_code == 401 and "A &lt;long&gt; thought" in asked.text
    as_json = client.post(f"/contradictions/{item.id}/review", data=data, headers={"Accept": "application/json"})
    assert as_json.status_code == 401 and as_json.headers["Content-Type"] == "application/json"
    fields = {f"carried_{name}": str(value) for name, value in data.items() if name != "csrf"}
    fields |= {"csrf": token_of(asked.text), "key": secret, "carried_path": f"/contradictions/{item.id}/review"}
    back = client.post("/sign-in", data=fields)
    assert "A &lt;long&gt; thought" in back.text and ledger.get_contradiction(item.id).version == 1
    data["csrf"] = token_of(back.text)
    assert client.post(f"/contradictions/{item.id}/review", data=data, follow_redirects=False).status_code == 303
    assert ledger.get_contradiction(item.id).reviews[0].note == "A claim was misread. A <long> thought"


def test_colours_are_chosen_in_the_browser_alone(client: TestClient) -> None:
    assert 'data-theme="auto"' in client.get("/").text
    data = {"csrf": token_of(client.get("/").text), "theme": "dark", "back": "/check"}
    answer = client.post("/theme", data=data, follow_redirects=False)
    assert answer.headers["Location"] == "/check"
    assert 'data-theme="dark"' in client.get("/").text
    client.cookies.clear()
    assert 'data-theme="auto"' in client.get("/", headers={"Cookie": 'counterclaim_theme="><script>'}).text


def test_files_of_the_page_come_from_this_server(client: TestClient) -> None:
    for name, media in (
        ("desk.css", "text/css"),
        ("desk.js", "javascript"),
        ("vendor/uplot.js", "javascript"),
        ("icon.svg", "svg"),
    ):
        answer = client.get(f"/static/{name}")
        assert answer.status_code == 200 and media in answer.headers["Content-Type"]
        assert client.get(f"/static/{name}", headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    assert client.get("/static/../pages.py").status_code == 404


def test_every_word_is_in_the_catalogue_and_every_entry_is_used() -> None:
    words = Catalogue.load()
    sources = "".join(
        path.read_text(encoding="utf-8") for part in ("templates", "routes", ".") for path in (HERE / part).glob("*.*")
    )
    for key in re.findall(r"""(?:\bt|WORDS)\(["']([a-z_]+\.[\w]+)["'][,)]""", sources):
        assert key in words, key
    scripts = "".join(path.read_text(encoding="utf-8") for path in (HERE / "static").glob("*.js"))
    for key in re.findall(r'\bsay\("(\w+)"', scripts):
        assert any(f"{section}.{key}" in words for section in ("script", "chart", "import_script")), key


def test_texts_of_the_templates_have_no_words_of_their_own() -> None:
    for path in (HERE / "templates").glob("*.html"):
        source = re.sub(r"\{%.*?%\}|\{\{.*?\}\}|\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        bare = re.sub(r'<[^>]*>|[\w-]+="[^"]*"', " ", source)
        assert re.findall(r"[A-Za-z]{3,}", bare) in ([], ["Enter"]), path.name

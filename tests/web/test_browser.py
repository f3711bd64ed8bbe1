"""The desk in headless Chromium: every flow by mouse and by keyboard, and whatever could go wrong in between.

At its end each browser of a test is asked for console errors and for requests to another host; there may be none.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from service.records import Contradiction
from service.store.ids import new_id
from service.store.ledger import Ledger
from service.store.types import ThreadChange
from tests.api.test_server import Serving
from tests.store import make
from tests.web.conftest import Visit
from tests.web.synthetic import fill

AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# ruff: noqa: E501 - the corpus stands as it would be sent
XSS = [
    "<script>window.hacked=1</script>", "<img src=x onerror=window.hacked=1>", "\"><svg onload=window.hacked=1>",
    "' autofocus onfocus=window.hacked=1 x='", "</script><script>window.hacked=1</script>", "</textarea><script>window.hacked=1</script>",
    "{{ 7*7 }}{% raw %}${7*7}", "javascript:window.hacked=1", "<iframe srcdoc='<script>parent.hacked=1</script>'>", "\u202e<b>\u2028</title><!--",
    "<a href=javascript:window.hacked=1>x</a>", "&lt;script&gt;window.hacked=1&lt;/script&gt;", "<style>*{display:none}</style>", "]]><x>\ufeff",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.hacked=1>", "<base href=//evil.example>",
]  # fmt: skip


def rows(page: Any) -> Any:
    return page.locator(".finding")


def current(page: Any) -> str | None:
    found: str | None = page.evaluate("document.activeElement.closest('.finding')?.dataset.id ?? null")
    return found


def said(page: Any, words: str) -> None:
    page.locator("#said").get_by_text(words).wait_for()


def order(page: Any) -> list[str]:
    return [str(rows(page).nth(n).get_attribute("id")) for n in range(rows(page).count())]


# --- the inbox ------------------------------------------------------------------------------------------------------------


def test_the_inbox_by_keyboard(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    page = visit().open("/")
    ids = order(page)
    page.keyboard.press("j")
    assert current(page) == ids[0]
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    assert current(page) == ids[1]
    page.keyboard.press("c")
    said(page, "Confirmed. Press u")
    assert ledger.get_contradiction(ids[1]).status == "confirmed"
    assert current(page) == ids[2]
    page.keyboard.press("u")
    said(page, "Taken back: To review")
    assert ledger.get_contradiction(ids[1]).status == "suggested"
    assert current(page) == ids[1]
    page.keyboard.press("d")
    page.get_by_role("dialog").get_by_text("Why dismiss it?").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    said(page, "Dismissed. Press u")
    assert ledger.get_contradiction(ids[1]).reviews[-1].note == "They speak of different things."
    page.keyboard.press("r")
    page.keyboard.type("The office corrected it: j k c d.")
    page.keyboard.press("Control+Enter")
    said(page, "Resolved. Press u")
    assert ledger.get_contradiction(ids[2]).reviews[-1].note == "The office corrected it: j k c d."
    page.keyboard.press("/")
    page.keyboard.type("bridge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?q=bridge**")
    assert rows(page).count() == 1
    page.keyboard.press("?")
    page.get_by_role("dialog").get_by_text("take the last decision back").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contradictions/**")
    page.keyboard.press("i")
    page.wait_for_url("**/?q=bridge**")


def test_the_inbox_by_mouse(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    found = visit()
    found.forgiven.append("422")
    page = found.open("/")
    ids = order(page)
    row = rows(page).first
    row.get_by_role("button", name="Confirm").click()
    row.get_by_text("Confirmed", exact=True).wait_for()
    row.get_by_role("button", name="Undo").click()
    said(page, "Taken back")
    row.get_by_role("link", name="Dismiss…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.get_by_text("Say why it is dismissed").wait_for()
    dialog.get_by_label("Note").fill("Old news.")
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.wait_for(state="hidden")
    assert [r.status for r in ledger.get_contradiction(ids[0]).reviews] == ["confirmed", "suggested", "dismissed"]
    page.get_by_role("link", name="Confirmed").click()
    page.wait_for_url("**/?status=confirmed")
    page.get_by_role("link", name="To review").click()
    page.get_by_label("What clashes").select_option(label="two parties")
    page.get_by_label("Outlet").fill("Varda Courier")
    page.get_by_role("button", name="Apply").click()
    page.wait_for_url("**kind=attributed_dispute**")
    assert rows(page).count() == 1
    assert page.get_by_label("Outlet").input_value() == "Varda Courier"
    page.get_by_role("link", name="Clear filters").click()
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_role("dialog").get_by_role("button", name="Close").click()


def test_new_findings_are_announced_as_they_come(
    visit: Visit, ledger: Ledger, told: dict[str, Contradiction], server: Serving
) -> None:
    page = visit().open("/?relation=contradiction")
    page.get_by_text("Live", exact=True).wait_for()
    body = {"publisher": "Quay", "published_at": "2025-03-01T00:00:00Z", "lang": "en"}
    for figure in ("100", "200"):
        text = f"Exactly {figure} boats lie in the northern harbour today."
        assert server.call("POST", "/v1/articles?wait=30", body | {"text": text})[0] == 201
    fresh = page.get_by_role("link", name="1 new contradiction: show it")
    fresh.wait_for()
    before = rows(page).count()
    fresh.click()
    page.get_by_text("Exactly").first.wait_for()
    assert rows(page).count() == before + 1


def test_another_editor_is_seen_at_work(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    inbox, one = visit().open("/"), visit().open(f"/contradictions/{told['flood-7/1 flood-8/0'].id}")
    inbox.get_by_text("Live", exact=True).wait_for()
    ledger.review(told["flood-7/1 flood-8/0"].id, status="resolved", reviewer="Kari")
    inbox.get_by_text("Somebody changed it to: Resolved").wait_for()
    one.get_by_text("It changed while you look at it.").wait_for()
    one.get_by_role("link", name="Show how it stands now").click()
    one.get_by_text("by Kari").wait_for()


def test_a_lost_connection_is_said_and_found_again(visit: Visit, told: dict[str, Contradiction]) -> None:
    found = visit()
    found.forgiven.append("net::ERR")
    cut = {"off": False}
    found.context.route("**/live**", lambda route: route.abort() if cut["off"] else route.continue_())
    cut["off"] = True
    page = found.open("/")
    page.get_by_text("No live updates").wait_for()
    cut["off"] = False
    page.reload()
    page.get_by_text("Live", exact=True).wait_for()


def test_a_decision_without_a_server_loses_nothing(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    found = visit()
    found.forgiven.append("net::ERR")
    page = found.open("/")
    page.keyboard.press("j")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("A long thought")
    found.context.route("**/review", lambda route: route.abort())
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.get_by_text("The server did not answer.").wait_for()
    found.context.unroute("**/review")
    assert dialog.get_by_label("Note").input_value() == "A long thought"
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.wait_for(state="hidden")
    assert ledger.get_contradiction(order(page)[0]).reviews[0].note == "A long thought"


# --- one contradiction ----------------------------------------------------------------------------------------------------


def test_one_contradiction_by_keyboard(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    page = visit().open("/")
    ids = order(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{ids[0]}**")
    page.keyboard.press("j")
    page.wait_for_url(f"**/{ids[1]}**")
    page.keyboard.press("k")
    page.wait_for_url(f"**/{ids[0]}**")
    page.keyboard.press("c")
    page.locator(".history .status-confirmed").wait_for()
    page.keyboard.press("u")
    page.locator(".history").get_by_text("Taken back.").wait_for()
    page.keyboard.press("d")
    page.keyboard.press("Space")
    page.keyboard.press("d")
    page.locator(".history .status-dismissed").wait_for()
    page.keyboard.press("r")
    page.locator(".history .status-resolved").wait_for()
    assert [r.status for r in ledger.get_contradiction(ids[0]).reviews] == ["confirmed", "suggested", "dismissed", "resolved"]


def test_one_contradiction_by_mouse(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    item = told["flood-1/0 flood-2/0"]
    found = visit()
    found.forgiven.append("422")
    page = found.open(f"/contradictions/{item.id}")
    page.get_by_role("button", name="Dismiss").click()
    page.get_by_role("alert").get_by_text("Say why it is dismissed").wait_for()
    page.get_by_label("They speak of different days").check()
    page.get_by_label("Note").fill("Morning and evening.")
    page.get_by_role("button", name="Dismiss").click()
    page.locator(".history .status-dismissed").wait_for()
    page.get_by_role("button", name="Reopen").click()
    page.locator("h1 .status-suggested").wait_for()
    assert ledger.get_contradiction(item.id).reviews[0].note == "They speak of different days. Morning and evening."
    page.get_by_role("link", name="How many people").click()
    page.wait_for_url("**/threads/**")
    page.go_back()
    page.get_by_role("link", name="Mayor: more than a thousand evacuated").click()
    page.wait_for_url(f"**/articles/**#c-{item.judgement.link.b.claim.id}")


def test_two_editors_at_once_on_one_item(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    item = told["flood-1/0 flood-2/0"]
    first, second = visit().open(f"/contradictions/{item.id}"), visit()
    second.forgiven.append("412")
    other = second.open(f"/contradictions/{item.id}")
    third = visit()
    third.forgiven.append("412")
    inbox = third.open("/")
    third.context.route("**/live**", lambda route: route.abort())
    other.get_by_label("Note").fill("My own long thought")
    first.get_by_role("button", name="Confirm").click()
    first.locator(".history .status-confirmed").wait_for()
    other.get_by_role("button", name="Resolve").click()
    other.get_by_role("alert").get_by_text("local was faster: it is confirmed since").wait_for()
    assert other.get_by_label("Note").input_value() == "My own long thought"
    assert ledger.get_contradiction(item.id).status == "confirmed"
    other.get_by_role("button", name="Resolve").click()
    other.locator(".history .status-resolved").wait_for()
    row = inbox.locator(f"#{item.id}")
    row.get_by_role("button", name="Confirm").click()
    row.get_by_text("local was faster").wait_for()
    assert row.get_attribute("data-status") == "resolved"
    assert [r.status for r in ledger.get_contradiction(item.id).reviews] == ["confirmed", "resolved"]


def test_a_sign_in_that_ends_in_mid_review_loses_nothing(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    _, secret = ledger.create_key("Kari", ["read", "review"])
    found = visit()
    found.forgiven.append("401")
    found.forgiven.append("403")
    page = found.open("/")
    page.get_by_label("API key").fill(secret)
    page.keyboard.press("Enter")
    page.wait_for_url(found.base + "/")
    ids = order(page)
    page.keyboard.press("j")
    page.keyboard.press("d")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note").fill("A thought that took long")
    found.context.clear_cookies()
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.get_by_text("Your sign-in ended.").wait_for()
    with found.context.expect_page() as opened:
        dialog.get_by_role("link", name="Sign in in a new tab").click()
    tab = opened.value
    tab.get_by_label("API key").fill(secret)
    tab.get_by_role("button", name="Sign in").click()
    tab.wait_for_url(found.base + "/")
    dialog.get_by_role("button", name="Dismiss").click()
    dialog.wait_for(state="hidden")
    known = ledger.get_contradiction(ids[0])
    assert [(r.status, r.reviewer, r.note) for r in known.reviews] == [("dismissed", "Kari", "A thought that took long")]
    page.goto(f"{found.base}/contradictions/{ids[1]}")
    page.get_by_label("Note").fill("Another thought")
    found.context.clear_cookies()
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("API key").fill(secret)
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_label("What you wrote").input_value() == "Another thought"
    page.get_by_role("button", name="Send").click()
    page.locator(".history").get_by_text("Another thought").wait_for()


# --- reading, checking, admin ---------------------------------------------------------------------------------------------


def test_the_chart_shows_figures_and_says_them_on_hover(visit: Visit, told: dict[str, Contradiction]) -> None:
    page = visit(height=1400).open(f"/threads/{told['flood-1/0 flood-2/0'].thread_id}")
    canvas = page.locator("#chart canvas")
    canvas.wait_for()
    painted = "c => new Set(c.getContext('2d').getImageData(0, 0, c.width, c.height).data).size"
    assert canvas.evaluate(painted) > 20
    box = page.locator("#chart .u-over").bounding_box()
    for step in range(0, 60):
        page.mouse.move(box["x"] + box["width"] * step / 60, box["y"] + box["height"] * 0.45)
        if page.locator("#chart-tip").is_visible():
            break
    assert page.locator("#chart-tip strong").inner_text()
    assert page.locator("tr.lit").count() == 1
    page.get_by_role("row", name="Between 1,400 and 1,600 people").get_by_role("link").click()
    page.wait_for_url("**/articles/**")


def test_claims_of_an_article_lead_to_their_links(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    page = visit().open(f"/articles/{ledger.find_article('flood-4').id}")
    page.get_by_role("link", name="water had passed over the crest").click()
    note = page.locator(".note-item:target")
    note.get_by_role("link", name="Dispute").click()
    page.wait_for_url(f"**/contradictions/{told['flood-4/1 flood-5/0'].id}")


def test_a_draft_by_keyboard(visit: Visit, ledger: Ledger) -> None:
    page = visit().open("/check")
    page.get_by_label("Draft", exact=True).focus()
    page.keyboard.type("Some 400 people had left their homes.")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("Nothing in the ledger speaks of this claim.").wait_for()
    assert sum(ledger.counts().articles.values()) == 0


def test_files_are_imported_with_progress(visit: Visit, ledger: Ledger, tmp_path: Path) -> None:
    lines = [{"publisher": "Quay", "published_at": "2024-01-01T00:00:00Z", "text": f"Ferry {n} is late."} for n in range(5)]
    (tmp_path / "many.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\nnonsense\n", encoding="utf-8")
    (tmp_path / "<img src=x onerror=window.hacked=1>.txt").write_text("The harbour is open.", encoding="utf-8")
    page = visit().open("/import")
    page.get_by_label("Files").set_input_files([tmp_path / "many.jsonl", tmp_path / "<img src=x onerror=window.hacked=1>.txt"])
    page.get_by_label("Outlet of articles that name none").fill("Herald")
    page.get_by_role("button", name="Import").click()
    page.get_by_text("many.jsonl: 5 stored, 0 known before, 1 refused").wait_for()
    page.get_by_text("All are processed.").wait_for()
    assert ledger.counts().articles == {"processed": 6}
    assert page.evaluate("window.hacked") is None


def test_keys_and_failures_are_looked_after(visit: Visit, ledger: Ledger, told: dict[str, Contradiction]) -> None:
    found = visit()
    page = found.open("/admin")
    page.get_by_role("button", name="Try again").click()
    page.wait_for_url("**/admin#jobs")
    page.get_by_label("New key").fill("Boss")
    page.get_by_label("admin").check()
    page.get_by_role("button", name="Make the key").click()
    secret = page.locator(".secret").inner_text()
    page.goto(found.base + "/admin")
    page.get_by_label("API key").fill(secret)
    page.keyboard.press("Enter")
    page.wait_for_url("**/admin")
    page.get_by_text("Boss").first.click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in")


# --- for everybody --------------------------------------------------------------------------------------------------------


def test_without_javascript_one_can_read_confirm_dismiss_and_undo(
    visit: Visit, ledger: Ledger, told: dict[str, Contradiction]
) -> None:
    page = visit(script=False).open("/")
    ids = order(page)
    rows(page).first.get_by_role("button", name="Confirm").click()
    page.get_by_text("Now confirmed:").wait_for()
    assert ledger.get_contradiction(ids[0]).status == "confirmed"
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Now to review:").wait_for()
    rows(page).first.get_by_role("link", name="Dismiss…").click()
    page.get_by_label("Both can be true").check()
    page.get_by_role("button", name="Dismiss").click()
    page.locator(".history .status-dismissed").wait_for()
    page.goto(page.url.split("/contradictions")[0] + f"/threads/{told['flood-1/0 flood-2/0'].thread_id}")
    assert page.get_by_role("row").count() == 9
    assert not page.locator(".chart-box").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_axe_finds_nothing_and_nothing_overflows(
    visit: Visit, ledger: Ledger, told: dict[str, Contradiction], scheme: str, width: int
) -> None:
    found = visit(width=width, scheme=scheme, bypass_csp=True)
    item = told["flood-4/1 flood-5/0"]
    paths = [
        "/", "/?status=all&q=people", "/?q=zzz", f"/contradictions/{item.id}", f"/contradictions/{told['flood-2/1 flood-3/1'].id}",
        "/threads", f"/threads/{item.thread_id}", f"/threads/{told['flood-1/0 flood-2/0'].thread_id}",
        f"/articles/{ledger.find_article('flood-4').id}", f"/articles/{ledger.find_article('flood-6').id}", "/check", "/import", "/admin",
    ]  # fmt: skip
    for path in paths:
        page = found.open(path)
        if path == "/":
            page.keyboard.press("j")
            page.keyboard.press("d")
        broken = violations(page)
        assert broken == [], (path, broken)
        wide = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
        assert wide[0] <= wide[1], (path, wide)
    found.forgiven.append("404")
    page = found.open(f"/contradictions/{new_id('con')}")
    assert violations(page) == []


def violations(page: Any) -> list[Any]:
    page.add_script_tag(path=AXE)
    found = page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
    return [(item["id"], [node["html"][:200] for node in item["nodes"][:3]]) for item in found["violations"]]


def test_the_sign_in_page_passes_axe_too(visit: Visit, ledger: Ledger) -> None:
    ledger.create_key("Kari", ["read"])
    page = visit(bypass_csp=True).open("/")
    assert violations(page) == []


HARM = "main :is(script, iframe, img, style, base, [onerror], [onload], [onfocus], [href^='javascript' i])"


def test_text_of_others_is_only_ever_text(visit: Visit, ledger: Ledger) -> None:
    paths = ["/", "/threads"]
    for evil in XSS:
        fields = {
            "a_publisher": f"{evil} Post",
            "a_title": evil,
            "a_url": "javascript:window.hacked=1",
            "a_speaker": f"{evil} X",
        }
        found = make.flagged(ledger, f"{evil} 100", f"{evil} 200", explanation=f"{evil}: why", b_speaker=evil, **fields)
        claims = (found.judgement.link.a.claim, found.judgement.link.b.claim)
        thread = ledger.save_thread(ThreadChange(new_id("thr"), f"{evil} thread", tuple(claim.id for claim in claims)))
        ledger.review(found.id, status="suggested", reviewer=f"{evil} R", note=f"{evil} note")
        paths += [f"/contradictions/{found.id}", f"/threads/{thread.id}", f"/articles/{claims[0].article_id}"]
    watched = visit()
    for path in paths:
        page = watched.open(path)
        assert page.evaluate("window.hacked") is None, path
        assert page.locator(HARM).count() == 0, path
        assert page.locator("#help").count() == 1, path  # what comes last is still there: nothing swallowed the rest
    page = watched.open("/")
    assert rows(page).count() == len(XSS)
    assert XSS[0] in rows(page).last.inner_text()


def test_a_draft_is_only_ever_text(visit: Visit) -> None:
    page = visit().open("/check")
    page.get_by_label("Draft", exact=True).fill("\n".join(f"{evil} Some 300 boats." for evil in XSS))
    page.get_by_label("Outlet it is for").fill(XSS[2])
    page.get_by_role("button", name="Check").click()
    page.get_by_role("heading", name="What the ledger says").wait_for()
    assert page.evaluate("window.hacked") is None
    assert page.locator(HARM).count() == 0
    assert page.get_by_label("Outlet it is for").input_value() == XSS[2]


def test_right_to_left_and_cyrillic_stand_as_they_should(visit: Visit, told: dict[str, Contradiction]) -> None:
    page = visit().open(f"/contradictions/{told['flood-5/1 flood-6/0'].id}")
    quotes = page.locator("blockquote")
    directions = [quotes.nth(n).evaluate("q => getComputedStyle(q).direction") for n in (0, 1)]
    assert directions == ["ltr", "rtl"]
    assert [quotes.nth(n).get_attribute("lang") for n in (0, 1)] == ["uk", "ar"]


@pytest.mark.slow
def test_the_inbox_is_there_within_a_second_with_many_findings(visit: Visit, ledger: Ledger) -> None:
    fill(ledger, 5_000)
    page = visit().open("/")
    page.reload()
    loaded_ms = page.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
    assert 0 < loaded_ms < 1_000

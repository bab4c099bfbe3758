"""Waiting until a page has drawn itself, and making it draw all it has.

Everything here is bounded: a page that never rests is read as it stands, one that grows without end
is left before its end. The whole has the time limit of its page besides, for a page that keeps
its thread busy answers nothing at all.
"""

import asyncio
from time import monotonic
from typing import TYPE_CHECKING, Any

from crawler.rendering.turning import lay_out, turn, turn_on

if TYPE_CHECKING:
    from playwright.async_api import Page

    from crawler.rendering.parts import Parts

__all__ = ["read_to_end"]

REST = 0.8
"""Seconds without a change, and without a part on its way, after which a page counts as drawn."""
MOST_WAITING = 15.0
MOST_WAITING_FOR_MORE = 8.0
POLL = 0.1
MAX_ROUNDS = 60
"""Times that more is asked for: 60 times a dozen cars is more than any one page should hold."""
BARREN_ROUNDS = 2

SIGN = """() => [document.getElementsByTagName('*').length, document.links.length,
  (document.body ? document.body.textContent.length : 0)].join()"""
GROWTH = "() => new Set(Array.from(document.links, a => a.href)).size"
SCROLL = """async () => {
  const pause = ms => new Promise(done => setTimeout(done, ms));
  const step = Math.max(innerHeight * 0.8, 400);
  const end = document.documentElement.scrollHeight;
  for (let top = scrollY, n = 0; top < end && n < 40; top += step, n++) {
    scrollTo(0, top); await pause(20);
  }
  scrollTo(0, document.documentElement.scrollHeight);
  const boxes = 'main, [class*=list], [class*=grid], [class*=result]';
  for (const box of document.querySelectorAll(boxes))
    if (box.scrollHeight > box.clientHeight + 50) box.scrollTop = box.scrollHeight;
}"""
CLICK_MORE = r"""() => {
  const words = new RegExp('^\\W*(?:'
    + '(?:load|show|view|see|display|get)\\s+(?:\\d+\\s+)?more\\b.{0,25}'
    + '|more\\s+(?:vehicles|cars|results|listings|inventory|stock)|more\\W*'
    + '|(?:weitere|mehr)\\s+(?:\\S+\\s+)?(?:laden|anzeigen)'
    + '|(?:charger|voir|afficher)\\s+plus.{0,25}|meer laden|toon meer|carica altri'
    + '|mostra altri|cargar m\u00e1s|ver m\u00e1s)\\W*$', 'i');
  const here = location.href.split('#')[0].split('?')[0];
  for (const one of document.querySelectorAll(
      'button, a, [role=button], input[type=button], input[type=submit]')) {
    const text = (one.innerText || one.value || '').trim();
    if (text.length > 45 || !words.test(text) || one.closest('nav, header, footer')) continue;
    if (one.disabled || one.getAttribute('aria-disabled') === 'true') continue;
    if (!one.getClientRects().length) continue;
    if (one.tagName === 'A' && one.href && !one.href.startsWith('javascript:')
        && one.href.split('#')[0].split('?')[0] !== here) continue;
    one.scrollIntoView(); one.click(); return true;
  }
  return false;
}"""


async def read_to_end(page: "Page", parts: "Parts", seconds: float) -> bool:
    """Let a page draw itself, scroll it, press its "load more" and turn its pager until nothing new
    comes; returns whether it would have gone on.

    ``seconds`` are the time that there is: a page that is still growing near its end is read so
    far. Raises playwright's Error where the page ends meanwhile.
    """
    until = monotonic() + 0.8 * seconds
    await _rest(page, parts, min(MOST_WAITING, 0.4 * seconds))
    known: Any = await page.evaluate(GROWTH)
    barren = rounds = 0
    while barren < BARREN_ROUNDS:
        if rounds >= MAX_ROUNDS or monotonic() >= until:
            return True
        rounds += 1
        await page.evaluate(SCROLL)
        pressed = bool(await page.evaluate(CLICK_MORE))
        await _rest(page, parts, min(MOST_WAITING_FOR_MORE, until - monotonic()))
        grown: Any = await page.evaluate(GROWTH)
        barren = 0 if grown > known else barren + (1 if pressed else BARREN_ROUNDS)
        known = max(known, grown)
    turned = await _turn_all(page, parts, until)
    if turned is None:
        return True
    if turned:
        await lay_out(page)
    return False


async def _turn_all(page: "Page", parts: "Parts", until: float) -> int | None:
    """Press a pager's buttons, by their numbers or, where it has none, "next"; returns how often,
    None where that did not come to an end."""
    turned, by_number = 0, True
    while True:
        if not (by_number and await turn(page, turned + 2)):
            # A button "next" beside numbers would turn the pages again.
            if (by_number and turned) or not await turn_on(page):
                return turned
            by_number = False
        turned += 1
        if turned > MAX_ROUNDS or monotonic() >= until:
            return None
        await _rest(page, parts, min(MOST_WAITING_FOR_MORE, until - monotonic()))


async def _rest(page: "Page", parts: "Parts", most: float) -> None:
    """Wait until nothing changes any more, ``most`` seconds at most."""
    until = monotonic() + most
    sign: Any = None
    since = monotonic()
    while monotonic() < until:
        found = await page.evaluate(SIGN)
        if found != sign or parts.in_flight:
            sign, since = found, monotonic()
        elif monotonic() - since >= REST:
            return
        await asyncio.sleep(POLL)

"""Turning the pages of a grid whose pager is made of buttons that replace the cars.

Buttons are pressed by their numbers; those that only say "next", until they are switched off or
bring nothing new. The cars of each page are kept as they stood, and laid out before those of the
last one, so that the readers find all of them in one document. The buttons are taken away once the
last page was reached: as long as they stand, the walk counts as ended early.
"""

import json
from typing import TYPE_CHECKING

from crawler.extract.pager_buttons import NEXT_WORDS

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["lay_out", "turn", "turn_on"]

GROUP = r"""
  const other = ['slick', 'carousel', 'slider', 'swiper', 'dots']
    .map(name => `[class*=${name}]`).join();
  const numbered = Array.from(document.querySelectorAll(
    'button, [role=button], a[href="#"], a:not([href]), a[href^="javascript:"]'))
    .filter(one => /^\d{1,3}$/.test((one.textContent || '').trim())
      && one.getClientRects().length && !one.closest(other));
  const page = one => Number(one.textContent.trim());
  const group = one => { const near = one.parentElement.tagName === 'LI'
    ? one.parentElement.parentElement : one.parentElement;
    return numbered.filter(its => near.contains(its)); };
"""
NEXT = r"""
  const label = one => ((one.innerText || '').trim() || one.getAttribute('aria-label')
    || one.getAttribute('title') || '').trim();
  const nextWords = new RegExp('^' + __NEXT__ + '$', 'i');
  const backWords = new RegExp('^(?:[\u2039\u00ab\u2190<\u276e\u27e8\u2b05\u25c0\\s]+$'
    + '|(?:[^a-z]|go to |the )*(?:prev|back|zur\u00fcck|vorherige|pr\u00e9c\u00e9dent|vorige'
    + '|anterior|precedent|f\u00f6reg|forrige))', 'i');
  const pagers = '[class*=pagin],[class*=pager],[class*=paging],[id*=pagin],[id*=pager],'
    + '[aria-label*=agination],[class*=page-nav],[class*=pagenav],[class*=page-link]';
  const never = other + ',[class*=gallery],[class*=lightbox],[class*=modal],[role=dialog],'
    + '[class*=calendar],[class*=testimonial],[class*=review]';
  const off = one => one.disabled || one.getAttribute('aria-disabled') === 'true'
    || /(^|[\s_-])(disabled|inactive|off)($|[\s_-])/.test(one.className + ' '
      + (one.parentElement.tagName === 'LI' ? one.parentElement.className : ''));
  const turners = Array.from(document.querySelectorAll(
    'button, [role=button], a[href="#"], a:not([href]), a[href^="javascript:"]'))
    .filter(one => label(one) && nextWords.test(label(one)) && !one.closest(never)
      && (one.closest(pagers) || Array.from(
        (one.parentElement.tagName === 'LI' ? one.parentElement : one).parentElement
          .querySelectorAll('button, [role=button], a'))
        .some(its => its !== one && backWords.test(label(its)))));
""".replace("__NEXT__", json.dumps(NEXT_WORDS))
GRID = r"""
  const told = node => new Set(Array.from(node.querySelectorAll('a[href], img[src]'),
    its => its.href || its.src).filter(url => /#!?\//.test(url)
      || url.split(/[?#]/)[0] !== location.href.split(/[?#]/)[0]));
  const keep = buttons => {
    let grid = buttons[0];
    while (grid !== document.body && told(grid).size < 2) grid = grid.parentElement;
    buttons.forEach(its => its.setAttribute('data-turns', ''));
    (window.__turned = window.__turned || []).push(grid.cloneNode(true).innerHTML);
    buttons.forEach(its => its.removeAttribute('data-turns'));
    return told(grid);
  };
"""
TURN = (
    "wanted => {"
    + GROUP
    + GRID
    + r"""
  const one = numbered.find(its => page(its) === wanted && group(its).length > 1);
  if (!one || one.disabled || one.getAttribute('aria-disabled') === 'true') return false;
  keep([one, ...group(one)]);
  one.scrollIntoView(); one.click(); return true;
}"""
)
TURN_ON = (
    "() => {"
    + GROUP
    + NEXT
    + GRID
    + r"""
  const one = turners.find(its => its.getClientRects().length && !off(its));
  if (!one) return false;
  const seen = window.__seen = window.__seen || new Set();
  const shown = keep([one, ...turners]), before = seen.size;
  shown.forEach(url => seen.add(url));
  if (seen.size === before) { window.__turned.pop(); return false; }
  one.scrollIntoView(); one.click(); return true;
}"""
)
LAY_OUT = (
    "() => {"
    + GROUP
    + NEXT
    + r"""
  const kept = window.__turned || [];
  if (!kept.length) return;
  for (const one of numbered) if (group(one).length > 1) one.setAttribute('data-gone', '');
  for (const one of turners) one.setAttribute('data-gone', '');
  const last = document.createElement('div');
  last.innerHTML = kept.map(html => '<div>' + html + '</div>').join('');
  for (const one of last.querySelectorAll('button, [role=button], [data-turns]')) one.remove();
  document.querySelectorAll('[data-gone]').forEach(one => one.remove());
  (document.querySelector('main') || document.body).prepend(last);
}"""
)


async def turn(page: "Page", number: int) -> bool:
    """Keep the cars that a page shows and press the button of the page with a number; False where
    there is none."""
    return bool(await page.evaluate(TURN, number))


async def turn_on(page: "Page") -> bool:
    """Keep the cars that a page shows and press its button "next"; False where there is none, or
    where the last press brought nothing new."""
    return bool(await page.evaluate(TURN_ON))


async def lay_out(page: "Page") -> None:
    """Put the cars of the pages turned before those of the last, without the pager's buttons."""
    await page.evaluate(LAY_OUT)

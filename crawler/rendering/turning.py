"""Turning the pages of a grid whose pager is made of buttons that replace the cars.

The cars of each page are kept as they stood, and laid out before those of the last one, so that the
readers find all of them in one document. The buttons are taken away once the last page was
reached: as long as they stand, the walk counts as ended early.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.async_api import Page

__all__ = ["lay_out", "turn"]

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
TURN = (
    "wanted => {"
    + GROUP
    + r"""
  const one = numbered.find(its => page(its) === wanted && group(its).length > 1);
  if (!one || one.disabled || one.getAttribute('aria-disabled') === 'true') return false;
  let grid = one;
  while (grid !== document.body
      && new Set(Array.from(grid.querySelectorAll('a[href]'), a => a.href)).size < 2)
    grid = grid.parentElement;
  (window.__turned = window.__turned || []).push(grid.cloneNode(true).innerHTML);
  one.scrollIntoView(); one.click(); return true;
}"""
)
LAY_OUT = (
    "() => {"
    + GROUP
    + r"""
  const kept = window.__turned || [];
  if (!kept.length) return;
  for (const one of numbered) if (group(one).length > 1) one.setAttribute('data-gone', '');
  const last = document.createElement('div');
  last.innerHTML = kept.map(html => '<div>' + html + '</div>').join('');
  for (const one of last.querySelectorAll('button, [role=button]')) one.remove();
  document.querySelectorAll('[data-gone]').forEach(one => one.remove());
  (document.querySelector('main') || document.body).prepend(last);
}"""
)


async def turn(page: "Page", number: int) -> bool:
    """Keep the cars that a page shows and press the button of the page with a number; False where
    there is none."""
    return bool(await page.evaluate(TURN, number))


async def lay_out(page: "Page") -> None:
    """Put the cars of the pages turned before those of the last, without the pager's buttons."""
    await page.evaluate(LAY_OUT)

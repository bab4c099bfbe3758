(function () {
  // Where the cars are, and what they say, is put together only here.
  var box = document.getElementById('inventory-app');
  var home = ['', 'assets', [108, 111, 116].map(function (n) { return String.fromCharCode(n); }).join('')];
  var shown = 0;
  function read(text) {
    var bytes = Uint8Array.from(atob(text.split('').reverse().join('')), function (c) { return c.charCodeAt(0); });
    return JSON.parse(new TextDecoder().decode(bytes));
  }
  function draw(part) {
    part.cards.forEach(function (card) { box.insertAdjacentHTML('beforeend', card); });
    shown += part.cards.length;
    var old = document.getElementById('lot-more');
    if (old) old.remove();
    box.insertAdjacentHTML('afterend', '<div id="lot-more"><p>Showing ' + shown + ' of ' + part.all + ' vehicles</p>' +
      (part.cards.length && shown < part.all ? '<button type="button">Load more</button>' : '') + '</div>');
    var button = document.querySelector('#lot-more button');
    if (button) button.onclick = more;
  }
  function more() {
    fetch(home.concat(shown).join('/')).then(function (r) { return r.text(); }).then(read).then(draw);
  }
  more();
})();

/* What is ticked stays on this phone; print and share where the phone can. */
(function () {
  "use strict";
  var key = "hoixa-danh-sach:" + location.pathname + location.search.replace(/[?&](lang|mode)=[^&]*/g, "");
  var boxes = [].slice.call(document.querySelectorAll("#ticks input"));
  var clear = document.getElementById("list-clear");

  function ticked() {
    return boxes
      .filter(function (box) {
        return box.checked;
      })
      .map(function (box) {
        return box.value;
      });
  }
  function show() {
    clear.hidden = !ticked().length;
  }
  function keep() {
    var now = ticked();
    try {
      if (now.length) localStorage.setItem(key, now.join(" "));
      else localStorage.removeItem(key);
    } catch (error) {
      /* private windows keep nothing; the ticks stay until the page is left */
    }
    show();
  }
  try {
    var before = (localStorage.getItem(key) || "").split(" ");
    boxes.forEach(function (box) {
      box.checked = before.indexOf(box.value) >= 0;
    });
    document.getElementById("list-kept").hidden = !boxes.length;
  } catch (error) {
    /* as above */
  }
  show();
  boxes.forEach(function (box) {
    box.addEventListener("change", keep);
  });
  clear.addEventListener("click", function () {
    boxes.forEach(function (box) {
      box.checked = false;
    });
    keep();
    if (boxes[0]) boxes[0].focus();
  });

  var print = document.getElementById("list-print");
  if (window.print) {
    print.hidden = false;
    print.addEventListener("click", function () {
      window.print();
    });
  }

  var share = document.getElementById("list-share");
  if (navigator.share) {
    share.hidden = false;
    share.addEventListener("click", function () {
      navigator.share({ title: document.title, url: share.getAttribute("data-link") }).catch(function () {
        /* closed without choosing anyone */
      });
    });
  }
})();

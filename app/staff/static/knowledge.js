// “/” leads to the search box of a list.
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    var box = document.querySelector("[data-slash]");
    var typing = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName);
    if (event.key === "/" && box && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });
})();

// What several officers' pages share. Every page is whole without it.
(function () {
  "use strict";

  // A form marked data-confirm asks before it is sent.
  document.addEventListener("submit", function (event) {
    var question = event.target.getAttribute("data-confirm");
    if (question && !window.confirm(question)) {
      event.preventDefault();
    }
  });

  // A select marked data-go sends its form as soon as something else is chosen.
  document.addEventListener("change", function (event) {
    if (event.target.hasAttribute("data-go") && event.target.form) {
      event.target.form.submit();
    }
  });
})();

/* Lets the phone keep pages for when there is no network; every page is whole without it. */
(function () {
  "use strict";
  var home = document.currentScript.getAttribute("data-home");

  if ("serviceWorker" in navigator) {
    window.addEventListener("load", function () {
      navigator.serviceWorker
        .register(home + "/sw.js", { scope: home, updateViaCache: "all" })
        .then(function () {
          return navigator.serviceWorker.ready;
        })
        .then(function (registration) {
          var kept = document.getElementById("kept-here");
          if (kept) {
            caches.match(home + "/none").then(function (none) {
              kept.hidden = !!none;
            });
          }
          var connection = navigator.connection || {};
          if (connection.saveData) return;
          /* not while someone may be asking: the records can wait, an answer cannot */
          setTimeout(function () {
            if (!navigator.onLine) return;
            (window.requestIdleCallback || setTimeout)(function () {
              registration.active.postMessage("idle");
            });
          }, 10000);
        })
        .catch(function () {
          /* private windows and some webviews keep nothing */
        });
    });
  }

  /* without a network a question goes to the worker, which brings it back with what is kept */
  document.addEventListener(
    "submit",
    function (event) {
      var worker = navigator.serviceWorker && navigator.serviceWorker.controller;
      if (navigator.onLine === false && worker && event.target.method === "post") {
        event.stopImmediatePropagation();
      }
    },
    true
  );
})();

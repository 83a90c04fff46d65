/* The device at the counter: wiped when nobody touches it. Nothing is kept on it, here or elsewhere. */
(function () {
  "use strict";
  var idle = Number(document.currentScript.getAttribute("data-idle"));
  var box = document.getElementById("cau-hoi");
  var end = document.getElementById("kiosk");
  var start = location.pathname.replace(/^(.*?\/c\/[^/]+).*$/, "$1") + "?mode=kiosk";

  /* a page brought back from memory is another person's */
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) wipe();
    else if (box && !end) box.value = "";
  });

  /* once: a second call would break off the first one's way, on a slow network for ever */
  var leaving = false;
  function wipe() {
    if (leaving) return;
    leaving = true;
    setTimeout(function () {
      leaving = false;
    }, 20000);
    document.body.hidden = true;
    location.replace(start);
  }

  var soon = document.getElementById("kiosk-soon");
  var stay = document.getElementById("kiosk-stay");
  var done = document.getElementById("kiosk-done");
  var warning = Math.min(15, Math.floor(idle / 2));
  var touched = Date.now();

  ["pointerdown", "keydown", "wheel", "scroll", "input", "touchstart"].forEach(function (name) {
    window.addEventListener(
      name,
      function (event) {
        touched = Date.now();
        /* a button under the finger stays until the finger has left it */
        if (end && !(event.target instanceof Node && end.contains(event.target))) calm();
      },
      { passive: true, capture: true }
    );
  });
  /* the words keep their place while unseen: nothing may move under a finger that comes down */
  function calm() {
    end.classList.add("calm");
  }
  if (end) {
    calm();
    soon.hidden = stay.hidden = false;
    stay.addEventListener("click", calm);
  }
  if (done) {
    done.addEventListener("click", function (event) {
      event.preventDefault();
      wipe();
    });
  }
  /* the first page stands for hours: what officers announce or end reaches it all the same */
  if (!end && window.fetch) {
    setInterval(function () {
      if ((box && box.value) || Date.now() - touched < idle * 1000) return;
      fetch(start, { credentials: "same-origin", cache: "no-store" })
        .then(function (response) {
          return response.ok ? response.text() : "";
        })
        .then(function (html) {
          var now = announced(new DOMParser().parseFromString(html, "text/html"));
          if (html && now !== announced(document)) wipe();
        })
        .catch(function () {
          /* no network: what is here stays */
        });
    }, idle * 1000);
  }
  function announced(page) {
    return [].map
      .call(page.querySelectorAll(".notices, .paused"), function (one) {
        return one.textContent;
      })
      .join();
  }

  setInterval(function () {
    var left = idle - Math.floor((Date.now() - touched) / 1000);
    if (!end) {
      /* the first page shows nothing of anyone but an unsent question and a language */
      if (left <= 0 && ((box && box.value) || /lang=/.test(location.search))) wipe();
      return;
    }
    if (left <= 0) wipe();
    else if (left <= warning) {
      if (end.classList.contains("calm")) {
        end.classList.remove("calm");
        document.getElementById("live").textContent = soon.textContent + warning;
      }
      document.getElementById("kiosk-count").textContent = left;
    }
  }, 500);
})();

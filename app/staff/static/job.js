// Keeps the page of a long work up to date, and goes on to its result.
(function () {
  "use strict";

  var panel = document.getElementById("job");
  var address = panel && panel.getAttribute("data-watch");
  if (!address || !window.fetch) {
    return;
  }
  var bar = panel.querySelector("progress");
  var state = panel.querySelector(".state");
  var share = panel.querySelector(".job-share");
  var words = panel.querySelector(".job-words");
  var wait = 500;

  function write(element, text) {
    if (element.textContent !== text) {
      element.textContent = text;
    }
  }

  function show(told) {
    write(state, told.state_words);
    write(share, told.share);
    write(words, told.words);
    if (told.total) {
      bar.max = told.total;
      bar.value = told.done;
    }
    if (told.open) {
      window.setTimeout(ask, wait);
    } else if (told.state === "done" && told.url) {
      window.location.replace(told.url);
    } else {
      window.location.reload();
    }
  }

  function ask() {
    fetch(address, { credentials: "same-origin", headers: { Accept: "application/json" } })
      .then(function (answer) {
        if (answer.status === 401 || answer.status === 404) {
          window.location.reload();
          return null;
        }
        return answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)));
      })
      .then(function (told) {
        if (told) {
          wait = 700;
          show(told);
        }
      })
      .catch(function () {
        wait = Math.min(wait * 2, 10000);
        window.setTimeout(ask, wait);
      });
  }

  ask();
})();

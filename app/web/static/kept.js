/* The page for no network: the question that waits, cards that may answer it, what is kept here. */
(function () {
  "use strict";
  var home = document.currentScript.getAttribute("data-home");
  var name = "hoixa:" + home + ":";
  var ASKING = /^(bao|can|chi|cho|co|con|dau|duoc|gi|giay|khong|lam|lau|mo|muon|nao|nhieu|o|phai|the|thi|to|toi|xin)$/;

  /* the question that waits, and the records that may answer it */
  var unsent = document.getElementById("noi-dung").getAttribute("data-unsent");
  if (unsent) {
    document.getElementById("unsent").hidden = false;
    var box = document.getElementById("cau-hoi");
    if (box) box.value = unsent;
    var matching = document.getElementById("matching");
    best(unsent).forEach(function (card) {
      var link = document.createElement("a");
      link.className = "choice";
      link.href = "#" + card.id;
      link.textContent = card.querySelector("summary").textContent;
      matching.parentNode.appendChild(link);
      matching.hidden = false;
    });
  }
  window.addEventListener("online", function () {
    var next = document.getElementById("unsent-next");
    next.textContent = next.getAttribute("data-online");
  });

  function folded(text) {
    return text
      .toLowerCase()
      .normalize("NFD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/đ/g, "d")
      .split(/[^a-z0-9]+/);
  }

  /* up to three cards whose names hold half of what the question's words weigh: rare ones more */
  function best(question) {
    var cards = [].slice.call(document.querySelectorAll(".kept-card"));
    var names = cards.map(function (card) {
      return folded(card.getAttribute("data-names"));
    });
    var total = 0;
    var found = cards.map(function (card) {
      return { card: card, score: 0 };
    });
    folded(question).forEach(function (word, place, all) {
      if (word.length < 2 || ASKING.test(word) || all.indexOf(word) !== place) return;
      var having = found.filter(function (_, number) {
        return names[number].indexOf(word) >= 0;
      });
      var weight = Math.log((cards.length + 1) / (having.length + 0.5));
      total += weight;
      having.forEach(function (one) {
        one.score += weight;
      });
    });
    return found
      .filter(function (one) {
        return one.score * 2 >= total && one.score > 0;
      })
      .sort(function (one, other) {
        return other.score - one.score;
      })
      .slice(0, 3)
      .map(function (one) {
        return one.card;
      });
  }

  function openCard() {
    var asked = location.hash || "#the-" + (location.pathname.split("/p/")[1] || "").split("/")[0];
    var card = document.getElementById(asked.slice(1));
    if (!card || card.tagName !== "DETAILS") return;
    card.open = true;
    card.scrollIntoView();
  }
  window.addEventListener("hashchange", openCard);
  openCard();

  /* what is kept of this phone's answers, and how to be rid of it */
  if (!("caches" in window)) return;
  var answers = document.getElementById("answers");
  var list = document.getElementById("answers-list");
  var none = document.getElementById("keep-none");
  var live = document.getElementById("live");
  answers.hidden = false;

  function show() {
    return caches.open(name + "answers").then(function (cache) {
      return cache.keys().then(function (keys) {
        return Promise.all(
          keys.reverse().map(function (key) {
            return cache.match(key).then(function (response) {
              return response.text().then(function (html) {
                return { address: key.url, response: response, html: html };
              });
            });
          })
        );
      });
    }).then(function (kept) {
      list.textContent = "";
      kept.forEach(function (one) {
        var title = new DOMParser().parseFromString(one.html, "text/html").querySelector("h1");
        var link = document.createElement("a");
        var day = new Date(Number(one.response.headers.get("Hoixa-Kept")));
        link.className = "row";
        link.href = one.address;
        link.appendChild(document.createElement("b")).textContent =
          title ? title.lastChild.textContent : one.address;
        link.appendChild(document.createElement("span")).textContent =
          " " + day.getDate() + "/" + (day.getMonth() + 1) + "/" + day.getFullYear();
        list.appendChild(document.createElement("li")).appendChild(link);
      });
      if (!kept.length) {
        list.appendChild(document.createElement("li")).textContent = answers.getAttribute("data-empty");
      }
    });
  }

  function showChoice(cache) {
    return cache.match(home + "/none").then(function (chosen) {
      none.setAttribute("aria-pressed", String(!!chosen));
      none.textContent = none.getAttribute(chosen ? "data-on" : "data-off");
    });
  }

  document.getElementById("wipe").addEventListener("click", function () {
    caches
      .delete(name + "answers")
      .then(show)
      .then(function () {
        live.textContent = answers.getAttribute("data-wiped");
      });
  });
  none.addEventListener("click", function () {
    caches.open(name + "choice").then(function (cache) {
      return cache
        .match(home + "/none")
        .then(function (chosen) {
          return chosen ? cache.delete(home + "/none") : cache.put(home + "/none", new Response("1"));
        })
        .then(function () {
          return showChoice(cache);
        });
    });
  });
  show();
  caches.open(name + "choice").then(showChoice);
})();

/* Keeps a commune's counters, last answers and most asked records for when there is no network.
   The network is always asked first; what was kept is shown only where it fails, with its day.
   KEPT, written before this text by the server, says where the pages are and how much is kept. */
"use strict";
var NAME = "hoixa:" + KEPT.home + ":";
var SHELL = NAME + "shell-" + KEPT.state;
var ANSWERS = NAME + "answers";
var CARDS = NAME + "cards";
var CHOICE = NAME + "choice";
var DAY = 24 * 3600 * 1000;

self.addEventListener("install", function (event) {
  self.skipWaiting();
  event.waitUntil(
    caches.open(SHELL).then(function (cache) {
      return cache.match(KEPT.pages[0]).then(function (known) {
        /* only the records are others: what is here stays */
        if (known) return null;
        return cache.addAll(KEPT.shell).then(function () {
          return Promise.all(
            KEPT.pages.map(function (address) {
              return fetch(address, { credentials: "same-origin" }).then(function (response) {
                if (!response.ok) throw new Error(address);
                return put(cache, address, response);
              });
            })
          );
        });
      });
    })
  );
});

self.addEventListener("activate", function (event) {
  event.waitUntil(
    caches
      .keys()
      .then(function (names) {
        return Promise.all(
          names.map(function (name) {
            return name.indexOf(NAME + "shell-") === 0 && name !== SHELL ? caches.delete(name) : null;
          })
        );
      })
      .then(function () {
        return self.clients.claim();
      })
  );
});

self.addEventListener("fetch", function (event) {
  var request = event.request;
  var url = new URL(request.url);
  /* a device that many people use keeps nothing */
  if (url.origin !== location.origin || url.searchParams.get("mode") === "kiosk") return;
  if (request.mode === "navigate") {
    /* the scope is a prefix: another commune's address may begin like this one's */
    if (url.pathname !== KEPT.home && url.pathname.indexOf(KEPT.home + "/") !== 0) return;
    event.respondWith(request.method === "GET" ? page(event, url) : sent(event, url));
  } else if (request.method === "GET" && url.pathname.indexOf(KEPT.files) === 0) {
    event.respondWith(file(request));
  }
});

/* a page that has nothing else to do says so: fetch the records, unless they are there already */
self.addEventListener("message", function (event) {
  if (event.data !== "idle") return;
  event.waitUntil(
    caches.open(CARDS).then(function (cache) {
      return cache.match(KEPT.cards).then(function (known) {
        if (known) return null;
        return fetch(KEPT.cards, { credentials: "same-origin" }).then(function (response) {
          return response.ok ? keepCards(response) : null;
        });
      });
    })
  );
});

function page(event, url) {
  return fetch(event.request).then(
    function (response) {
      var kind = response.ok && response.headers.get("Hoixa-Keep");
      if (kind === "answer" && !url.searchParams.has("thanks")) event.waitUntil(keepAnswer(url, response.clone()));
      if (kind === "cards") event.waitUntil(keepCards(response.clone()));
      if (kind === "office") {
        var copy = response.clone();
        event.waitUntil(
          caches.open(SHELL).then(function (cache) {
            return put(cache, KEPT.home + "/office", copy);
          })
        );
      }
      return response;
    },
    function () {
      return keptPage(url);
    }
  );
}

/* a question that could not be sent comes back in the page for no network */
function sent(event, url) {
  var copy = event.request.clone();
  return fetch(event.request).catch(function () {
    return copy.text().then(function (body) {
      return noNetwork(url.pathname === KEPT.home || url.pathname.indexOf(KEPT.home + "/tickets") === 0 ? new URLSearchParams(body).get("text") : "");
    });
  });
}

function file(request) {
  return caches.match(request).then(function (kept) {
    return (
      kept ||
      fetch(request).catch(function (error) {
        return caches.match(request, { ignoreSearch: true }).then(function (older) {
          if (older) return older;
          throw error;
        });
      })
    );
  });
}

function keptPage(url) {
  return caches
    .open(url.pathname === KEPT.home + "/office" ? SHELL : ANSWERS)
    .then(function (cache) {
      return cache.match(url.pathname);
    })
    .then(function (response) {
      if (!response) return noNetwork("");
      return response.text().then(function (html) {
        return made(dated(html, response, true), policyOf(response), {});
      });
    });
}

function noNetwork(question) {
  return caches
    .open(CARDS)
    .then(function (cache) {
      return cache.keys().then(function (keys) {
        return keys.length ? cache.match(keys[0]) : null;
      });
    })
    .then(function (cards) {
      return cards || caches.match(KEPT.pages[0], { cacheName: SHELL });
    })
    .then(function (response) {
      if (!response) return Response.error();
      return response.text().then(function (html) {
        if (isOld(response)) html = html.replace(/<!--fact-->[\s\S]*?<!--\/fact-->/g, "");
        html = dated(html, response, false);
        if (question) html = html.replace("<main ", '<main data-unsent="' + escaped(question) + '" ');
        return made(html, policyOf(response), {});
      });
    });
}

/* the day it was kept, above everything; an old page is folded away behind its warning */
function dated(html, response, fold) {
  var words = KEPT.words[/<html lang="en"/.test(html) ? "en" : "vi"];
  var day = new Date(Number(response.headers.get("Hoixa-Kept")));
  var shownDay = day.getDate() + "/" + (day.getMonth() + 1) + "/" + day.getFullYear();
  var old = isOld(response);
  var head =
    '<p class="note kept' + (old ? " kept-old" : "") + '"><b>' +
    (old ? words.old : words.kept).replace("{day}", shownDay) + "</b></p>";
  if (old && fold) {
    head += '<details class="fold"><summary><span>' + words.open + "</span></summary>";
    html = html.replace("</main>", "</details></main>");
  }
  /* whether a counter is open was true on the day it was kept; a notice that is over is gone */
  return html
    .replace(/<p class="notice [^>]*data-until="(\d+)"[\s\S]*?<\/p>/g, function (notice, until) {
      return Date.now() < Number(until) ? notice : "";
    })
    .replace(/<span class="now[^>]*>[^<]*<\/span>/g, "")
    .replace(/<main [^>]*>/, function (main) {
      return main + head;
    });
}

/* a clock that was set back makes everything old rather than new */
function isOld(response) {
  var age = Date.now() - Number(response.headers.get("Hoixa-Kept"));
  return !(age >= -DAY && age <= KEPT.days * DAY);
}

function keepAnswer(url, response) {
  return caches.open(CHOICE).then(function (choice) {
    return choice.match(KEPT.home + "/none").then(function (none) {
      if (none || !KEPT.answers) return null;
      return caches.open(ANSWERS).then(function (cache) {
        return cache
          .delete(url.pathname)
          .then(function () {
            return put(cache, url.pathname, response);
          })
          .then(function () {
            return cache.keys();
          })
          .then(function (keys) {
            return Promise.all(
              keys.slice(0, Math.max(0, keys.length - KEPT.answers)).map(function (key) {
                return cache.delete(key);
              })
            );
          });
      });
    });
  });
}

/* one copy, under the address of its state */
function keepCards(response) {
  return caches.open(CARDS).then(function (cache) {
    return cache.keys().then(function (before) {
      return put(cache, KEPT.cards, response).then(function () {
        return Promise.all(
          before.map(function (key) {
            return key.url === new URL(KEPT.cards, location.href).href ? null : cache.delete(key);
          })
        );
      });
    });
  });
}

/* the policy that protects a page from scripts of others stays with it */
function put(cache, address, response) {
  var policy = response.headers.get("Content-Security-Policy");
  return response.text().then(function (html) {
    return cache.put(address, made(html, policy, { "Hoixa-Kept": String(Date.now()) }));
  });
}

function made(html, policy, headers) {
  headers["Content-Type"] = "text/html; charset=utf-8";
  headers["Cache-Control"] = "no-store";
  if (policy) headers["Content-Security-Policy"] = policy;
  return new Response(html, { headers: headers });
}

function policyOf(response) {
  return response.headers.get("Content-Security-Policy");
}

function escaped(text) {
  return text
    .replace(/&/g, "&amp;")
    .replace(/"/g, "&quot;")
    .replace(/</g, "&lt;")
    .replace(/>/g, "&gt;");
}

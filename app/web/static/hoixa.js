/* Additions only: every page is whole without this file. Plain old syntax, for old phones. */
(function () {
  "use strict";
  var root = document.documentElement;
  var live = document.getElementById("live");
  var kiosk = document.body.className.split(" ").indexOf("kiosk") >= 0;

  /* larger type: normal, larger, largest, and back */
  var larger = document.getElementById("larger");
  var sizes = larger.getAttribute("data-sizes").split("|");
  var size = 1;
  try {
    if (!kiosk) size = Number(localStorage.getItem("hoixa-chu")) || 1;
  } catch (error) {
    /* private windows keep nothing */
  }
  function setSize(wanted) {
    size = sizes[wanted - 1] ? wanted : 1;
    root.setAttribute("data-size", size);
    larger.setAttribute("aria-pressed", String(size > 1));
  }
  setSize(size);
  larger.hidden = false;
  larger.addEventListener("click", function () {
    setSize((size % 3) + 1);
    live.textContent = sizes[size - 1];
    if (kiosk) return;
    try {
      localStorage.setItem("hoixa-chu", size);
    } catch (error) {
      /* as above */
    }
  });

  /* what is being typed outlives a reload, a way back and a network that fails; never on a
     kiosk, where the next person is another */
  var box = document.getElementById("cau-hoi");
  var draft = "hoixa:" + location.pathname;
  function keep(name, value) {
    if (kiosk) return;
    try {
      if (value) sessionStorage.setItem(name, value);
      else sessionStorage.removeItem(name);
    } catch (error) {
      /* as above */
    }
  }
  function kept(name) {
    try {
      return kiosk ? "" : sessionStorage.getItem(name) || "";
    } catch (error) {
      return "";
    }
  }
  var answered = document.getElementById("tra-loi");
  if (answered && kept("hoixa-sent")) {
    if (kept("hoixa-sent") !== draft) keep(kept("hoixa-sent"), "");
    keep("hoixa-sent", "");
  }
  if (box) {
    if (!box.value) box.value = kept(draft);
    box.addEventListener("input", function () {
      keep(draft, box.value);
    });
  }

  /* the finished answer is announced once, where it stands */
  if (answered && kept("hoixa-new") === location.pathname) {
    keep("hoixa-new", "");
    setTimeout(function () {
      var lead = answered.querySelector("p:not(.flag)");
      live.textContent = live.getAttribute("data-found") + " " + (lead ? lead.textContent : "");
    }, 600);
  }

  /* one question at a time, and word that it is being answered */
  var sending = null;
  function settle() {
    if (!sending) return;
    clearTimeout(sending.timer);
    if (sending.button) {
      sending.button.removeAttribute("aria-disabled");
      sending.button.textContent = sending.words;
    }
    live.textContent = "";
    working.hidden = true;
    sending = null;
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") return;
    if (sending) {
      event.preventDefault();
      return;
    }
    var asking = form.getAttribute("action") === home;
    var button = event.submitter || form.querySelector("button.button");
    live.textContent = live.getAttribute(asking ? "data-finding" : "data-sending");
    sending = { button: button, words: button && button.textContent, timer: setTimeout(settle, 30000) };
    if (button) {
      button.setAttribute("aria-disabled", "true");
      if (button.classList.contains("button")) button.textContent = live.textContent;
    }
    if (!asking) return;
    keep("hoixa-sent", draft);
    var asked = canStream ? fieldsOf(form, event.submitter) : {};
    if (!asked.question) return;
    event.preventDefault();
    ask(form, event.submitter, asked);
  });
  window.addEventListener("pageshow", settle);

  /* A question is asked within the page, which says what is being done; the answer has a page of
     its own. Where that goes wrong, the form is sent as it is without scripts. */
  var main = document.getElementById("noi-dung");
  var home = main.getAttribute("data-home");
  var working = document.getElementById("working");
  var again = working.querySelector("button");
  var canStream =
    home && window.fetch && window.TextDecoder && window.ReadableStream && FormData.prototype.forEach;
  var PATIENCE = 20000;

  function fieldsOf(form, button) {
    var fields = {};
    new FormData(form).forEach(function (value, name) {
      fields[name === "text" ? "question" : name] = name === "spoken" ? true : value;
    });
    if (button && button.name) fields.question = button.value;
    if (kept(placed)) fields.place = kept(placed);
    return fields;
  }

  function ask(form, button, asked) {
    var timer, aborter, finished;
    clearTimeout(sending.timer);
    tell("", false);
    form.parentNode.insertBefore(working, form.nextSibling);

    function add(name, value) {
      var field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      form.appendChild(field);
    }
    function plainly() {
      if (button && button.name) add(button.name, button.value);
      if (asked.place) add("place", asked.place);
      if (sending) sending.timer = setTimeout(settle, 30000);
      HTMLFormElement.prototype.submit.call(form);
    }
    function refused(words, retry) {
      clearTimeout(timer);
      settle();
      tell(words, true);
      live.textContent = words;
      again.onclick = retry;
    }
    function alive() {
      clearTimeout(timer);
      timer = setTimeout(function () {
        timer = null;
        if (aborter) aborter.abort();
        plainly();
      }, PATIENCE);
    }
    function heard(name, data) {
      if (name === "step") tell(data.label + "…", false);
      if (name === "error") {
        refused(data.detail, function () {
          if (form.requestSubmit) form.requestSubmit(button);
          else plainly();
        });
      }
      if (name === "done") {
        clearTimeout(timer);
        finished = home.split("?");
        finished[0] += "/a/" + data.id;
        timer = setTimeout(open, 1000); /* for proxies that keep the connection */
      }
      return name === "error";
    }
    function open() {
      clearTimeout(timer);
      keep("hoixa-new", finished[0]);
      location.assign(finished.join("?"));
    }

    alive();
    if (window.AbortController) aborter = new AbortController();
    fetch(main.getAttribute("data-ask"), {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "text/event-stream" },
      body: JSON.stringify(asked),
      signal: aborter && aborter.signal,
    }).then(
      function (response) {
        var reader, decoder, text = "";
        if (!response.ok) {
          return response.json().then(function (problem) {
            heard("error", problem);
          });
        }
        reader = response.body.getReader();
        decoder = new TextDecoder();
        return (function read() {
          return reader.read().then(function (part) {
            if (finished) return open();
            if (part.done) throw new Error("ended early");
            alive();
            text += decoder.decode(part.value, { stream: true });
            var events = text.split("\n\n");
            text = events.pop();
            var last = events.some(function (each) {
              var found = /^event: (\w+)\ndata: (.*)$/.exec(each);
              return found && heard(found[1], JSON.parse(found[2]));
            });
            return last || read();
          });
        })();
      },
      function () {
        /* no connection: sent plainly, the question would be lost behind the browser's own page */
        if (!timer) return;
        /* unless our worker is there to bring it back with what the phone keeps */
        if (!kiosk && navigator.serviceWorker && navigator.serviceWorker.controller) plainly();
        else refused(working.getAttribute("data-unsent"), plainly);
      }
    ).catch(function () {
      if (!timer || finished) return;
      clearTimeout(timer);
      plainly();
    });
  }

  function tell(words, over) {
    working.firstElementChild.textContent = words;
    working.hidden = !words;
    again.hidden = !over;
    working.className = over ? "working working-over" : "working";
  }

  /* Which posted code led here is told with each question, so that it is counted for that place. It
     leaves the address, so that who is sent the page does not count there too. */
  var placed = "hoixa-place:" + (home || "").split("?")[0];
  var place = /[?&]place=([a-z0-9]+)/.exec(location.search);
  if (home && place && !kiosk && history.replaceState) {
    keep(placed, place[1]);
    var rest = location.search.replace(/([?&])place=[^&]*&?/, "$1").replace(/[?&]$/, "");
    history.replaceState(history.state, "", location.pathname + rest + location.hash);
  }

  /* Enter sends a question; Shift+Enter starts a line; input methods finish their word first */
  if (box && box.form.requestSubmit) {
    box.addEventListener("keydown", function (event) {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      box.form.requestSubmit();
    });
  }

  /* a mark opens its source */
  document.addEventListener("click", function (event) {
    var mark = event.target.closest ? event.target.closest("a.mark") : null;
    var source = mark && document.getElementById(mark.hash.slice(1));
    if (source) source.open = true;
  });

  var print = document.querySelector("[data-print]");
  if (print && window.print) {
    print.hidden = false;
    print.addEventListener("click", function () {
      window.print();
    });
  }

  var share = document.getElementById("share");
  if (share && navigator.share) {
    share.hidden = false;
    share.addEventListener("click", function () {
      var lead = document.querySelector(".lead");
      navigator
        .share({
          title: document.title,
          text: lead ? lead.textContent : "",
          url: location.origin + location.pathname,
        })
        .catch(function () {
          /* closed without choosing anyone */
        });
    });
  }
})();

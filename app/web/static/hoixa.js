/* Additions only: every page is whole without this file. Plain old syntax, for old phones. */
(function () {
  "use strict";
  var root = document.documentElement;
  var live = document.getElementById("live");

  /* larger type: normal, larger, largest, and back */
  var larger = document.getElementById("larger");
  var sizes = { 1: "Chữ thường", 2: "Chữ lớn", 3: "Chữ rất lớn" };
  var size = 1;
  try {
    size = Number(localStorage.getItem("hoixa-chu")) || 1;
  } catch (error) {
    /* private windows keep nothing */
  }
  function setSize(wanted) {
    size = sizes[wanted] ? wanted : 1;
    root.setAttribute("data-size", size);
    larger.setAttribute("aria-pressed", String(size > 1));
  }
  setSize(size);
  larger.hidden = false;
  larger.addEventListener("click", function () {
    setSize((size % 3) + 1);
    live.textContent = sizes[size];
    try {
      localStorage.setItem("hoixa-chu", size);
    } catch (error) {
      /* as above */
    }
  });

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
    sending = null;
  }
  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (form.method !== "post") return;
    if (sending) {
      event.preventDefault();
      return;
    }
    var rating = /\/feedback$/.test(form.action);
    var words = rating ? "Đang gửi…" : "Đang tìm…";
    var button = event.submitter || form.querySelector("button.button");
    live.textContent = rating ? words : "Đang tìm câu trả lời…";
    sending = { button: button, words: button && button.textContent, timer: setTimeout(settle, 30000) };
    if (button) {
      button.setAttribute("aria-disabled", "true");
      if (button.classList.contains("button")) button.textContent = words;
    }
  });
  window.addEventListener("pageshow", settle);

  /* Enter sends a question; Shift+Enter starts a line; input methods finish their word first */
  var box = document.getElementById("cau-hoi");
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

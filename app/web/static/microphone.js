/* Questions spoken into the page. Additions only: without this file a recording can be sent by the
   form. What went wrong is judged by the error's name, never by the name of the browser. */
(function () {
  "use strict";
  var button = document.getElementById("speak");
  var box = document.getElementById("cau-hoi");
  if (!button || !box || !window.fetch || !window.FormData || !window.Promise) return;

  var live = document.getElementById("live");
  var state = document.getElementById("speak-state");
  var again = document.getElementById("speak-again");
  var other = document.getElementById("noi");
  var why = document.getElementById("speak-why");
  var file = document.getElementById("doan-ghi");
  var label = button.querySelector("span");
  var most = Number(button.getAttribute("data-seconds"));
  var PATIENCE = 90000;
  var KINDS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];
  var ERRORS = {
    NotAllowedError: "refused",
    PermissionDeniedError: "refused",
    SecurityError: "forbidden",
    NotFoundError: "missing",
    DevicesNotFoundError: "missing",
    OverconstrainedError: "missing",
    NotReadableError: "taken",
    TrackStartError: "taken",
    AbortError: "taken",
  };
  /* ready, asking (for the permission), recording, sending */
  var now = "ready";
  var recorder = null;
  var stream = null;
  var ticking = null;

  function words(name) {
    return button.getAttribute("data-" + name);
  }
  function say(text, aloud) {
    state.textContent = text;
    state.hidden = !text;
    if (aloud !== false) live.textContent = text;
  }
  function become(next) {
    now = next;
    button.setAttribute("aria-pressed", String(next === "recording"));
    if (next === "asking" || next === "sending") button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
    label.textContent = words(next === "recording" ? "stop" : next === "ready" ? "ready" : "wait");
    again.hidden = true;
  }
  function complain(text, opened) {
    become("ready");
    say(text);
    if (opened) {
      other.hidden = false;
      other.open = true;
    }
  }

  /* the microphone is let go at once, so that its lamp goes out */
  function release() {
    clearInterval(ticking);
    if (stream)
      stream.getTracks().forEach(function (track) {
        track.stop();
      });
    stream = null;
  }
  function stop() {
    if (recorder && recorder.state !== "inactive") recorder.stop();
    release();
  }

  function start() {
    become("asking");
    say(words("asking"));
    navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true } }).then(
      function (given) {
        stream = given;
        try {
          record();
        } catch (error) {
          release();
          complain(words("failed"), true);
        }
      },
      function (error) {
        complain(words(ERRORS[error.name] || "failed"), true);
      }
    );
  }

  function record() {
    var parts = [];
    var kind = KINDS.filter(function (each) {
      return MediaRecorder.isTypeSupported && MediaRecorder.isTypeSupported(each);
    })[0];
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind, audioBitsPerSecond: 32000 } : {});
    recorder.ondataavailable = function (event) {
      if (event.data && event.data.size) parts.push(event.data);
    };
    recorder.onerror = function () {
      parts = [];
      stop();
    };
    recorder.onstop = function () {
      release();
      if (now !== "recording") return;
      if (!parts.length) complain(words("empty"));
      else send(new Blob(parts, { type: recorder.mimeType || kind || "" }));
    };
    recorder.start();
    become("recording");
    count(most);
    live.textContent = words("listening");
  }

  function count(left) {
    var end = Date.now() + left * 1000;
    var warned = false;
    function tick() {
      var seconds = Math.ceil((end - Date.now()) / 1000);
      if (seconds <= 0) return stop();
      say(words("listening") + " " + words("left").replace("{n}", seconds), !warned && seconds <= 10);
      warned = seconds <= 10;
    }
    ticking = setInterval(tick, 1000);
    tick();
  }

  function send(sound) {
    var form = new FormData();
    var over = false;
    var aborter = window.AbortController ? new AbortController() : null;
    var timer = setTimeout(function () {
      fail(words("late"), true);
      if (aborter) aborter.abort();
    }, PATIENCE);
    function fail(text, worthwhile) {
      if (over) return;
      over = true;
      clearTimeout(timer);
      complain(text);
      again.hidden = !worthwhile;
      again.onclick = function () {
        send(sound);
      };
    }
    if (sound.size > Number(button.getAttribute("data-bytes"))) return fail(words("large"), false);
    become("sending");
    say(words("writing"));
    form.append("audio", sound, sound.name || "cau-hoi");
    fetch(button.getAttribute("data-url") + location.search, { method: "POST", body: form, signal: aborter && aborter.signal }).then(
      function (response) {
        return response.json().then(
          function (told) {
            if (over) return;
            if (!response.ok) return fail(told.detail, response.status === 503 || response.status === 429);
            over = true;
            clearTimeout(timer);
            put(told.text);
          },
          function () {
            fail(words("late"), true);
          }
        );
      },
      function () {
        fail(words("unsent"), true);
      }
    );
  }

  function put(text) {
    box.value = text.slice(0, box.maxLength > 0 ? box.maxLength : undefined);
    box.dispatchEvent(new Event("input", { bubbles: true }));
    mark();
    become("ready");
    say(words("heard"));
    other.open = false;
    file.value = "";
    box.focus();
    box.setSelectionRange(box.value.length, box.value.length);
  }

  /* the question counts as spoken until it is typed anew */
  function mark() {
    var field = box.form.querySelector("input[name=spoken]");
    if (field) return;
    field = document.createElement("input");
    field.type = "hidden";
    field.name = "spoken";
    field.value = "1";
    box.form.appendChild(field);
  }
  box.addEventListener("input", function () {
    var field = box.form.querySelector("input[name=spoken]");
    if (field && !box.value.trim()) field.parentNode.removeChild(field);
  });

  button.addEventListener("click", function () {
    if (now === "ready") start();
    else if (now === "recording") stop();
  });
  window.addEventListener("pagehide", function () {
    now = "ready";
    stop();
  });

  /* a recording made elsewhere: sent from here, so that what was typed and chosen stays */
  file.form.addEventListener("submit", function (event) {
    event.preventDefault();
    event.stopPropagation();
    if (now === "ready" && file.files.length) send(file.files[0]);
  });

  var able = navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.MediaRecorder;
  if (able) {
    button.hidden = false;
    other.hidden = !other.open;
    box.form.className += " ask-speak";
  } else {
    why.textContent = why.getAttribute(window.isSecureContext === false ? "data-insecure" : "data-webview");
    why.hidden = false;
  }
})();

/* "Nghe": reads the answer aloud with the telephone's own voice, else with the server's recording. */
(function () {
  "use strict";
  var box = document.querySelector("[data-say]");
  if (!box) return;
  var synth = window.speechSynthesis;
  var Utterance = window.SpeechSynthesisUtterance;
  var address = box.getAttribute("data-audio");
  var play = box.querySelector("[data-do=play]");
  var label = play.querySelector("span");
  var again = box.querySelector("[data-do=again]");
  var slower = box.querySelector("[data-do=slower]");
  var link = box.querySelector("a");
  var status = box.querySelector("[role=status]");
  var sentences = box
    .getAttribute("data-say")
    .split("\n")
    .map(function (line) {
      return { language: line.slice(0, 2), text: line.slice(3) };
    });
  var state = "idle";
  var audio = null;
  var own = false; /* whether the telephone's voice is the one reading */
  var mute = false; /* it was tried and did not speak */
  var next = 0;
  var turn = 0; /* what earlier turns still report is not heard */
  var utterance = null; /* kept here: Chrome forgets its events once it is collected */
  var timer = 0;

  function voiceFor(language) {
    var voices = synth.getVoices();
    for (var i = 0; i < voices.length; i++) {
      if (voices[i].lang.toLowerCase().split(/[-_]/)[0] === language) return voices[i];
    }
    return null;
  }
  function phoneCan() {
    if (mute || !synth || !Utterance) return false;
    return sentences.every(function (sentence) {
      return voiceFor(sentence.language);
    });
  }
  function offer() {
    var can = Boolean(address) || phoneCan();
    play.hidden = !can;
    if (link) link.hidden = can;
  }
  function show(now, words) {
    state = now;
    var name = now === "reading" ? "pause" : now === "paused" ? "resume" : "listen";
    label.textContent = box.getAttribute("data-" + name);
    again.hidden = slower.hidden = now === "idle";
    status.textContent = words ? box.getAttribute("data-" + words) : "";
  }

  /* sentence by sentence: Chrome falls silent after 15 seconds of one utterance, and on Android
     pausing it loses the rest, so pausing stops and going on begins the sentence anew */
  function hush() {
    turn++;
    clearTimeout(timer);
    if (synth) synth.cancel();
    if (audio) audio.pause();
  }
  function say() {
    if (next >= sentences.length) {
      show("idle");
      return;
    }
    var mine = ++turn;
    utterance = new Utterance(sentences[next].text);
    utterance.voice = voiceFor(sentences[next].language);
    utterance.lang = utterance.voice ? utterance.voice.lang : sentences[next].language;
    utterance.rate = slow() ? 0.7 : 1;
    utterance.onstart = function () {
      if (mine === turn) clearTimeout(timer);
    };
    utterance.onend = function () {
      if (mine !== turn) return;
      clearTimeout(timer);
      next++;
      say();
    };
    utterance.onerror = function (event) {
      if (mine !== turn) return;
      if (event.error === "interrupted" || event.error === "canceled") {
        hush();
        show("paused");
      } else giveUp();
    };
    clearTimeout(timer);
    timer = setTimeout(giveUp, 4000);
    show("reading");
    synth.speak(utterance);
  }
  function giveUp() {
    hush();
    mute = true;
    own = false;
    if (address) load();
    else {
      show("idle", "failed");
      offer();
    }
  }

  function load() {
    if (!audio) {
      audio = document.createElement("audio");
      audio.preload = "none";
      audio.src = address;
      audio.addEventListener("playing", function () {
        show("reading");
      });
      audio.addEventListener("ended", function () {
        show("idle");
      });
      audio.addEventListener("pause", function () {
        if (state === "reading" && !audio.ended) show("paused");
      });
      audio.addEventListener("error", function () {
        audio = null;
        show("idle", "failed");
      });
    }
    audio.defaultPlaybackRate = audio.playbackRate = slow() ? 0.75 : 1;
    show("reading", audio.readyState < 2 ? "loading" : "");
    var playing = audio.play();
    if (playing) {
      playing.catch(function (error) {
        if (error.name === "NotAllowedError") show("idle", "tap");
      });
    }
  }

  function slow() {
    return slower.getAttribute("aria-pressed") === "true";
  }
  function go() {
    if (own) say();
    else load();
  }
  play.addEventListener("click", function () {
    if (state === "reading") {
      hush();
      show("paused");
      return;
    }
    if (state === "idle") {
      own = phoneCan();
      next = 0;
      if (audio) audio.currentTime = 0;
    }
    go();
  });
  again.addEventListener("click", function () {
    hush();
    next = 0;
    if (audio) audio.currentTime = 0;
    go();
  });
  slower.addEventListener("click", function () {
    slower.setAttribute("aria-pressed", String(!slow()));
    if (own && state === "reading") {
      hush();
      say();
    } else if (audio) audio.playbackRate = slow() ? 0.75 : 1;
  });
  window.addEventListener("pagehide", function () {
    hush();
    show("idle");
  });
  if (synth && synth.addEventListener) synth.addEventListener("voiceschanged", offer);
  else if (synth) synth.onvoiceschanged = offer;
  offer();
})();

// Keeps what an officer types until the service has taken it, so that a session that ended, a page
// that was left or a lost connection costs no words. In this tab alone, for this officer alone, no
// longer than its hours, gone with signing out; never passwords or files. Every page is whole without.
(function () {
  "use strict";

  var PREFIX = "hoixa-kept:";
  var OUT = "hoixa-signed-out";
  var TAKEN = /(?:^|; )hoixa_taken=([a-z0-9]+)\.(gone|shown)/;
  var WAIT = 400;
  var EVERY = 60000;
  var NEVER = /^(password|file|submit|button|image|reset)$/;
  var WORDS = /^(text|search|email|tel|url)$/;
  var page = document.body;
  var home = page.getAttribute("data-home");
  var officer = page.getAttribute("data-officer");
  var lasts = 3600000 * parseFloat(page.getAttribute("data-kept-hours"));
  var store;
  try {
    store = window.sessionStorage;
    store.getItem(PREFIX);
  } catch (error) {
    return;
  }

  // --- what is kept

  function keys() {
    return Object.keys(store).filter(function (key) {
      return key.indexOf(PREFIX) === 0;
    });
  }

  function read(key) {
    try {
      return JSON.parse(store.getItem(key));
    } catch (error) {
      return null;
    }
  }

  function write(key, entry) {
    if (!officer || !lasts) {
      return;
    }
    entry.at = Date.now();
    entry.officer = officer;
    try {
      store.setItem(key, JSON.stringify(entry));
    } catch (error) {
      store.removeItem(key); // no room: better nothing than something older
    }
  }

  function forget() {
    keys().forEach(function (key) {
      store.removeItem(key);
    });
  }

  // what is past its hours, or of somebody who sat here before
  function prune() {
    keys().forEach(function (key) {
      var entry = read(key);
      var other = entry && officer && entry.officer !== officer;
      if (!entry || other || !(Date.now() - entry.at < lasts)) {
        store.removeItem(key);
      }
    });
  }

  function signedOut() {
    officer = ""; // what is still typed in this tab is not kept any more
    forget();
  }

  prune();
  window.setInterval(prune, EVERY);
  window.addEventListener("storage", function (event) {
    if (event.key === OUT) {
      signedOut();
    }
  });
  if (/[?&]out=1/.test(window.location.search)) {
    forget();
  }

  // --- forms and their fields

  function each(list, work) {
    Array.prototype.forEach.call(list, work);
  }

  function isPost(form) {
    return (form.getAttribute("method") || "").toLowerCase() === "post";
  }

  function fieldsOf(form) {
    var named = {};
    each(form.elements, function (one) {
      if (one.name && one.name !== "csrf" && one.tagName !== "FIELDSET" && one.tagName !== "BUTTON" && !NEVER.test(one.type)) {
        (named[one.name] = named[one.name] || []).push(one);
      }
    });
    return named;
  }

  function firstWords(form) {
    return Array.prototype.find.call(form.elements, function (one) {
      return one.name && !one.readOnly && (one.tagName === "TEXTAREA" || (one.tagName === "INPUT" && WORDS.test(one.type)));
    });
  }

  // The name that a form's words are kept under; empty for a form that has none, or a secret. A form
  // that carries on the words of another as hidden fields says whose in data-keep.
  function keyOf(form) {
    if (!isPost(form) || form.hasAttribute("data-draft") || form.querySelector("input[type=password]")) {
      return "";
    }
    var said = form.getAttribute("data-keep");
    var first = firstWords(form);
    if (!said && !first) {
      return "";
    }
    return PREFIX + (said || new URL(form.getAttribute("action") || "", window.location).pathname + "#" + first.name);
  }

  function chosen(group, of) {
    var values = [];
    group.forEach(function (one) {
      if (one.type === "checkbox" || one.type === "radio") {
        if (one[of.checked]) {
          values.push(one.value);
        }
      } else if (one.tagName === "SELECT") {
        var marked = Array.prototype.filter.call(one.options, function (option) {
          return option[of.selected];
        });
        if (!marked.length && !one.multiple && one.options.length) {
          marked = [one.options[0]];
        }
        marked.forEach(function (option) {
          values.push(option.value);
        });
      } else {
        values.push(one[of.value]);
      }
    });
    return values;
  }

  function now(group) {
    return chosen(group, { checked: "checked", selected: "selected", value: "value" });
  }

  function begun(group) {
    return chosen(group, { checked: "defaultChecked", selected: "defaultSelected", value: "defaultValue" });
  }

  // What was typed or chosen: all that differs from the page as it came. A page that answers what was
  // sent came with the words in it: there everything counts, and what it carries on hidden.
  function typed(form, before) {
    var named = fieldsOf(form);
    var goesOn = form.hasAttribute("data-goes-on");
    var found = {};
    Object.keys(named).forEach(function (name) {
      var hidden = named[name][0].type === "hidden";
      var values = now(named[name]);
      var counts = hidden ? before && name in before : goesOn || values.join("\n") !== begun(named[name]).join("\n");
      if (counts) {
        found[name] = values;
      }
    });
    return found;
  }

  // the words beside each box that is ticked, for a page that no longer offers it
  function ticked(form) {
    var found = {};
    each(form.elements, function (one) {
      if (one.type === "checkbox" && one.checked && one.name) {
        found[one.name] = found[one.name] || {};
        found[one.name][one.value] = one.labels.length ? one.labels[0].textContent.trim() : one.value;
      }
    });
    return found;
  }

  function put(group, values) {
    var left = values.slice();
    group.forEach(function (one) {
      if (one.type === "checkbox" || one.type === "radio") {
        one.checked = values.indexOf(one.value) >= 0;
        left = left.filter(function (value) {
          return !(one.checked && value === one.value);
        });
      } else if (one.tagName === "SELECT") {
        each(one.options, function (option) {
          if (values.indexOf(option.value) >= 0) {
            option.selected = true;
            left = left.filter(function (value) {
              return value !== option.value;
            });
          }
        });
      } else if (left.length) {
        one.value = left.shift();
      }
    });
    return left;
  }

  // --- keeping

  function keep(form, sent) {
    var key = keyOf(form);
    var before = key && read(key);
    var fields = key ? typed(form, before && before.fields) : {};
    if (!key || (!before && !Object.keys(fields).length)) {
      return;
    }
    if (!Object.keys(fields).length && !sent) {
      store.removeItem(key);
      return;
    }
    var boxes = before ? Object.assign(before.boxes, ticked(form)) : ticked(form);
    write(key, { page: (before && before.page) || window.location.pathname, fields: fields, boxes: boxes, sent: sent });
  }

  function named(address, name) {
    var url = new URL(address, window.location);
    url.searchParams.set("kept", name);
    return url.pathname + url.search + url.hash;
  }

  function fresh() {
    var made = "";
    while (made.length < 16) {
      made += Math.random().toString(36).slice(2);
    }
    return made.slice(0, 16);
  }

  var timers = new Map();
  ["input", "change"].forEach(function (kind) {
    document.addEventListener(kind, function (event) {
      var form = event.target.form;
      if (form && keyOf(form)) {
        window.clearTimeout(timers.get(form));
        timers.set(form, window.setTimeout(keep, WAIT, form, ""));
      }
    });
  });
  window.addEventListener("pagehide", function () {
    timers.forEach(function (timer, form) {
      window.clearTimeout(timer);
      keep(form, "");
    });
  });
  document.addEventListener("submit", function (event) {
    var form = event.target;
    var address = form.getAttribute("action") || window.location.pathname;
    if (event.defaultPrevented || !isPost(form)) {
      return;
    }
    if (new URL(address, window.location).pathname === home + "/sign-out") {
      signedOut();
      try {
        window.localStorage.setItem(OUT, String(Date.now())); // and in the other tabs
      } catch (error) {
        return;
      }
    } else if (keyOf(form)) {
      var name = fresh();
      window.clearTimeout(timers.get(form));
      timers.delete(form);
      keep(form, name);
      form.setAttribute("action", named(address, name));
    }
  });

  // --- coming back

  function element(tag, className, words) {
    var made = document.createElement(tag);
    made.className = className;
    made.textContent = words || "";
    return made;
  }

  function when(entry) {
    return new Date(entry.at).toLocaleTimeString("vi-VN", { hour: "2-digit", minute: "2-digit" });
  }

  function again(name, value, words) {
    var label = element("label", "pick", "");
    var box = element("input", "", "");
    box.type = "checkbox";
    box.name = name;
    box.value = value;
    box.checked = true;
    label.append(box, " " + words);
    return label;
  }

  function note(key, words, left, undo) {
    var made = element("div", "said said-note kept", "");
    var line = element("p", "", words + " ");
    var button = element("button", "", "Bỏ phần gõ dở");
    button.type = "button";
    button.addEventListener("click", function () {
      store.removeItem(key);
      undo();
      made.remove();
    });
    line.append(button);
    made.append(line);
    if (left.length) {
      made.append(element("p", "words", left.join("\n")));
    }
    made.setAttribute("role", "status");
    return made;
  }

  function bringBack(form, key, entry) {
    var named = fieldsOf(form);
    var left = [];
    var gone = [];
    var before = {};
    Object.keys(entry.fields).forEach(function (name) {
      var group = named[name] || [];
      var boxes = entry.boxes[name] || {};
      if (group.length && (group[0].type === "hidden" || now(group).join("\n") === entry.fields[name].join("\n"))) {
        return;
      }
      before[name] = now(group);
      put(group, entry.fields[name]).forEach(function (value) {
        if (value in boxes) {
          gone.push(again(name, value, boxes[value]));
        } else {
          left.push(value);
        }
      });
    });
    if (!Object.keys(before).length) {
      store.removeItem(key);
      return;
    }
    var words = entry.sent
      ? "Phần gửi lúc " + when(entry) + " chưa được nhận. Những gì đã gõ vẫn còn dưới đây; xem lại rồi gửi."
      : "Đã lấy lại phần gõ dở lúc " + when(entry) + ", chưa gửi.";
    var told = note(key, words, left.filter(Boolean), function () {
      Object.keys(before).forEach(function (name) {
        put(named[name] || [], before[name]);
      });
    });
    gone.forEach(function (label) {
      told.append(label);
    });
    form.insertBefore(told, form.firstChild);
    for (var around = form.parentElement; around; around = around.parentElement) {
      if (around.tagName === "DETAILS") {
        around.open = true;
      }
    }
    if (entry.sent) {
      told.scrollIntoView({ block: "center" });
    }
    entry.sent = "";
    write(key, entry);
  }

  function takenNow() {
    var found = TAKEN.exec(document.cookie);
    if (found) {
      document.cookie = "hoixa_taken=; Path=" + home + "; Max-Age=0";
    }
    return found ? { name: found[1], gone: found[2] === "gone" } : { name: "", gone: false };
  }

  function arrive() {
    var taken = takenNow();
    var answers = page.hasAttribute("data-answers") ? /[?&]kept=([a-z0-9]+)/.exec(window.location.search) : null;
    var forms = {};
    each(document.forms, function (form) {
      var key = keyOf(form);
      if (key && !forms[key]) {
        forms[key] = form;
      }
    });
    keys().forEach(function (key) {
      var entry = read(key);
      var form = forms[key];
      if (entry.sent && entry.sent === taken.name && (taken.gone || !form)) {
        store.removeItem(key);
      } else if (entry.body || !officer) {
        return; // a draft's own script sends it
      } else if (form && entry.sent && answers && entry.sent === answers[1]) {
        // the answer to it shows it again, as the service read it
        form.setAttribute("data-goes-on", "");
        keep(form, "");
      } else if (form) {
        bringBack(form, key, entry);
      } else if (entry.page === window.location.pathname && !answers) {
        var said = Object.keys(entry.fields).map(function (name) {
          return entry.fields[name].join(", ");
        });
        var words = "Phần gõ dở lúc " + when(entry) + " không còn chỗ gửi ở trang này. Chép lại nếu cần.";
        document.querySelector("main").prepend(note(key, words, said.filter(Boolean), function () {}));
      }
    });
    if (keys().length) {
      each(document.querySelectorAll("[data-if-kept]"), function (one) {
        one.hidden = false;
      });
    }
  }

  arrive();

  // for the form of drafts, which sends what it kept by itself
  window.hoixaKept = {
    key: function (name) {
      return PREFIX + name;
    },
    read: read,
    write: write,
    drop: function (key) {
      store.removeItem(key);
    },
    name: fresh,
    named: named,
  };
})();

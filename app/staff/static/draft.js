// The form of a draft: saves by itself, adds and moves rows at once, keeps the preview up to date.
// Everything works without it, by the form's own buttons.
(function () {
  "use strict";

  var form = document.querySelector("form[data-draft]");
  if (!form) {
    return;
  }
  var path = form.getAttribute("data-draft");
  var wait = 1000 * parseFloat(form.getAttribute("data-autosave"));
  var told = document.getElementById("saved");
  var again = document.getElementById("again");
  var frame = document.getElementById("preview");
  var RETRY = 10000;
  var PRESENCE = 30000;
  var SMALL = 60000; // what a browser still sends while it leaves a page
  var changes = 0;
  var saved = 0;
  var timer = null;
  var sending = null;
  var behind = false; // somebody else saved in between
  var over = false; // the session ended
  var leaving = false;
  var made = 0;

  function tell(words, compare) {
    told.textContent = words;
    if (compare) {
      var button = document.createElement("button");
      button.name = "do";
      button.value = "save";
      button.textContent = "Xem hai bản cạnh nhau";
      told.append(" ", button);
    }
  }

  function body() {
    return new URLSearchParams(new FormData(form));
  }

  function later(delay) {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  }

  function touched() {
    changes += 1;
    if (over) {
      keep("");
    } else if (!behind) {
      tell("Chưa lưu");
      later(wait);
    }
  }

  function save() {
    clearTimeout(timer);
    if (sending) {
      return sending.then(save);
    }
    if (changes === saved || behind || over) {
      return Promise.resolve();
    }
    var at = changes;
    tell("Đang lưu…");
    sending = fetch(form.action, {
      method: "POST",
      body: body(),
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    })
      .then(function (response) {
        return response.json().then(function (found) {
          return { status: response.status, found: found };
        });
      })
      .then(function (answer) {
        sending = null;
        if (answer.status === 200) {
          saved = at;
          again.hidden = true;
          form.elements.version.value = answer.found.version;
          tell(answer.found.words);
          show(answer.found);
          refresh();
          if (changes !== saved) {
            later(wait);
          }
        } else if (answer.found.compare) {
          behind = true;
          tell(answer.found.words + " Những gì bạn gõ vẫn còn ở đây và được giữ riêng.", true);
        } else if (answer.status === 401 || answer.status === 403) {
          ended();
        } else {
          failed(answer.found.words || answer.found.detail || "");
        }
      })
      .catch(function () {
        sending = null;
        failed("");
      });
    return sending;
  }

  function failed(words) {
    tell("Chưa lưu được, thử lại. " + words + " Những gì đã gõ vẫn còn trên trang này.");
    again.hidden = false;
    later(RETRY);
  }

  // The session ended: what is typed is kept in this tab, and saved after signing in again.
  var kept = window.hoixaKept;
  var key = kept && kept.key(path);
  function keep(sent) {
    var words = body();
    words.delete("csrf");
    if (kept) {
      kept.write(key, { page: location.pathname, body: words.toString(), sent: sent });
    }
  }
  function ended() {
    var button = document.createElement("button");
    over = true;
    keep("");
    tell(
      kept && kept.read(key)
        ? "Phiên làm việc đã hết. Những gì đã gõ được giữ trong thẻ này; đăng nhập lại sẽ được lưu."
        : "Phiên làm việc đã hết. Chép lại phần vừa gõ rồi đăng nhập lại."
    );
    button.type = "button";
    button.textContent = "Đăng nhập lại";
    button.addEventListener("click", function () {
      leaving = true;
      location.assign(location.pathname + location.search);
    });
    told.append(" ", button);
  }
  function bringBack() {
    var entry = kept && kept.read(key);
    if (!entry || !entry.body) {
      return;
    }
    var words = new URLSearchParams(entry.body);
    words.set("csrf", form.elements.csrf.value);
    words.delete("do");
    tell("Đang lưu phần gõ lúc phiên hết…");
    sending = fetch(form.action, {
      method: "POST",
      body: words,
      headers: { Accept: "application/json" },
      credentials: "same-origin",
    })
      .then(function (response) {
        return response.json().then(function (found) {
          sending = null;
          if (response.ok || found.compare) {
            kept.drop(key);
            leaving = true;
            location.replace(found.compare || path + "?saved=1&section=" + encodeURIComponent(words.get("section")));
          } else {
            tell("Phần gõ lúc phiên hết chưa lưu được. " + (found.words || found.detail || ""));
          }
        });
      })
      .catch(function () {
        sending = null;
        tell("Phần gõ lúc phiên hết chưa lưu được; mở lại trang để thử lần nữa.");
      });
  }

  // what the save found wrong, beside its inputs
  function show(found) {
    form.querySelectorAll(".said-of .wrong").forEach(function (one) {
      one.remove();
    });
    form.querySelectorAll("[aria-invalid]").forEach(function (one) {
      one.removeAttribute("aria-invalid");
    });
    Object.keys(found.problems).forEach(function (name) {
      var place = form.querySelector('.said-of[data-path="' + CSS.escape(name) + '"]');
      var input = document.getElementById(name);
      if (input && /^(INPUT|TEXTAREA|SELECT)$/.test(input.tagName)) {
        input.setAttribute("aria-invalid", "true");
        input.setAttribute("aria-describedby", name + "~said");
      }
      found.problems[name].forEach(function (words) {
        var line = document.createElement("span");
        line.className = "wrong";
        line.textContent = words;
        if (place) {
          place.append(line);
        }
      });
    });
    form.querySelectorAll("[data-part]").forEach(function (part) {
      var count = found.parts[part.getAttribute("data-part")] || 0;
      var mark = part.querySelector("[data-faults]");
      mark.hidden = !count;
      mark.textContent = count + " chỗ phải sửa";
    });
    var general = document.getElementById("general");
    general.textContent = "";
    found.general.forEach(function (words) {
      var line = document.createElement("li");
      line.textContent = words;
      general.append(line);
    });
    var faults = document.getElementById("faults");
    faults.className = found.faults ? "faults" : "faults none";
    faults.textContent = found.faults
      ? "Còn " + found.faults + " chỗ phải sửa trước khi công bố."
      : "Chưa thấy chỗ nào sai.";
  }

  // the residents' page again, at the same place, with links that lead nowhere
  var top = 0;
  function refresh() {
    if (frame) {
      top = frame.contentWindow.scrollY;
      frame.contentWindow.location.replace(frame.src);
    }
  }
  if (frame) {
    frame.addEventListener("load", function () {
      frame.contentWindow.scrollTo(0, top);
      frame.contentDocument.addEventListener("click", function (event) {
        if (event.target.closest("a, button")) {
          event.preventDefault();
        }
      });
    });
  }

  // rows
  function rowOf(button) {
    return button.closest("[data-row]");
  }

  var actions = {
    up: function (button) {
      var row = rowOf(button);
      if (row.previousElementSibling) {
        row.parentNode.insertBefore(row, row.previousElementSibling);
      }
      button.focus();
      touched();
    },
    down: function (button) {
      var row = rowOf(button);
      if (row.nextElementSibling) {
        row.parentNode.insertBefore(row.nextElementSibling, row);
      }
      button.focus();
      touched();
    },
    remove: function (button) {
      var row = rowOf(button);
      var note = document.createElement("p");
      var undo = document.createElement("button");
      note.className = "gone";
      note.append("Đã xoá. ");
      undo.type = "button";
      undo.textContent = "Hoàn lại";
      note.append(undo);
      row.replaceWith(note);
      undo.addEventListener("click", function () {
        note.replaceWith(row);
        touched();
      });
      undo.focus();
      touched();
    },
    add: function (button) {
      var list = button.closest("[data-rows]");
      var name = list.getAttribute("data-rows");
      made += 1;
      var key = "n" + Date.now().toString(36).slice(-6) + made;
      var address = path + "/row?rows=" + encodeURIComponent(name) + "&key=" + key;
      button.disabled = true;
      fetch(address, { credentials: "same-origin", headers: { Accept: "text/html" } })
        .then(function (response) {
          if (!response.ok) {
            throw new Error(response.status);
          }
          return response.text();
        })
        .then(function (html) {
          var holder = document.createElement("template");
          holder.innerHTML = html;
          var row = holder.content.querySelector("[data-row]");
          list.querySelector(".row-list").append(row);
          button.disabled = false;
          var first = row.querySelector("input:not([type=hidden]):not([readonly]), textarea, select");
          if (first) {
            first.focus();
          }
          if (name === "sources") {
            offer(row);
          }
          touched();
        })
        .catch(function () {
          button.disabled = false;
          failed("");
        });
    },
  };

  // a source that was just added can be chosen by every fact
  function offer(row) {
    var key = row.querySelector('[name$="~key"]').value;
    form.querySelectorAll("[data-keys]").forEach(function (boxes) {
      var label = document.createElement("label");
      var box = document.createElement("input");
      label.className = "inline";
      box.type = "checkbox";
      box.name = boxes.getAttribute("data-keys");
      box.value = key;
      label.append(box, " " + key);
      boxes.append(label);
    });
  }

  form.addEventListener("click", function (event) {
    var button = event.target.closest("[data-do]");
    if (button) {
      event.preventDefault();
      actions[button.getAttribute("data-do")](button);
    }
  });
  form.addEventListener("input", touched);
  form.addEventListener("change", function (event) {
    if (event.target.hasAttribute("data-own")) {
      leaving = true;
      form.elements.section.value = event.target.closest("[data-part]").id;
      form.requestSubmit(form.querySelector('button[value="save"]'));
      return;
    }
    var boxes = event.target.closest("[data-keys]");
    if (boxes) {
      var chosen = [].map.call(boxes.querySelectorAll("input:checked"), function (box) {
        return box.parentNode.textContent.trim();
      });
      boxes.parentNode.querySelector(".named").textContent = chosen.join("; ") || "chưa chọn";
    }
    touched();
  });
  form.addEventListener("submit", function () {
    leaving = true;
    clearTimeout(timer);
    var open = form.querySelector("details.part[open]");
    if (open && !form.elements.section.value) {
      form.elements.section.value = open.id;
    }
    if (kept) {
      var name = kept.name();
      keep(name);
      form.setAttribute("action", kept.named(form.getAttribute("action"), name));
    }
  });
  again.addEventListener("click", save);
  window.addEventListener("online", save);

  // before leaving: a link waits for the save, a closed page sends what is small enough or asks
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href]");
    var plain = !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0;
    if (!link || !plain || link.target || changes === saved || behind) {
      return;
    }
    if (link.getAttribute("href").charAt(0) !== "#") {
      event.preventDefault();
      save().then(function () {
        if (changes === saved) {
          location.href = link.href;
        }
      });
    }
  });
  document.addEventListener("visibilitychange", function () {
    if (document.visibilityState === "hidden" && !leaving) {
      save();
    }
  });
  window.addEventListener("beforeunload", function (event) {
    if (leaving || changes === saved) {
      return;
    }
    var words = body();
    if (words.toString().length < SMALL) {
      fetch(form.action, {
        method: "POST",
        body: words,
        headers: { Accept: "application/json" },
        credentials: "same-origin",
        keepalive: true,
      });
    }
    event.preventDefault();
  });

  // who else is here, since when they are quiet, and whether they saved; what is read aloud is
  // written only when it changes
  function write(element, words) {
    if (element.textContent !== words) {
      element.textContent = words;
    }
  }
  function ask() {
    var line = document.getElementById("presence");
    fetch(path + "/presence.json?version=" + form.elements.version.value, {
      credentials: "same-origin",
      headers: { Accept: "application/json" },
    })
      .then(function (response) {
        return response.ok ? response.json() : null;
      })
      .then(function (found) {
        if (found) {
          var who = [found.who, found.newer].filter(Boolean).join(" ");
          line.hidden = !who;
          write(line.querySelector("[data-who]"), who);
          write(line.querySelector("[data-when]"), found.when);
        }
      })
      .catch(function () {});
  }
  setInterval(ask, PRESENCE);
  bringBack();
})();

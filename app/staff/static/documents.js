// Sends documents with a bar, takes files that are dropped, unfolds a document's text. Whole without.
(function () {
  "use strict";

  // A link to a place in the text opens what it is folded in.
  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[href^='#noi-']") : null;
    var place = link && document.getElementById(link.getAttribute("href").slice(1));
    var folded = place && place.closest("details");
    if (folded) {
      folded.open = true;
    }
  });

  var form = document.getElementById("sending");
  if (!form || !window.FormData || !window.XMLHttpRequest) {
    return;
  }
  var input = form.querySelector("input[type=file]");
  var drop = form.querySelector("[data-drop]");
  var chosen = form.querySelector(".chosen");
  var wrong = form.querySelector(".wrong");
  var sent = form.querySelector(".sent");
  var bar = form.querySelector("progress");
  var words = form.querySelector(".sent-words");
  var send = form.querySelector("button.primary");
  var stop = form.querySelector("button.stop");
  var megabyte = 1000000;
  var request = null;

  function number(value, digits) {
    return value.toLocaleString("vi-VN", { maximumFractionDigits: digits, minimumFractionDigits: digits });
  }

  function size(bytes) {
    return bytes < megabyte ? number(Math.max(1, Math.round(bytes / 1000)), 0) + " kB" : number(bytes / megabyte, 1) + " MB";
  }

  function tell(text) {
    wrong.textContent = text;
    wrong.hidden = !text;
  }

  function total() {
    return Array.prototype.reduce.call(input.files, function (sum, file) { return sum + file.size; }, 0);
  }

  function fault() {
    var most = Number(form.getAttribute("data-most-files"));
    if (input.files.length > most) {
      return "Mỗi lần nạp tối đa " + most + " tệp. Bớt tệp rồi nạp lại.";
    }
    most = Number(form.getAttribute("data-most-mb"));
    if (total() > most * megabyte) {
      return "Các tệp cộng lại quá " + most + " MB. Chia làm nhiều lần.";
    }
    return "";
  }

  function list() {
    var most = Number(form.getAttribute("data-most-file-mb")) * megabyte;
    chosen.textContent = "";
    Array.prototype.forEach.call(input.files, function (file) {
      var line = document.createElement("li");
      line.textContent = file.name + " (" + size(file.size) + ")" + (file.size > most ? ": quá lớn, sẽ không nhận" : "");
      chosen.appendChild(line);
    });
    chosen.hidden = !input.files.length;
    tell(fault());
  }

  function sending(on) {
    sent.hidden = !on;
    stop.hidden = !on;
    send.disabled = on;
    input.disabled = on;
  }

  function ended(text) {
    request = null;
    sending(false);
    tell(text);
  }

  function refusal(answer) {
    if (answer.status === 401) {
      return "Phiên làm việc đã hết. Đăng nhập lại rồi nạp.";
    }
    try {
      return JSON.parse(answer.responseText).detail || "Không nạp được. Thử lại.";
    } catch (error) {
      return "Không nạp được (" + answer.status + "). Thử lại.";
    }
  }

  function begin(event) {
    event.preventDefault();
    if (request) {
      return;
    }
    var problem = fault();
    if (problem) {
      tell(problem);
      return;
    }
    var data = new FormData(form);
    tell("");
    bar.value = 0;
    words.textContent = "Bắt đầu gửi";
    sending(true);
    request = new XMLHttpRequest();
    request.open("POST", form.getAttribute("action"));
    request.setRequestHeader("X-CSRF", form.getAttribute("data-csrf"));
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", function (step) {
      if (step.lengthComputable) {
        bar.value = Math.round((100 * step.loaded) / step.total);
        words.textContent = step.loaded < step.total ? "Đã gửi " + bar.value + " % (" + size(step.loaded) + " trong " + size(step.total) + ")" : "Đã gửi xong, đang cất tệp";
      }
    });
    request.addEventListener("load", function () {
      var answer = request;
      if (answer.status === 202) {
        window.location.assign(JSON.parse(answer.responseText).url);
      } else {
        ended(refusal(answer));
      }
    });
    request.addEventListener("error", function () {
      ended("Mất kết nối khi đang gửi. Kiểm tra mạng và dung lượng tệp rồi nạp lại.");
    });
    request.addEventListener("abort", function () {
      ended("Đã dừng, chưa nạp tệp nào.");
    });
    request.send(data);
  }

  form.addEventListener("submit", begin);
  input.addEventListener("change", list);
  stop.addEventListener("click", function () {
    if (request) {
      request.abort();
    }
  });

  // Files that are dropped anywhere on the field; by name, since pages are in the order of names.
  if (window.DataTransfer && "files" in input) {
    drop.querySelector(".drop-words").hidden = false;
    ["dragover", "dragleave", "drop"].forEach(function (name) {
      drop.addEventListener(name, function (event) {
        event.preventDefault();
        drop.classList.toggle("over", name === "dragover");
      });
    });
    drop.addEventListener("drop", function (event) {
      if (!request && event.dataTransfer.files.length) {
        input.files = event.dataTransfer.files;
        list();
      }
    });
  }
})();

// Draws every canvas that carries its data. The table below each says the same without it.
(function () {
  "use strict";
  if (!window.Chart) {
    return;
  }
  var drawn = [];

  function css(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  }

  // Beside its colour each series has a hatching of its own, for print and for who sees no colours.
  function paint(number) {
    var colour = css("--chart-" + ((number % 5) + 1));
    if (number % 5 === 0) {
      return colour;
    }
    var tile = document.createElement("canvas");
    tile.width = tile.height = 8;
    var pen = tile.getContext("2d");
    pen.fillStyle = css("--paper");
    pen.fillRect(0, 0, 8, 8);
    pen.strokeStyle = pen.fillStyle = colour;
    pen.lineWidth = 3;
    pen.beginPath();
    if (number % 5 === 1) {
      pen.moveTo(-2, 10), pen.lineTo(10, -2), pen.moveTo(-2, 2), pen.lineTo(2, -2), pen.moveTo(6, 10), pen.lineTo(10, 6);
    } else if (number % 5 === 2) {
      pen.fillRect(0, 0, 8, 8);
      pen.strokeStyle = css("--paper");
      pen.lineWidth = 1.5;
      pen.moveTo(-2, -2), pen.lineTo(10, 10), pen.moveTo(-2, 6), pen.lineTo(2, 10), pen.moveTo(6, -2), pen.lineTo(10, 2);
    } else if (number % 5 === 3) {
      pen.moveTo(0, 2), pen.lineTo(8, 2), pen.moveTo(0, 6.5), pen.lineTo(8, 6.5);
      pen.lineWidth = 2;
    } else {
      pen.fillRect(1, 1, 3, 3);
      pen.fillRect(5, 5, 3, 3);
    }
    pen.stroke();
    return pen.createPattern(tile, "repeat");
  }

  function short(text, most) {
    return text.length > most ? text.slice(0, most - 1) + "…" : text;
  }

  function draw(canvas) {
    var given = JSON.parse(canvas.getAttribute("data-chart"));
    var several = given.series.length > 1;
    var stacked = several && !given.horizontal;
    var most = window.innerWidth < 640 ? 20 : 34;
    canvas.parentNode.hidden = false;
    var names = {
      stacked: stacked,
      grid: { display: false },
      ticks: {
        color: css("--ink"),
        autoSkip: !given.horizontal,
        callback: function (value) {
          return short(this.getLabelForValue(value), most);
        },
      },
    };
    var amounts = {
      stacked: stacked,
      beginAtZero: true,
      grid: { color: css("--line") },
      ticks: { color: css("--ink"), precision: 0 },
    };
    drawn.push(
      new window.Chart(canvas, {
        type: "bar",
        data: {
          labels: given.labels,
          datasets: given.series.map(function (one, number) {
            return {
              label: one.label,
              data: one.values,
              backgroundColor: paint(number),
              borderColor: css("--chart-" + ((number % 5) + 1)),
              borderWidth: number ? 1 : 0,
            };
          }),
        },
        options: {
          animation: false,
          responsive: true,
          maintainAspectRatio: false,
          locale: "vi-VN",
          indexAxis: given.horizontal ? "y" : "x",
          interaction: { mode: "index", axis: given.horizontal ? "y" : "x", intersect: false },
          scales: given.horizontal ? { x: amounts, y: names } : { x: names, y: amounts },
          plugins: { legend: { display: several, position: "bottom", labels: { color: css("--ink") } } },
        },
      })
    );
  }

  function all() {
    drawn.forEach(function (one) {
      one.destroy();
    });
    drawn = [];
    window.Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
    window.Chart.defaults.font.size = 13;
    document.querySelectorAll("canvas[data-chart]").forEach(draw);
  }

  all();
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", all);
})();

"""The picture of scripts/bench-peers, drawn by gnuplot. Also draws again what --json has kept:
python3 scripts/peers/picture.py ROWS.json docs/peers.svg"""

import json
import re
import statistics
import subprocess
import sys

# Colours of M. Okabe and K. Ito, which the colour-blind can tell apart.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000"]
GREY = "#777777"
BYTES = 20  # of plain RMSprop in fp32: p, g and v are read, p and v are written


def rate(row, name):
    """GB/s."""
    return row["elements"] * BYTES / statistics.median(row["times"][name]) * 1e-9


def sentence(row):
    """What was measured, and where. PoCL calls a CPU pthread-TARGET-NAME or cpu-TARGET-NAME."""
    device = re.sub(r"^(pthread|cpu)-[a-z0-9-]*-", "", row["device"])
    return (f"RMSprop in fp32, each program on the same {row['cores']} cores ({device}), "
            f"clstep under PoCL {row['driver'].split('+')[0]}.\\n"
            "The limit is a kernel that makes the same reads and writes and nothing else.")


def bars(row, names, colours):
    names = sorted(names, key=lambda name: rate(row, name))
    limit = rate(row, "limit")
    lines = ["$bars << END"]
    for i, name in enumerate(names):
        speed = rate(row, name)
        place = max(speed, limit) if speed > 0.9 * limit else speed  # of the number: off the line
        lines.append(f"{speed:.4g} {i} {int(colours[name][1:], 16)} {place:.4g}")
    labels = ", ".join(f"'{name}' {i}" for i, name in enumerate(names))
    return lines + [
        "END", f"set ytics ({labels})", f"set yrange [-0.6:{len(names) - 0.4}]",
        f"set xrange [0:{limit * 1.2:.4g}]", "set style fill solid 0.9", "set boxwidth 0.7",
        "set xlabel 'GB/s (20 bytes an element)'",
        f"set title '{row['elements'] / 2**20:.0f}M elements in one tensor' offset 0,-0.5",
        f"set arrow 1 from {limit:.4g}, graph 0 to {limit:.4g}, graph 1 nohead lc rgb '{GREY}' "
        "dt (6,4)",
        f"set label 1 'limit' at {limit:.4g}, graph 0.04 right offset -0.5,0 tc rgb '{GREY}'",
        "plot $bars using ($1/2):2:($1/2):(0.36):3 with boxxyerror lc rgb variable notitle, "
        "$bars using 4:2:(sprintf('%.0f', $1)) with labels left offset 0.4,0 notitle",
        "unset arrow 1", "unset label 1", "set ytics auto", "set xrange [*:*]", "set yrange [*:*]"]


def spread(heights, least):
    """Moves heights apart, as little as it takes for `least` between neighbours."""
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    placed = dict(enumerate(heights))
    for _ in range(200):
        for low, high in zip(order, order[1:]):
            lack = least - (placed[high] - placed[low])
            if lack > 0:
                placed[low] -= lack / 2
                placed[high] += lack / 2
    lack = least / 2 - placed[order[0]]  # the lowest stays above the axis
    return [placed[i] + max(lack, 0) for i in range(len(heights))]


def curves(rows, names, colours):
    """A line for each name, with the name at its end."""
    top = 1.1 * max(rate(row, name) for row in rows for name in row["times"])
    if sum("limit" in row["times"] for row in rows) > 1:  # one point is no line
        names = [*names, "limit"]
    ends = spread([rate(rows[-1], name) for name in names], top / 17)
    lines, plots = [], []
    for i, name in enumerate(names):
        colour = colours.get(name, GREY)
        lines.append(f"$curve{i} << END")
        lines += [f"{row['elements']} {rate(row, name):.5g}" for row in rows
                  if name in row["times"]]
        lines += ["END", f"set label {i + 2} '{name}' at graph 1.04, first {ends[i]:.4g} "
                  f"tc rgb '{colour}'"]
        style = {"limit": "lines dt (6,4) lw 1.2", "clstep": "linespoints pt 7 ps 0.6 lw 2.2"}
        plots.append(f"$curve{i} using 1:2 with "
                     f"{style.get(name, 'linespoints pt 7 ps 0.6 lw 1.2')} "
                     f"lc rgb '{colour}' notitle")
    plots.sort(key=lambda plot: ("lw 2.2" in plot) + 2 * ("dt (6,4)" in plot))  # over the others
    return lines + ["set title 'by size' offset 0,-0.5", "set logscale x",
                    f"set xrange [{rows[0]['elements'] * 0.8}:{rows[-1]['elements']}]",
                    f"set yrange [0:{top:.4g}]", "set format x '%.0s%c'",
                    "set xlabel 'elements in one tensor'", "set ylabel 'GB/s' offset 1.5,0",
                    "plot " + ", ".join(plots)]


def draw(rows, path):
    flat = sorted((row for row in rows if row["tensors"] == 1), key=lambda row: row["elements"])
    flat = flat or rows
    names = [name for name in flat[-1]["times"] if name != "limit"]
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    terminal = ("pngcairo size 1500,690 font 'DejaVu Sans,15' linewidth 2" if path.endswith(".png")
                else "svg size 1000,460 dynamic font 'DejaVu Sans,14' linewidth 1.5 "
                "background 'white'")
    script = [f"set terminal {terminal} noenhanced", f"set output '{path}'",
              "set border 3 lc rgb '#444444' lw 0.8",
              "set tics nomirror out scale 0.6 tc rgb '#222222'",
              "set grid xtics lt 1 lw 0.5 lc rgb '#dddddd'", "set multiplot",
              f"set label 100 \"{sentence(flat[-1])}\" at screen 0.5, screen 0.95 center",
              "set tmargin at screen 0.80", "set bmargin at screen 0.17",
              "set lmargin at screen 0.21", "set rmargin at screen 0.50",
              *bars(flat[-1], names, colours), "unset label 100",
              "set lmargin at screen 0.58", "set rmargin at screen 0.80",
              *curves(flat, names, colours), "unset multiplot"]
    subprocess.run(["gnuplot", "-d"], input="\n".join(script) + "\n", text=True, check=True)


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        draw(json.load(file), sys.argv[2])

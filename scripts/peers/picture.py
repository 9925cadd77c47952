"""The picture of scripts/bench-peers, drawn by gnuplot."""

import statistics
import subprocess

# Colours of M. Okabe and K. Ito, which the colour-blind can tell apart.
COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000", "#8a6d00"]
BYTES = 20  # of plain RMSprop in fp32: p, g and v are read, p and v are written


def rate(row, name):
    """1e9 elements a second."""
    return row["elements"] / statistics.median(row["times"][name]) * 1e-9


def bars(row, colours):
    names = sorted((name for name in row["times"] if name != "limit"), key=lambda n: rate(row, n))
    limit = rate(row, "limit") * BYTES
    lines = ["$bars << END"]
    lines += [f"{rate(row, name) * BYTES:.4g} {i} {int(colours[name][1:], 16)}"
              for i, name in enumerate(names)]
    labels = ", ".join(f"'{name}' {i}" for i, name in enumerate(names))
    return lines + [
        "END", f"set ytics ({labels})", f"set yrange [-0.6:{len(names) - 0.4}]",
        f"set xrange [0:{limit * 1.12:.4g}]", "set style fill solid 0.9", "set boxwidth 0.7",
        "set xlabel 'GB/s of what an update must move (20 bytes an element)'",
        f"set title '{row['elements'] / 2**20:.0f}M elements in one tensor' offset 0,-0.5",
        f"set arrow 1 from {limit:.4g}, graph 0 to {limit:.4g}, graph 1 nohead lc rgb '#777777' "
        "dt (6,4)",
        f"set label 1 'limit' at {limit:.4g}, graph 0.03 right offset -0.5,0 tc rgb '#777777'",
        "plot $bars using ($1/2):2:($1/2):(0.36):3 with boxxyerror lc rgb variable notitle",
        "unset arrow 1", "unset label 1", "set ytics auto", "set xrange [*:*]", "set yrange [*:*]"]


def curves(rows, colours):
    lines, plots = [], []
    for i, (name, colour) in enumerate(colours.items()):
        lines.append(f"$curve{i} << END")
        lines += [f"{row['elements']} {rate(row, name):.5g}" for row in rows
                  if name in row["times"]]
        lines.append("END")
        plots.append(f"$curve{i} using 1:2 with linespoints pt 7 ps 0.6 lw "
                     f"{2.2 if name == 'clstep' else 1.2} lc rgb '{colour}' notitle")
    return lines + ["set title 'by size' offset 0,-0.5", "set logscale xy", "set format x '%.0s%c'",
                    "set xlabel 'elements in one tensor'", "set ylabel '1e9 elements a second'",
                    "plot " + ", ".join(plots)]


def draw(rows, path):
    flat = [row for row in rows if row["tensors"] == 1] or rows
    largest = max(flat, key=lambda row: row["elements"])
    names = [name for name in largest["times"] if name != "limit"]
    colours = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names)}
    terminal = ("pngcairo size 1500,570 font 'DejaVu Sans,15' linewidth 2" if path.endswith(".png")
                else "svg size 1000,380 dynamic font 'DejaVu Sans,14' linewidth 1.5 "
                "background 'white'")
    script = [f"set terminal {terminal} noenhanced", f"set output '{path}'",
              "set border 3 lc rgb '#444444' lw 0.8",
              "set tics nomirror out scale 0.6 tc rgb '#222222'",
              "set grid xtics lt 1 lw 0.5 lc rgb '#dddddd'", "set multiplot",
              "set tmargin at screen 0.9", "set bmargin at screen 0.17",
              "set lmargin at screen 0.21", "set rmargin at screen 0.58", *bars(largest, colours),
              "set lmargin at screen 0.70", "set rmargin at screen 0.97", *curves(flat, colours),
              "unset multiplot"]
    subprocess.run(["gnuplot", "-d"], input="\n".join(script) + "\n", text=True, check=True)

// The picture of a chart, by uPlot. A chunk of its own: only parts/chart.tsx loads it.
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { isDark, useTheme } from "../app/theme";
import { kDashes, kInks, type ChartMark, type ChartProps } from "./chart";
import styles from "./chart.module.css";
import { written, type Unit } from "./units";

interface PlotProps extends ChartProps {
  point: (at: number | null) => void; // which time the pointer is at
}

// Colours are those of the theme, read again whenever it changes: a canvas does not follow by itself.
function useDark(): boolean {
  useTheme();
  const [, again] = useState(0);
  useEffect(() => {
    const preference = matchMedia("(prefers-color-scheme: dark)");
    const changed = () => again((times) => times + 1);
    preference.addEventListener("change", changed);
    return () => preference.removeEventListener("change", changed);
  }, []);
  return isDark();
}

export default function Plot(props: PlotProps) {
  const { unit, times, series, marks, sync, from, to, point } = props;
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  const marked = useRef<ChartMark[]>([]);
  const told = useRef(point);
  const range = useRef<[number?, number?]>([]);
  const dark = useDark();
  const names = series.map((one) => one.name).join("\n");
  marked.current = marks ?? [];
  told.current = point;
  range.current = [from, to];

  // Made anew only when lines, unit or colours change; new points are put into the picture that is there.
  useEffect(() => {
    const box = host.current;
    if (!box) return;
    const made = new uPlot(
      options({ box, unit, names: names.split("\n"), marks: marked, sync, range, point: (at) => told.current(at) }),
      [[]],
      box,
    );
    plot.current = made;
    const observer = new ResizeObserver(() => made.setSize(sizeOf(box)));
    observer.observe(box);
    return () => {
      observer.disconnect();
      plot.current = null;
      made.destroy();
    };
  }, [unit, names, sync, dark]);

  useEffect(() => {
    plot.current?.setData([times, ...series.map((one) => one.values)]);
  }, [times, series, marks, from, to, unit, names, sync, dark]);

  return <div ref={host} className={styles.plot} aria-hidden="true" />;
}

function sizeOf(box: HTMLElement) {
  return { width: Math.max(box.clientWidth, 120), height: box.clientHeight };
}

interface Look {
  box: HTMLElement;
  unit: Unit;
  names: string[];
  marks: { current: ChartMark[] };
  sync?: string;
  range: { current: [number?, number?] };
  point: (at: number | null) => void;
}

function options({ box, unit, names, marks, sync, range, point }: Look): uPlot.Options {
  const text = getComputedStyle(box).color;
  const line = getComputedStyle(box).borderTopColor;
  const axis: uPlot.Axis = { stroke: text, grid: { stroke: line, width: 1 }, ticks: { stroke: line, width: 1 } };
  return {
    ...sizeOf(box),
    legend: { show: false },
    cursor: { y: false, drag: { setScale: false, x: false, y: false }, ...(sync ? { sync: { key: sync } } : {}) },
    scales: {
      x: { range: (_plot, least, most) => [range.current[0] ?? least, range.current[1] ?? most] },
      y: { range: (_plot, least, most) => [Math.min(0, least ?? 0), most > 0 ? most * 1.08 : 1] },
    },
    series: [
      {},
      ...names.map((name, number) => ({
        label: name,
        stroke: inkOf(box, number),
        width: 2,
        dash: kDashes[number % kDashes.length]!,
        points: { show: (drawn: uPlot) => drawn.data[0].length < 3 },
      })),
    ],
    axes: [
      { ...axis, space: 70 },
      { ...axis, size: 62, space: 36, values: (_plot, values) => values.map((value) => written(value, unit)) },
    ],
    hooks: {
      setCursor: [(drawn) => point(drawn.cursor.idx ?? null)],
      draw: [(drawn) => drawMarks(drawn, marks.current, text)],
    },
  };
}

// The colour of a line as CSS computes it; only an element in the page has one.
function inkOf(box: HTMLElement, number: number): string {
  const sample = document.createElement("span");
  sample.className = kInks[number % kInks.length]!;
  box.append(sample);
  const ink = getComputedStyle(sample).color;
  sample.remove();
  return ink;
}

function drawMarks(drawn: uPlot, marks: ChartMark[], ink: string) {
  const { ctx, bbox } = drawn;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = ink;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
  ctx.textBaseline = "top";
  for (const mark of marks) {
    const x = drawn.valToPos(mark.at, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    // uPlot keeps the alignment of its last text.
    const fits = x + ctx.measureText(mark.label).width + 8 < bbox.left + bbox.width;
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(mark.label, x + (fits ? 4 : -4) * devicePixelRatio, bbox.top + 2 * devicePixelRatio);
  }
  ctx.restore();
}
